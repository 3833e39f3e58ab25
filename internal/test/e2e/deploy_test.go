package e2e

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// host is a machine on which somebody deploys the bot: a copy of the repository
// in which commands are run, against a Redis with TLS and a certificate that
// nobody vouches for.
type host struct {
	*bot
	dir     string
	environ []string
	redis   *redistest.Server
	port    string
}

// password is the Redis's.
const password = "hunter2"

func newHost(t *testing.T, change ...func(*slacksim.Options)) *host {
	t.Helper()
	testenv.Program(t, "bash")
	server := redistest.Start(t, "--requirepass", password)
	server.ServeTLS(t)
	h := &host{bot: newBotWith(t, redistest.Dial(t, withPassword(server.URL())), nil, change...), dir: t.TempDir(), redis: server}
	// The workspace sends its events to the test's own address: hand that over.
	var err error
	if _, h.port, err = net.SplitHostPort(h.listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if err := h.listener.Close(); err != nil {
		t.Fatal(err)
	}
	h.environ = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), // for go
		"GOPHER_SLACK_API_URL=" + h.apiURL, // the simulation in Slack's place
	}
	return h
}

func withPassword(url string) string { return strings.Replace(url, "://", "://:"+password+"@", 1) }

// run runs a script that must succeed, and returns what it wrote.
func (h *host) run(script string) string {
	h.Helper()
	cmd := h.shell(script)
	out, err := cmd.Output()
	if err != nil {
		h.Fatalf("%s: %v\n%s%s", script, err, out, cmd.Stderr)
	}
	return string(out)
}

func (h *host) shell(script string) *exec.Cmd {
	cmd := exec.Command("bash", "-e", "-c", script)
	cmd.Dir, cmd.Env = h.dir, h.environ
	cmd.Stderr = &bytes.Buffer{}
	return cmd
}

// keep runs a script with all that it starts until the test ends, and fails the
// test when what it started does not stop cleanly then.
func (h *host) keep(script string) {
	h.Helper()
	cmd := h.shell(script)
	log := &testenv.Log{}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		kill := time.AfterFunc(testenv.Timeout, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
		defer kill.Stop()
		_ = cmd.Wait() // bash says that it was terminated; what it ran says how
		started, stopped := strings.Count(log.String(), `"message":"starting"`), strings.Count(log.String(), `"message":"stopped"`)
		if started == 0 || started != stopped || strings.Contains(log.String(), password) {
			h.Errorf("%d processes started and %d stopped cleanly:\n%s", started, stopped, log)
		}
	})
}

// answers waits until the deployment is well, and has it answer.
func (h *host) answers() {
	h.Helper()
	testenv.Eventually(h, "the gateway is ready", func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+h.port)
		if err != nil {
			return false
		}
		return conn.Close() == nil && h.get("/readyz") == 200
	})
	h.say(ada, general, mention+"flip a coin")
	h.calls("chat.postMessage", 1)
	h.say(ada, general, "I love bbq")
	h.calls("reactions.add", 1)
	h.calls("conversations.list", 1)
}

// repository copies the repository to the host.
func (h *host) repository() {
	h.Helper()
	top := filepath.Join("..", "..", "..")
	entries, err := os.ReadDir(top)
	if err != nil {
		h.Fatal(err)
	}
	for _, e := range entries {
		from, to := filepath.Join(top, e.Name()), filepath.Join(h.dir, e.Name())
		switch {
		case e.Name() == ".git" || e.Name() == "bin":
		case e.IsDir():
			err = os.CopyFS(to, os.DirFS(from))
		case e.Type().IsRegular():
			var content []byte
			if content, err = os.ReadFile(from); err == nil {
				err = os.WriteFile(to, content, 0o644)
			}
		}
		if err != nil {
			h.Fatal(err)
		}
	}
}

