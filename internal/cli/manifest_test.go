package cli_test

import (
	"net/url"
	"os"
	"strings"
	"testing"
)

func TestManifest(t *testing.T) {
	t.Parallel()
	b := bench{t: t}
	file, err := os.ReadFile("../../slack-manifest.yaml")
	if err != nil || b.ok("manifest") != string(file) {
		t.Errorf("it does not write the file that comes with the code (%v)", err)
	}
	m := decoded[struct {
		Display struct{ Name string }                   `json:"display_information"`
		OAuth   struct{ Scopes struct{ Bot []string } } `json:"oauth_config"`
	}](b, "manifest", "--name", "our bot")
	if m.Display.Name != "our bot" || len(m.OAuth.Scopes.Bot) == 0 {
		t.Errorf("%+v", m)
	}
}

func TestManifest_Link(t *testing.T) {
	t.Parallel()
	link := strings.TrimSuffix(bench{t: t}.ok("manifest", "--link", "--url", "https://bot.example.org/"), "\n")
	address, err := url.Parse(link)
	if err != nil || address.Hostname() != "api.slack.com" || !strings.Contains(address.Query().Get("manifest_json"), `"https://bot.example.org/slack/event"`) {
		t.Errorf("%s (%v)", link, err)
	}
}

func TestManifest_Refuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--url", "http://bot.example.org"}, "want an https:// address"},
		{[]string{"--name", strings.Repeat("n", 36)}, "want 1 to 35 characters"},
		{[]string{"--link", "--json"}, "[json link]"},
	} {
		if r := (bench{t: t}).run(append([]string{"manifest"}, test.args...)...); r.code != 1 || !strings.Contains(r.err, test.want) {
			t.Errorf("%q: exit code %d, %s", test.args, r.code, r.err)
		}
	}
}
