package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/control"
	sharkfinsim "github.com/gobridge/gopherbot/internal/sharkfin/sim"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// prometheus is a Prometheus that watches a bot.
type prometheus struct {
	*bot
	url string
}

// startPrometheus runs one as deploy/prometheus.yml says, but with the addresses of
// this test, and every second.
func (b *bot) startPrometheus(at map[config.Process]string) prometheus {
	b.Helper()
	p := b.runPrometheus(at, "1s", file(b.T, "deploy/prometheus-alerts.yml"))
	p.awaitScrapes(3)
	return p
}

// awaitScrapes waits until n processes have been scraped.
func (p prometheus) awaitScrapes(n int) {
	p.Helper()
	testenv.Eventually(p, "Prometheus is ready", func() bool { status, _ := p.status(p.url+"/-/ready", ""); return status == 200 })
	testenv.Eventually(p, "all processes are scraped", func() bool { return p.series(`up{job="gopherbot"} == 1`) == n })
}

// runPrometheus starts one with an interval and with alerts. It does not wait.
func (b *bot) runPrometheus(at map[config.Process]string, interval, alerts string) prometheus {
	b.Helper()
	program := testenv.Program(b, "prometheus")
	dir := b.TempDir()
	scrape := file(b.T, "deploy/prometheus.yml")
	for as, address := range map[string]string{
		"127.0.0.1:8080": at[config.Gateway], "127.0.0.1:9101": at[config.Consumer], "127.0.0.1:9102": at[config.BGTasks],
	} {
		if !strings.Contains(scrape, `"`+as+`"`) {
			b.Fatalf("deploy/prometheus.yml does not name %s", as)
		}
		scrape = strings.ReplaceAll(scrape, `"`+as+`"`, `"`+strings.TrimPrefix(address, "http://")+`"`)
	}
	scrape = strings.Replace(scrape, "interval: 15s", "interval: "+interval, 2)
	for name, content := range map[string]string{
		"prometheus.yml": scrape, "prometheus-alerts.yml": alerts, "gopherbot-metrics-token": metricsToken,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	address := "127.0.0.1:" + freePort(b.T)
	cmd := exec.Command(program, "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address="+address)
	log := &testenv.Log{}
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		if b.Failed() {
			b.Logf("Prometheus logged:\n%s", log)
		}
	})
	return prometheus{b, "http://" + address}
}

// ask asks its API, and returns the data.
func (p prometheus) ask(path string, query url.Values, data any) {
	p.Helper()
	status, body := p.status(p.url+"/api/v1/"+path+"?"+query.Encode(), "")
	var answer struct {
		Status string
		Data   json.RawMessage
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != http.StatusOK || answer.Status != "success" {
		p.Fatalf("%s %s: %d %s (%v)", path, query, status, body, err)
	}
	if err := json.Unmarshal(answer.Data, data); err != nil {
		p.Fatal(err)
	}
}

// series returns how many series an expression has.
func (p prometheus) series(expr string) int {
	p.Helper()
	var data struct{ Result []json.RawMessage }
	p.ask("query", url.Values{"query": {expr}}, &data)
	return len(data.Result)
}

// TestPrometheus_ScrapesEveryPanel has a real Prometheus scrape a bot to which
// something of everything happens, and asks it for whatever the dashboard shows.
func TestPrometheus_ScrapesEveryPanel(t *testing.T) {
	t.Parallel()
	s := newShoalOn(t, redistest.URL(t), true, sharkfinsim.Options{}, socketMode)
	b := s.bot
	b.environ["GOPHER_SLACK_APP_TOKEN"] = appToken
	b.notifiesWithRule()
	at := b.watch()
	b.startAll()
	_, _, err := control.New(b.rdb, b.environ["GOPHER_APP"]).Set(t.Context(), control.Control{Kind: control.Handler, Name: `command "books"`, By: ada})
	b.must(err)
	p := b.startPrometheus(at)
	b.background("people and scripts talk, coins are refused, and sockets are replaced", func(ctx context.Context) error {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ; n++ {
			if n%20 == 0 {
				b.slack.Socket().Disconnect("refresh_requested")
				if _, err := s.server.Say(sharkfinsim.Post{From: "alice", Channel: "town", Body: "@gopher flip a coin"}); err != nil {
					return err
				}
			}
			if status, err := b.notifySays("deployed"); ctx.Err() == nil && (err != nil || status != http.StatusAccepted) {
				return fmt.Errorf("send a notification: %d, %v", status, err)
			}
			b.slack.Fail("chat.postMessage", slacksim.Fault{Error: "restricted_action"})
			for _, text := range []string{mention + "flip a coin", "I love bbq"} {
				if _, err := b.slack.Say(ada, general, text, ""); err != nil {
					return err
				}
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return nil
			}
		}
	})

	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(file(t, "deploy/grafana-dashboard.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			expr := strings.ReplaceAll(target.Expr, "$__rate_interval", "30s")
			testenv.Eventually(t, panel.Title+" shows something of "+expr, func() bool { return p.series(expr) > 0 })
		}
	}

	var rules struct {
		Groups []struct {
			Rules []struct{ Name, Health, LastError string }
		}
	}
	healthy := func() bool {
		p.ask("rules", nil, &rules)
		for _, g := range rules.Groups {
			for _, r := range g.Rules {
				if r.Health != "ok" {
					return false
				}
			}
		}
		return len(rules.Groups) > 0
	}
	testenv.Eventually(t, "all alerts are looked at", healthy)
}