// TestDeploy_Guide follows docs/deploy.md to the letter: it runs each of its
// blocks. Only the values in .env are this machine's.
func TestDeploy_Guide(t *testing.T) {
	t.Parallel()
	h := newHost(t, socketMode)
	h.repository()
	guide, err := os.ReadFile(filepath.Join(h.dir, "docs", "deploy.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)\n```(sh|ini)\n(.*?)\n```\n").FindAllStringSubmatch(string(guide), -1)
	if len(blocks) != 4 || blocks[1][1] != "ini" {
		t.Fatalf("docs/deploy.md has %q, want building, .env, starting, looking", blocks)
	}

	if link := h.run(blocks[0][2]); !strings.HasPrefix(link, "https://api.slack.com/apps?") || !strings.Contains(link, "gopherbot.example.org") {
		t.Errorf("the link is %s", link)
	}

	here := map[string]string{
		"PORT":                          h.port,
		"REDIS_URL":                     withPassword(h.redis.TLSURL()),
		"GOPHER_SLACK_APP_TOKEN":        appToken,
		"GOPHER_SLACK_REQUEST_SECRET":   signingSecret,
		"GOPHER_SLACK_BOT_ACCESS_TOKEN": botToken,
		"GOPHER_PUBLIC_URL":             h.gateway,
	}
	var env strings.Builder
	for line := range strings.Lines(blocks[1][2] + "\n") {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if ours, ok := here[name]; ok {
			value = "'" + ours + "'"
			delete(here, name)
		}
		env.WriteString(name + "=" + value + "\n")
	}
	if len(here) > 0 {
		t.Fatalf("the .env of docs/deploy.md lacks %v", here)
	}
	env.WriteString("GOPHER_REDIS_SKIPVERIFY=true\n")
	if err := os.WriteFile(filepath.Join(h.dir, ".env"), []byte(env.String()), 0o600); err != nil {
		t.Fatal(err)
	}

	h.keep(blocks[2][2] + "\nwait")
	h.answers()
	// As in the terminal that the first blocks were typed in.
	if out := h.run("set -a; . ./.env; set +a\n" + blocks[3][2]); !strings.Contains(out, "WARNING  gateway") || strings.Contains(out, "FAILURE") {
		t.Errorf("the doctor says\n%s", out)
	}
}

// TestDeploy_Procfile runs the Procfile's process types with the
// environment that Heroku makes of app.json and of its Redis: the addresses of
// today, and those of former days.
func TestDeploy_Procfile(t *testing.T) {
	t.Parallel()
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		url  func(*redistest.Server) string
		set  string
	}{
		{"rediss://", (*redistest.Server).TLSURL, ""},
		{"redis:// with TLS on the next port", (*redistest.Server).URL, "GOPHER_REDIS_TLS_NEXT_PORT=true"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			if err := os.Symlink(dir, filepath.Join(h.dir, "bin")); err != nil {
				t.Fatal(err)
			}
			h.environ = append(h.environ, appJSONValues(t)...)
			h.environ = append(h.environ, "PORT="+h.port, "REDIS_URL="+withPassword(test.url(h.redis)), test.set,
				"GOPHER_SLACK_APP_ID="+appID, "GOPHER_SLACK_TEAM_ID="+teamID)
			types := map[string]string{}
			for line := range strings.Lines(file(t, "Procfile")) {
				name, command, _ := strings.Cut(strings.TrimSpace(line), ": ")
				types[name] = command
			}

			// A release with two of the variables missing goes no further.
			stopped := h.shell(types["release"])
			if out, err := stopped.Output(); err == nil || !strings.Contains(string(out), "or set GOPHER_SLACK_REQUEST_SECRET") {
				t.Errorf("the release phase lets a bad configuration pass: %v\n%s", err, out)
			}
			h.environ = append(h.environ, "GOPHER_SLACK_REQUEST_SECRET="+signingSecret, "GOPHER_SLACK_BOT_ACCESS_TOKEN="+botToken)
			if out := h.run(types["release"]); !strings.Contains(out, "TLS, with any certificate accepted") {
				t.Errorf("Redis is not reached over TLS:\n%s", out)
			}
			for _, name := range []string{"web", "consumer", "bgtasks"} {
				h.keep("DYNO=" + name + ".1 exec " + types[name])
			}
			h.answers()
		})
	}
}

// appJSONValues returns the variables to which app.json gives a value.
func appJSONValues(t *testing.T) []string {
	t.Helper()
	var app struct {
		Env map[string]struct{ Value string }
	}
	if err := json.Unmarshal([]byte(file(t, "app.json")), &app); err != nil {
		t.Fatal(err)
	}
	var list []string
	for name, v := range app.Env {
		if v.Value != "" {
			list = append(list, name+"="+v.Value)
		}
	}
	return list
}

// file returns a file at the top of the repository.
func file(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
