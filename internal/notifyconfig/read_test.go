package notifyconfig_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
)

// vars are the environment variables of the tests.
var vars = map[string]string{
	"PROM":  "prometheus-key-0123456789abcdefgh",
	"CI":    "continuous-integration-0123456789",
	"HMAC":  "grafana-secret-0123456789abcdef01",
	"HOOK":  "whsec_" + base64.StdEncoding.EncodeToString([]byte("standard webhooks, 32 bytes long")),
	"CHAT":  "C012ABCDEF0",
	"SHORT": "tooshort",
	"WEAK":  strings.Repeat("ab", 20),
	"EMPTY": " ",
}

// input is the Input for a document, with Slack as the only platform.
func input(document string) notifyconfig.Input {
	return notifyconfig.Input{
		Document: []byte(document), Name: "GOPHER_NOTIFY_YAML", Bots: []string{event.Slack}, Handlers: []string{"paging"},
		Getenv:  func(name string) string { return vars[name] },
		Private: func(name string) bool { return name == "REDIS_URL" },
	}
}

func read(t *testing.T, in notifyconfig.Input) notifyconfig.Config {
	t.Helper()
	c, err := notifyconfig.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRead_Defaults(t *testing.T) {
	t.Parallel()
	for _, document := range []string{"server:", "server: {}", "chats: {}\nbots: {}\n"} {
		c := read(t, input(document))
		if len(c.Keys) > 0 || c.BasePath != "/api/v1" || c.Wait != 0 || c.MaxFile != 1<<20 || c.KeepIdempotent != 24*time.Hour || !c.Docs || c.Alertmanager != nil || c.Grafana != nil {
			t.Errorf("%s: %+v", document, c)
		}
	}
}

// TestRead_Whole reads a document with every key.
func TestRead_Whole(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "alerts.tmpl")
	if err := os.WriteFile(file, []byte("{{ .Status }}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := read(t, input(strings.NewReplacer("FILE", file, "HASH", fmt.Sprintf("%x", sha256.Sum256([]byte("the key of CI")))).Replace(`
bots: {slack: {platform: slack}}
chats:
  alerts: {bot: slack, id: "#ops-alerts", default: true}
  oncall: env:CHAT
server:
  base_path: /notify/
  wait: 10s
  max_file_size: 2MB
  keep_idempotent: 48h
  trusted_proxies: 2
  docs: false
  allow_bot_secret_auth: false
  api_keys:
    - {name: prometheus, key: env:PROM, endpoints: [alertmanager, grafana], chats: [alerts, "#dev", "slack:C1"], bots: [slack], rate: 0.5, burst: 9}
    - name: ci
      key_sha256: HASH
      broadcast: true
      direct: yes
      rate: 10/s
  alertmanager:
    default_chat_id: alerts
    error_severities: [page]
    template_file: FILE
    format: mrkdwn
    strict_templates: true
    time_zone: Europe/Berlin
    dedupe_window: 0
    follow_up: thread
    send_resolved: false
    max_alerts: 5
    mentions: true
    ttl: 1h
  grafana: {hmac_secret: env:HMAC, hmac_timestamp_header: X-Time, template: "{{ .Title }}", images: true, error_states: [alerting, no_data], follow_up: update}
  callbacks:
    verify_jwt: true
    rules:
      - {name: joins, events: [channel_join, team_join], bots: [slack], async: true, handler: {type: webhook, url: "https://hooks.example.org/x", timeout: 20s, secret: env:HOOK}}
      - {events: ["*"], bots: [slack], handler: {type: exec, command: [./log.sh, -v], env: [TEAM], timeout: 0}}
      - {events: [notification_failed], bots: [slack], handler: {type: exec, command: "logger failed"}}
      - {events: [message], bots: [slack], handler: {type: paging}}
      - {events: [message], bots: [slack], handler: {type: webhook, url: "http://127.0.0.1:8080/", timeout: 0s}}
`)))
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256([]byte("the key of CI"))
	want := notifyconfig.Config{
		Bots: map[string]notifyconfig.Bot{"slack": {Platform: "slack"}},
		Chats: map[string]notifyconfig.Chat{
			"alerts": {Bot: "slack", ID: "#ops-alerts", Default: true},
			"oncall": {ID: "C012ABCDEF0"},
		},
		BasePath: "/notify", Wait: 10 * time.Second, MaxFile: 2 << 20, KeepIdempotent: 48 * time.Hour, TrustedProxies: 2,
		Keys: []notifyconfig.Key{
			{
				Name: "prometheus", Hash: sha256.Sum256([]byte(vars["PROM"])), Endpoints: []notifyconfig.Endpoint{notifyconfig.Alertmanager, notifyconfig.Grafana},
				Chats: []string{"alerts", "#dev", "slack:C1"}, Bots: []string{"slack"}, Rate: 0.5, Burst: 9,
			},
			{Name: "ci", Hash: hash, Broadcast: true, Direct: true, Rate: 10, Burst: 50},
		},
		Alertmanager: &notifyconfig.Webhook{
			DefaultChat: "alerts", Errors: []string{"page"}, Template: "{{ .Status }}\n", TemplateName: file, Format: event.Native, StrictTemplates: true, TimeZone: zone,
			FollowUp: event.InThread, MaxAlerts: 5, Mentions: true, TTL: time.Hour,
		},
		Grafana: &notifyconfig.Webhook{
			Errors: []string{"alerting", "no_data"}, Template: "{{ .Title }}", TemplateName: "server.grafana.template", Format: event.Plain, DedupeWindow: 4 * time.Minute,
			FollowUp: event.Update, SendResolved: true, MaxAlerts: 20, Images: true, TTL: 4 * time.Hour,
			HMAC: &notifyconfig.HMAC{Secret: notifyconfig.Secret(vars["HMAC"]), Header: "X-Grafana-Alerting-Signature", TimestampHeader: "X-Time"},
		},
		Rules: []notifyconfig.Rule{
			{
				Name: "joins", Events: []string{"channel_join", "team_join"}, Bots: []string{"slack"}, Async: true, Handler: "webhook",
				Webhook: &notifyconfig.CallbackWebhook{URL: "https://hooks.example.org/x", Secret: notifyconfig.Secret("standard webhooks, 32 bytes long"), Timeout: 20 * time.Second},
			},
			{Name: "rule-2", Events: []string{"*"}, Bots: []string{"slack"}, Handler: "exec", Exec: &notifyconfig.Exec{Command: []string{"./log.sh", "-v"}, Env: []string{"TEAM"}, Timeout: 30 * time.Second}},
			{Name: "rule-3", Events: []string{"notification_failed"}, Bots: []string{"slack"}, Handler: "exec", Exec: &notifyconfig.Exec{Command: []string{"sh", "-c", "logger failed"}, Timeout: 30 * time.Second}},
			{Name: "rule-4", Events: []string{"message"}, Bots: []string{"slack"}, Handler: "paging"},
			{Name: "rule-5", Events: []string{"message"}, Bots: []string{"slack"}, Handler: "webhook", Webhook: &notifyconfig.CallbackWebhook{URL: "http://127.0.0.1:8080/", Timeout: 10 * time.Second}},
		},
		Variables: []string{"HMAC", "HOOK", "PROM"},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("read\n%s\nwant\n%s", asText(c), asText(want))
	}
}

// asText shows a configuration with what its pointers lead to.
func asText(c notifyconfig.Config) string {
	text := fmt.Sprintf("%+v\n%+v\n%+v", c, c.Alertmanager, c.Grafana)
	for _, rule := range c.Rules {
		text += fmt.Sprintf("\n%+v %+v", rule.Exec, rule.Webhook)
	}
	return text
}

// TestRead_Mistakes reads documents with one mistake each, which the error names with its line.
func TestRead_Mistakes(t *testing.T) {
	t.Parallel()
	key := "server:\n  api_keys:\n    - "
	rule := "server:\n  callbacks:\n    rules:\n      - "
	for document, want := range map[string]string{
		"":                                      "it is not one YAML document",
		"# nothing":                             "it is not one YAML document",
		"a: 1\n---\nb: 2":                       "it is not one YAML document",
		"server: [":                             "line 2: it is not one YAML document",
		"- server":                              "line 1: want a mapping",
		"sever: {}":                             `line 1: unknown key "sever": did you mean server?`,
		"nonsense: {}":                          `line 1: unknown key "nonsense": want bots, chats or server`,
		"chats: {}\nchats: {}":                  `line 2: "chats" is here twice; it is on line 1, too`,
		"server:\n  wiat: 1s":                   `line 2: server: unknown key "wiat": did you mean wait?`,
		"server:\n  queue: {}":                  `line 2: server: unknown key "queue"`,
		"queue: {driver: kafka}":                `line 1: "queue" is not needed here: the queue is in Redis`,
		"producer: {}":                          "every request goes through the queue",
		"worker: {}":                            "the consumer processes deliver",
		"catalog: {}":                           "the channel directory",
		"cache: {type: none}":                   "there are no tokens to keep",
		"server: {listen: ':80'}":               "the gateway listens on PORT",
		"server: {external_url: x}":             "set GOPHER_PUBLIC_URL instead",
		"server: {tls: {}}":                     "ends TLS",
		"server: {wait: 16s}":                   `line 1: server.wait: "16s" is not valid: want a time from 0s to 15s`,
		"server: {wait: 10}":                    `server.wait: "10" is not valid`,
		"server: {wait: [1s]}":                  "server.wait: want a text",
		"server: {base_path: api}":              `server.base_path: "api" is not valid: want a path`,
		"server: {base_path: /ops/x}":           "/ops has other pages of the gateway",
		"server: {base_path: /}":                "want a path",
		"server: {max_file_size: 21MB}":         "want a size from 1 bytes to 20MB",
		"server: {max_file_size: big}":          "want a size",
		"server: {keep_idempotent: 169h}":       "want a time from 1h to 168h",
		"server: {trusted_proxies: 11}":         "want a number from 0 to 10",
		"server: {docs: maybe}":                 "want true or false",
		"server: {allow_bot_secret_auth: true}": "eXpress (BotX) comes in a later release",

		"bots: {main: {host: cts.example.com, id: 1, secret: x}}":            "bots.main: it is a bot of eXpress, and eXpress (BotX) comes in a later release",
		"bots: {main: {platform: botx}}":                                     "bots.main: it is a bot of eXpress",
		"bots: {main: {platform: slack}}":                                    "Slack's bot exists by itself and is called slack",
		"bots: {main: {platform: teams}}":                                    `"teams" is not valid: want botx or slack`,
		"bots: {'a b': {}}":                                                  `"a b" is not the name of a bot`,
		"chats: {a: {bot: slack}}":                                           "chats.a: id is missing",
		"chats: {a: {id: C1, bot: main}}":                                    `there is no bot "main": want slack`,
		"chats: {a: {id: C1, bot: slak}}":                                    `there is no bot "slak": did you mean slack?`,
		"chats: {a: {id: 'not a channel'}}":                                  `"not a channel" is not a chat`,
		"chats: {a: ada@example.org}":                                        "is not a chat",
		"chats: {'a b': C1}":                                                 `"a b" is not an alias`,
		"chats:\n  a: {id: C1, default: true}\n  b: {id: C2, default: true}": "line 3: chats.b: \"a\" is the default, too: only one chat can be",
		"chats: {a: env:NOWHERE}":                                            "the environment variable NOWHERE is not set, or empty",

		key + "{key: env:PROM}": "server.api_keys[0]: name is missing",
		key + "{name: a}":       "want either key, such as env:NAME, or key_sha256",
		key + "{name: a, key: env:PROM, key_sha256: " + strings.Repeat("0a", 32) + "}":                 "want either key",
		key + "{name: a, key: env:EMPTY}":                                                              "line 3: server.api_keys[0].key: the environment variable EMPTY is not set, or empty",
		key + "{name: a, key: 'env:'}":                                                                 "want env: and the name of an environment variable",
		key + "{name: a, key: vault:secret/x}":                                                         "vault: is not supported",
		key + "{name: a, key: file:/does/not/exist}":                                                   `read the secret: "/does/not/exist": no such file`,
		key + "{name: a, key: literal-key-0123456789abcdefghij}":                                       "a secret in the document is accepted only if ENV is development or testing",
		key + "{name: a, key: env:SHORT}":                                                              "the key is not valid: want at least 32 letters",
		key + "{name: a, key: env:WEAK}":                                                               "the key repeats few characters",
		key + "{name: a, key_sha256: abc}":                                                             "want the 64 hexadecimal digits",
		key + "{name: grafana-hmac, key: env:PROM}":                                                    "is the name of Grafana's signature",
		key + "{name: 'a b', key: env:PROM}":                                                           `"a b" is not valid`,
		key + "{name: a, key: env:PROM, chats: []}":                                                    "the list is empty",
		key + "{name: a, key: env:PROM, chats: x}":                                                     "want a list",
		key + "{name: a, key: env:PROM, chats: [x, x]}":                                                `"x" is there twice`,
		key + "{name: a, key: env:PROM, chats: ['ops:x']}":                                             `"ops:x" is not a chat`,
		key + "{name: a, key: env:PROM, bots: [main]}":                                                 "there is no bot",
		key + "{name: a, key: env:PROM, endpoints: [sned]}":                                            `"sned" is not valid: want send, alertmanager, grafana or lists`,
		key + "{name: a, key: env:PROM, rate: 0}":                                                      "want a number of requests a second",
		key + "{name: a, key: env:PROM, rate: NaN}":                                                    "want a number of requests a second",
		key + "{name: a, key: env:PROM, burst: 0}":                                                     "want a number from 1",
		key + "{name: a, key: env:PROM}\n    - {name: b, key: env:PROM}":                               `line 4: server.api_keys[1]: it is the same key as that of "a"`,
		key + "{name: a, key: env:PROM}\n    - {name: a, key: env:CI, broadcast: true}":                `another key named "a" allows something else`,
		key + "{name: a, key: env:PROM}\n    - {name: a, key: env:CI}\n    - {name: a, key: env:HMAC}": `line 5: server.api_keys[2]: two other keys are named "a"`,

		"server: {alertmanager: {template: x, template_file: read_test.go}}": "template and template_file set the same",
		"server: {alertmanager: {template_file: /does/not/exist}}":           `read the template: "/does/not/exist": no such file`,
		"server: {alertmanager: {template_file: " + os.DevNull + "}}":        "is empty, or not a text",
		"server: {alertmanager: {dedupe_window: 25h}}":                       "want a time from 0s to 24h",
		"server: {alertmanager: {template: x, format: html}}":                `"html" is not valid: want plain, markdown or mrkdwn`,
		"server: {alertmanager: {format: plain}}":                            "format is that of a template, and there is none",
		"server: {alertmanager: {follow_up: edit}}":                          `"edit" is not valid: want post, thread or update`,
		"server: {alertmanager: {max_alerts: 101}}":                          "want a number from 1 to 100",
		"server: {alertmanager: {ttl: 1s}}":                                  "want a time from 10s to 24h",
		"server: {alertmanager: {time_zone: Mars}}":                          `"Mars" is not a time zone`,
		"server: {alertmanager: {images: true}}":                             `unknown key "images"`,
		"server: {alertmanager: {error_states: [x]}}":                        "unknown key",
		"server: {alertmanager: {default_chat_id: 'a b'}}":                   "is not a chat: want an alias",
		"server: {grafana: {hmac_secret: env:SHORT}}":                        "the secret is too short",
		"server: {grafana: {hmac_header: X-A}}":                              "no use without hmac_secret",
		"server: {grafana: {hmac_secret: env:HMAC, hmac_header: 'a b'}}":     "want the name of an HTTP header",

		"server: {callbacks: {base_path: /botx}}":                                                                                                                   "only eXpress calls back",
		"server: {callbacks: {verify_jwt: false}}":                                                                                                                  "only eXpress calls back",
		"server: {callbacks: {rules: []}}":                                                                                                                          "the list is empty",
		rule + "{events: [message], handler: {type: paging}}":                                                                                                       "server.callbacks.rules[0]: bots is missing",
		rule + "{bots: [slack], handler: {type: paging}}":                                                                                                           "events is missing",
		rule + "{bots: [slack], events: [message]}":                                                                                                                 "handler is missing",
		rule + "{bots: [slack], events: [mesage], handler: {type: paging}}":                                                                                         `unknown event "mesage": did you mean message?`,
		rule + "{bots: [slack], events: [added_to_chat], handler: {type: paging}}":                                                                                  `"added_to_chat" is an event of eXpress, which no bot of the rule has`,
		rule + "{bots: [slack], events: ['system:x'], handler: {type: paging}}":                                                                                     "is an event of eXpress",
		rule + "{bots: [slack], events: [message], handler: {type: pagign}}":                                                                                        `"pagign" is not valid: want exec, paging or webhook`,
		rule + "{bots: [slack], events: [message], handler: {url: 'https://x.y'}}":                                                                                  "type is missing: want exec, webhook or paging",
		rule + "{bots: [slack], events: [message], handler: {type: paging, url: x}}":                                                                                `unknown key "url"`,
		rule + "{bots: [slack], events: [message], handler: {type: exec}}":                                                                                          "command is missing",
		rule + "{bots: [slack], events: [message], handler: {type: exec, command: [a], timeout: 6m}}":                                                               "want a time from 0s to 5m",
		rule + "{bots: [slack], events: [message], handler: {type: exec, command: [a], env: [REDIS_URL]}}":                                                          "REDIS_URL is a secret of the bot",
		rule + "{bots: [slack], events: [message], handler: {type: webhook}}":                                                                                       "url is missing",
		rule + "{bots: [slack], events: [message], handler: {type: webhook, url: ftp://x}}":                                                                         "it is not an address",
		rule + "{bots: [slack], events: [message], handler: {type: webhook, url: 'http://x.example/'}}":                                                             "it is not https",
		rule + "{bots: [slack], events: [message], handler: {type: webhook, url: 'https://u:p@x.example/'}}":                                                        "it has a user in it",
		rule + "{bots: [slack], events: [message], handler: {type: webhook, url: 'https://x.example/', timeout: 61s}}":                                              "want a time from 0s to 1m",
		rule + "{bots: [slack], events: [message], handler: {type: webhook, url: 'https://x.example/', timeout: soon}}":                                             `"soon" is not valid`,
		rule + "{bots: [slack], events: [message], handler: {type: webhook, url: 'https://x.example/', secret: env:PROM}}":                                          "want whsec_ and the base64",
		rule + "{name: a, bots: [slack], events: [message], handler: {type: paging}}\n      - {name: a, bots: [slack], events: [message], handler: {type: paging}}": `line 5: server.callbacks.rules[1]: another rule is named "a"`,
		"server: &a {<<: [" + strings.Repeat("*a, ", 200) + "*a]}":                                                                                                  "more than 1000 mappings are merged",
	} {
		_, err := notifyconfig.Read(input(document))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "GOPHER_NOTIFY_YAML") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s\n%v\nwant one line with: %s", document, err, want)
		}
	}
}

// TestRead_Documented reads the example in the section Configuration of docs/notifications.md, and finds each key there.
func TestRead_Documented(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../docs/notifications.md")
	if err != nil {
		t.Fatal(err)
	}
	_, configuration, _ := strings.Cut(string(content), "\n## Configuration\n")
	_, example, _ := strings.Cut(configuration, "\n```yaml\n")
	example, _, _ = strings.Cut(example, "\n```\n")
	in := input(example)
	in.Getenv = func(name string) string {
		return map[string]string{"NOTIFY_KEY_PROM": vars["PROM"], "GRAFANA_HMAC": vars["HMAC"], "CRM_HOOK": vars["HOOK"]}[name]
	}
	if c := read(t, in); len(c.Keys) != 2 || len(c.Chats) != 2 || len(c.Rules) != 1 || c.Alertmanager == nil || c.Grafana.HMAC == nil || len(c.Variables) != 3 {
		t.Errorf("%+v", c)
	}
	// An unknown key's mistake names all that are known.
	for _, document := range []string{
		"x-y-z-x-y-z-: 1", "server: {x-y-z-x-y-z-x-y-z-: 1}", "chats: {a: {x-y-z-: 1}}", "server: {api_keys: [{x-y-z-x-y-z-: 1}]}", "server: {alertmanager: {x-y-z-x-y-z-x: 1}}",
		"server: {grafana: {x-y-z-x-y-z-x: 1}}", "server: {callbacks: {rules: [{x-y-z-: 1}]}}", "server: {callbacks: {rules: [{handler: {type: exec, x-y-z-: 1}}]}}",
		"server: {callbacks: {rules: [{handler: {type: webhook, x-y-z-: 1}}]}}",
	} {
		_, err := notifyconfig.Read(input(document))
		_, known, ok := strings.Cut(fmt.Sprint(err), `": want `)
		if !ok {
			t.Errorf("%s: %v", document, err)
		}
		known, _, _ = strings.Cut(known, "\n")
		for name := range strings.FieldsFuncSeq(strings.ReplaceAll(known, " or ", ", "), func(r rune) bool { return r == ',' || r == ' ' }) {
			if !strings.Contains(string(content), name) {
				t.Errorf("docs/notifications.md does not have %s", name)
			}
		}
	}
}

// TestRead_AllMistakes reports the mistakes of a document together, in the order of their lines.
func TestRead_AllMistakes(t *testing.T) {
	t.Parallel()
	_, err := notifyconfig.Read(input("server:\n  wait: 1h\n  docs: perhaps\nchats:\n  a: {id: C1, bto: slack}\nbtos: {}\n"))
	want := strings.Join([]string{
		`GOPHER_NOTIFY_YAML, line 2: server.wait: "1h" is not valid: want a time from 0s to 15s, such as 15s`,
		`GOPHER_NOTIFY_YAML, line 3: server.docs: want true or false`,
		`GOPHER_NOTIFY_YAML, line 5: chats.a: unknown key "bto": did you mean bot?`,
		`GOPHER_NOTIFY_YAML, line 6: unknown key "btos": did you mean bots?`,
	}, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("error\n%v\nwant\n%s", err, want)
	}
}

// TestRead_Merged reads keys that are written once and merged.
func TestRead_Merged(t *testing.T) {
	t.Parallel()
	c := read(t, input(`
server:
  alertmanager: &webhook {ttl: 1h, max_alerts: 3}
  grafana: {<<: *webhook, max_alerts: 4}
`))
	if c.Alertmanager.TTL != time.Hour || c.Alertmanager.MaxAlerts != 3 || c.Grafana.TTL != time.Hour || c.Grafana.MaxAlerts != 4 {
		t.Errorf("%+v\n%+v", c.Alertmanager, c.Grafana)
	}
}

// TestRead_Literals accepts a key in the document where it is no secret.
func TestRead_Literals(t *testing.T) {
	t.Parallel()
	const key = "literal-key-0123456789abcdefghij"
	in := input("server: {api_keys: [{name: me, key: " + key + "}]}")
	in.Literals = true
	if c := read(t, in); len(c.Keys) != 1 || c.Keys[0].Hash != sha256.Sum256([]byte(key)) || len(c.Variables) > 0 {
		t.Errorf("%+v", c)
	}
}

func TestRead_SecretInAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(vars["PROM"]+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c := read(t, input("server: {api_keys: [{name: me, key: 'file:"+path+"'}]}")); c.Keys[0].Hash != sha256.Sum256([]byte(vars["PROM"])) {
		t.Errorf("%+v", c)
	}
}

// TestRead_Programs looks for the programs of rules where they run.
func TestRead_Programs(t *testing.T) {
	t.Parallel()
	document := "server: {callbacks: {rules: [{bots: [slack], events: [message], handler: {type: exec, command: %s}}]}}"
	for command, wantErr := range map[string]bool{"echo hello": false, "[sh, -c, echo]": false, "[no-such-program-here, x]": true} {
		in := input(fmt.Sprintf(document, command))
		in.LookPath = exec.LookPath
		if _, err := notifyconfig.Read(in); (err != nil) != wantErr {
			t.Errorf("%s: %v", command, err)
		}
	}
}

// TestRead_Variables is the common case, which needs no document.
func TestRead_Variables(t *testing.T) {
	t.Parallel()
	wait := 5 * time.Second
	in := notifyconfig.Input{
		Keys: []string{vars["PROM"], vars["CI"]}, Chat: &event.Target{Source: event.Slack, Channel: "ops-alerts"}, Wait: &wait, Bots: []string{event.Slack},
	}
	c := read(t, in)
	if len(c.Keys) != 2 || c.Keys[0].Name != "env" || c.Keys[1].Name != "env" || c.Keys[1].Hash != sha256.Sum256([]byte(vars["CI"])) || c.Keys[0].Rate != 5 || c.Keys[0].Burst != 50 {
		t.Errorf("keys %+v", c.Keys)
	}
	if want := (notifyconfig.Chat{Bot: "slack", ID: "ops-alerts", Default: true}); len(c.Chats) != 1 || c.Chats[""] != want || c.Wait != wait || c.Alertmanager == nil || c.Grafana == nil {
		t.Errorf("%+v", c)
	}
	if c.Alertmanager.Errors[0] != "critical" || c.Grafana.Errors[0] != "alerting" {
		t.Errorf("%+v %+v", c.Alertmanager, c.Grafana)
	}

	// An alias of the document becomes the default.
	in.Document, in.Name = []byte("chats: {ops-alerts: C1}\nserver: {alertmanager: {max_alerts: 3}}"), "notify.yaml"
	c = read(t, in)
	if want := (notifyconfig.Chat{ID: "C1", Default: true}); len(c.Chats) != 1 || c.Chats["ops-alerts"] != want || c.Alertmanager.MaxAlerts != 3 || c.Grafana == nil {
		t.Errorf("%+v", c)
	}
}

// TestRead_VariableAndKey sets one thing twice.
func TestRead_VariableAndKey(t *testing.T) {
	t.Parallel()
	wait := time.Duration(0)
	in := input("chats: {a: {id: C1, default: true}}\nserver: {wait: 1s, api_keys: [{name: a, key: env:PROM}]}")
	in.Keys, in.Wait = []string{vars["CI"]}, &wait
	in.Chat = &event.Target{Source: event.Slack, Channel: "C1"}
	_, err := notifyconfig.Read(in)
	for _, variable := range []string{"GOPHER_NOTIFY_KEYS and server.api_keys", "GOPHER_NOTIFY_WAIT and server.wait", "GOPHER_NOTIFY_CHAT and the chat with default: true"} {
		if err == nil || !strings.Contains(err.Error(), variable+" in GOPHER_NOTIFY_YAML set the same: remove one of them") {
			t.Errorf("%v, want %s", err, variable)
		}
	}
	in = notifyconfig.Input{Keys: []string{vars["WEAK"]}, Chat: &event.Target{Source: "mattermost", Channel: "x"}, Bots: []string{event.Slack}}
	if _, err = notifyconfig.Read(in); err == nil || !strings.Contains(err.Error(), "GOPHER_NOTIFY_KEYS is not valid") || !strings.Contains(err.Error(), "names a channel of mattermost") {
		t.Error(err)
	}
}

// TestSecret_IsNotPrinted prints a configuration in all ways.
func TestSecret_IsNotPrinted(t *testing.T) {
	t.Parallel()
	secret := notifyconfig.Secret("hunter2")
	asJSON, err := json.Marshal(notifyconfig.HMAC{Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %x %s %q %d", secret, notifyconfig.HMAC{Secret: secret}, secret, secret, secret, secret, secret), secret.String(), string(asJSON)} {
		for _, part := range []string{"hunter2", fmt.Sprintf("%x", "hunter2"), "104", "aHVudGVyMg"} {
			if strings.Contains(text, part) || !strings.Contains(text, "[redacted]") {
				t.Errorf("%s shows %s", text, part)
			}
		}
	}
}

// FuzzRead reads documents. Whatever they are, no error has a secret or more than a line for
// each mistake, and an accepted one has keys that were made.
func FuzzRead(f *testing.F) {
	for _, document := range []string{
		"chats: {a: '#x'}", "server: {wait: 1s, api_keys: [{name: a, key: env:PROM}]}", "server: &a {<<: [*a, *a]}", "bots: {main: {}}", "server: {grafana: {hmac_secret: env:HMAC}}",
		"server: {callbacks: {rules: [{events: ['*'], bots: [slack], handler: {type: webhook, url: env:PROM, secret: env:HOOK}}]}}", "? [a]\n: b", "{: }",
	} {
		f.Add(document)
	}
	f.Fuzz(func(t *testing.T, document string) {
		c, err := notifyconfig.Read(input(document))
		if err != nil {
			for _, name := range []string{"PROM", "HMAC", "HOOK", "WEAK"} {
				if strings.Contains(err.Error(), vars[name]) {
					t.Errorf("the error has the secret of %s: %v", name, err)
				}
			}
			for line := range strings.Lines(err.Error()) {
				if !strings.HasPrefix(line, "GOPHER_NOTIFY_YAML") {
					t.Errorf("%q in %v", line, err)
				}
			}
			return
		}
		for _, key := range c.Keys {
			if key.Name == "" || key.Hash == ([sha256.Size]byte{}) || key.Rate <= 0 || key.Burst <= 0 {
				t.Errorf("%+v", key)
			}
		}
		for _, rule := range c.Rules {
			if rule.Name == "" || len(rule.Events) == 0 || len(rule.Bots) == 0 || rule.Handler == "" {
				t.Errorf("%+v", rule)
			}
		}
	})
}
