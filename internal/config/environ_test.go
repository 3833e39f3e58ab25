package config_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/config"
)

func TestUnquote(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`plain`:              `plain`,
		`'a value'`:          `a value`,
		`"a value"`:          `a value`,
		` 'a value' `:        `a value`,
		`''`:                 ``,
		`'`:                  `'`,
		`'open`:              `'open`,
		`'mixed"`:            `'mixed"`,
		`'one' and 'two'`:    `'one' and 'two'`,
		`"it's"`:             `it's`,
		`'a=b c=d?e&f$g#h'`:  `a=b c=d?e&f$g#h`,
		`GOPHER='x'`:         `GOPHER='x'`,
		`'What's up? Hello'`: `'What's up? Hello'`,
	} {
		environ := []string{"OTHER=x", "NAME=" + value}
		if got := config.Unquote(environ); got[1] != "NAME="+want || got[0] != "OTHER=x" || environ[1] != "NAME="+value {
			t.Errorf("%s becomes %s, want %s", value, got[1], want)
		}
	}
	if got := config.Unquote([]string{"NOTHING", "EMPTY="}); !slices.Equal(got, []string{"NOTHING", "EMPTY="}) {
		t.Errorf("%q", got)
	}
}

// byShell returns the variables of a file as the shell sets them with "set -a; . ./.env".
func byShell(t *testing.T, file string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `set -a; . "$1"; set +a; exec env -0`, "sh", file)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

// byDocker returns the variables of a file as docker run --env-file sets them: nothing but
// comments and white space before a line is special.
// Source: ParseFile in github.com/docker/cli/opts/file.go, and its documentation
func byDocker(content string) (environ []string) {
	for line := range strings.Lines(content) {
		if line = strings.TrimLeft(strings.TrimRight(line, "\n"), " \t"); line != "" && !strings.HasPrefix(line, "#") {
			environ = append(environ, line)
		}
	}
	return environ
}

// bySystemd returns the variables of a file of lines NAME='value' as EnvironmentFile= sets them:
// in single quotes all is literal.
// Source: systemd.exec(5)
func bySystemd(t *testing.T, content string) (environ []string) {
	t.Helper()
	line := regexp.MustCompile(`^([A-Z0-9_]+)='([^']*)'$`)
	for _, text := range byDocker(content) {
		parts := line.FindStringSubmatch(text)
		if parts == nil {
			t.Fatalf("%s is not of the form NAME='value', of which we know how systemd reads it", text)
		}
		environ = append(environ, parts[1]+"="+parts[2])
	}
	return environ
}

// TestLoad_EnvFile reads the .env of docs/deploy.md, with the two feeds, as a shell, systemd
// and Docker do.
func TestLoad_EnvFile(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "deploy.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)\n```ini\n(.*?\n)```\n").FindSubmatch(guide)
	feeds := regexp.MustCompile(`\n    (GOPHER_FEEDS=.*\n)`).FindSubmatch(guide)
	if block == nil || feeds == nil {
		t.Fatal("docs/deploy.md has no .env, or no feeds")
	}
	content := string(block[1]) + string(feeds[1])
	file := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	for by, environ := range map[string][]string{"sh": byShell(t, file), "systemd": bySystemd(t, content), "docker": byDocker(content)} {
		c, err := config.LoadAll(environ)
		if err != nil {
			t.Fatalf("as %s reads it: %v", by, err)
		}
		if !c.Production() || c.Port != 8080 || c.RedisURL.Reveal() != "rediss://:password@redis.example.org:6379" || string(c.PublicURL) != "https://gopherbot.example.org/" {
			t.Errorf("as %s reads it: %+v", by, c)
		}
		if len(c.Feeds) != 2 || c.Feeds[0].Channel.Channel != "golang-news" || c.Feeds[0].URL.Reveal() != "https://go.dev/blog/feed.atom" ||
			c.Feeds[1].Channel.Channel != "jobs" || c.Feeds[1].URL.Reveal() != "https://example.org/feed?kind=go&pay=$$" {
			t.Errorf("as %s reads it the feeds are %+v", by, c.Feeds)
		}
	}
}

func TestLoad_PlainSlackAPI(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		address, insecure string
		good              bool
	}{
		{"https://slack.example.org/api/", "", true},
		{"http://127.0.0.1:8090/api/", "", true},
		{"http://[::1]:8090/api/", "", true},
		{"http://localhost/api/", "", true},
		{"http://localhost.example.org/api/", "", false},
		{"http://slack.example.org/api/", "", false},
		{"http://10.0.0.7/api/", "", false},
		{"http://10.0.0.7/api/", "false", false},
		{"http://10.0.0.7/api/", "true", true},
	} {
		vars := good()
		vars["GOPHER_SLACK_API_URL"], vars["GOPHER_SLACK_API_INSECURE"] = test.address, test.insecure
		for _, p := range []config.Process{config.Gateway, config.Consumer, config.BGTasks} {
			_, err := config.Load(p, environ(vars))
			if (err == nil) != test.good || err != nil && !strings.Contains(err.Error(), "GOPHER_SLACK_API_INSECURE=true") {
				t.Errorf("%s, %s: %v", test.address, test.insecure, err)
			}
		}
	}
}
