package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
)

const notifyKey = "prometheus-key-0123456789abcdefgh"

// notify loads a gateway's configuration with additional variables, and reads that of the
// notification API.
func notify(t *testing.T, vars map[string]string) (notifyconfig.Config, error) {
	t.Helper()
	all := good()
	for name, value := range vars {
		all[name] = value
	}
	c, err := config.Load(config.Gateway, environ(all))
	if err != nil {
		t.Fatal(err)
	}
	return c.Notify(config.NotifyOptions{Environ: environ(all)})
}

func TestConfig_Notify(t *testing.T) {
	t.Parallel()
	c, err := notify(t, nil)
	if err != nil || len(c.Keys) > 0 || c.Alertmanager != nil || c.TrustedProxies != 0 {
		t.Errorf("nothing set: %+v (%v)", c, err)
	}
	c, err = notify(t, map[string]string{"GOPHER_NOTIFY_KEYS": notifyKey, "GOPHER_NOTIFY_CHAT": "#ops-alerts", "GOPHER_NOTIFY_WAIT": "10s", "DYNO": "web.1"})
	if err != nil || len(c.Keys) != 1 || c.Keys[0].Name != "env" || c.Wait != 10*time.Second || c.Grafana == nil || c.TrustedProxies != 1 ||
		c.Chats[""] != (notifyconfig.Chat{Bot: "slack", ID: "ops-alerts", Default: true}) {
		t.Errorf("variables: %+v (%v)", c, err)
	}
	// A document whose first line is indented, as in a variable of several lines.
	document := "\n  chats: {alerts: C1}\n  server: {api_keys: [{name: prometheus, key: env:PROM}]}\n"
	c, err = notify(t, map[string]string{"GOPHER_NOTIFY_YAML": document, "PROM": notifyKey})
	if err != nil || len(c.Keys) != 1 || c.Keys[0].Name != "prometheus" || c.Chats["alerts"].ID != "C1" || !slices.Equal(c.Variables, []string{"PROM"}) {
		t.Errorf("document: %+v (%v)", c, err)
	}
	path := filepath.Join(t.TempDir(), "notify.yaml")
	if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err = notify(t, map[string]string{"GOPHER_NOTIFY_FILE": path, "PROM": notifyKey})
	if err != nil || len(c.Keys) != 1 {
		t.Errorf("file: %+v (%v)", c, err)
	}
}

func TestConfig_NotifyMistakes(t *testing.T) {
	t.Parallel()
	literal := "server: {api_keys: [{name: a, key: " + notifyKey + "}]}"
	for _, test := range []struct {
		vars map[string]string
		want string // "" for no error
	}{
		{map[string]string{"GOPHER_NOTIFY_YAML": "a: b", "GOPHER_NOTIFY_FILE": "/x"}, "GOPHER_NOTIFY_YAML and GOPHER_NOTIFY_FILE set the same"},
		{map[string]string{"GOPHER_NOTIFY_FILE": "/does/not/exist"}, `read the notification API's configuration: "/does/not/exist": no such file`},
		{map[string]string{"GOPHER_NOTIFY_YAML": "\nsever: {}"}, `GOPHER_NOTIFY_YAML, line 2: unknown key "sever": did you mean server?`},
		{map[string]string{"GOPHER_NOTIFY_YAML": "# " + strings.Repeat("x", notifyconfig.MaxDocument)}, "GOPHER_NOTIFY_YAML is too long"},
		{map[string]string{"GOPHER_NOTIFY_WAIT": "0s", "GOPHER_NOTIFY_YAML": "server: {wait: 1s}"}, "GOPHER_NOTIFY_WAIT and server.wait"},
		{map[string]string{"GOPHER_NOTIFY_CHAT": "mattermost:town-square"}, "names a channel of mattermost, which is not configured"},
		{map[string]string{"GOPHER_NOTIFY_YAML": literal, "ENV": "production"}, "a secret in the document is accepted only if ENV is development or testing"},
		{map[string]string{"GOPHER_NOTIFY_YAML": literal, "ENV": "staging"}, "a secret in the document"},
		{map[string]string{"GOPHER_NOTIFY_YAML": literal, "ENV": "testing"}, ""},
		{map[string]string{"GOPHER_NOTIFY_YAML": literal}, ""},
	} {
		_, err := notify(t, test.vars)
		if (err == nil) != (test.want == "") || err != nil && (!strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), notifyKey)) {
			t.Errorf("%.200v: %v, want %s", test.vars, err, test.want)
		}
	}
}

// TestConfig_NotifyScripts keeps the secrets of the bot from the scripts of rules.
func TestConfig_NotifyScripts(t *testing.T) {
	t.Parallel()
	for name, wantErr := range map[string]bool{"TEAM": false, "REDIS_URL": true, "GOPHER_NOTIFY_KEYS": true, "GOPHER_NOTIFY_YAML": true} {
		_, err := notify(t, map[string]string{"GOPHER_NOTIFY_YAML": "server: {callbacks: {rules: [{bots: [slack], events: [message], handler: {type: exec, command: [x], env: [" + name + "]}}]}}"})
		if (err != nil) != wantErr {
			t.Errorf("%s: %v", name, err)
		}
	}
}
