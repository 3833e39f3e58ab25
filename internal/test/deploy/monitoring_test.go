package deploy

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// promtool runs Debian's promtool in deploy/.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command(testenv.Program(t, "promtool"), args...)
	cmd.Dir = "deploy"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// alertTests are promtool's tests of the alerts, in deploy/.
var alertTests = []string{"prometheus-alerts_test.yml", "prometheus-alerts-platforms_test.yml", "prometheus-alerts-silence_test.yml"}

// TestPrometheus_ConfigurationIsValid checks the files for Prometheus in deploy/ with promtool.
// The alerts' own tests say what sets each off.
func TestPrometheus_ConfigurationIsValid(t *testing.T) {
	t.Parallel()
	promtool(t, "check", "config", "--syntax-only", "prometheus.yml")
	promtool(t, "check", "rules", "--lint=all", "--lint-fatal", "prometheus-alerts.yml")
	promtool(t, append([]string{"test", "rules"}, alertTests...)...)
}

// TestAlerts_SayWhatToDo and is set off by a test.
func TestAlerts_SayWhatToDo(t *testing.T) {
	t.Parallel()
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert               string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, "deploy/prometheus-alerts.yml")), &rules); err != nil {
		t.Fatal(err)
	}
	tests := ""
	for _, file := range alertTests {
		tests += read(t, "deploy/"+file)
	}
	n := 0
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			n++
			if r.Alert == "" || !slices.Contains([]string{"page", "ticket"}, r.Labels["severity"]) {
				t.Errorf("%s: want a name, and severity page or ticket", r.Alert)
			}
			if annotations := slices.Sorted(maps.Keys(r.Annotations)); !slices.Equal(annotations, []string{"runbook_url", "summary", "what_to_do"}) || r.Annotations["what_to_do"] == "" {
				t.Errorf("%s: annotations %q, want runbook_url, summary and what_to_do", r.Alert, annotations)
			}
			if !strings.Contains(tests, `alertname="`+r.Alert+`"`) {
				t.Errorf("%s: no test sets it off", r.Alert)
			}
		}
	}
	if n == 0 {
		t.Error("there are no alerts")
	}
}

// dashboard has the fields of Grafana's model that the tests check.
type dashboard struct {
	Panels []struct {
		ID                       int
		Type, Title, Description string
		GridPos                  struct{ X, Y, W, H int }
		Targets                  []struct{ Expr, LegendFormat string }
	}
}

// TestDashboard_QueriesExistingMetrics has Prometheus parse each expression, as that of a rule, and
// looks whether the panels are where they can be seen.
func TestDashboard_QueriesExistingMetrics(t *testing.T) {
	t.Parallel()
	var d dashboard
	if err := json.Unmarshal([]byte(read(t, "deploy/grafana-dashboard.json")), &d); err != nil {
		t.Fatal(err)
	}
	type rule struct {
		Record string `yaml:"record"`
		Expr   string `yaml:"expr"`
	}
	type group struct {
		Name  string `yaml:"name"`
		Rules []rule `yaml:"rules"`
	}
	expressions := group{Name: "dashboard"}
	ids, taken := map[int]bool{}, map[[2]int]string{}
	for _, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("%s: another panel has its id", p.Title)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("%s: at %d, %d it overlaps %q or the edge", p.Title, x, y, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			continue
		}
		if p.Title == "" || p.Description == "" || len(p.Targets) == 0 {
			t.Errorf("panel %d: want a title, a description and something to show", p.ID)
		}
		for _, target := range p.Targets {
			if target.LegendFormat == "" {
				t.Errorf("%s: %s has no legend", p.Title, target.Expr)
			}
			expressions.Rules = append(expressions.Rules, rule{"panel:shown", strings.ReplaceAll(target.Expr, "$__rate_interval", "5m")})
		}
	}
	if len(expressions.Rules) == 0 {
		t.Fatal("the dashboard shows nothing")
	}
	content, err := yaml.Marshal(map[string][]group{"groups": {expressions}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", "--lint=none", file)
}
