package gopherbot

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/config"
)

// TestOneBuildHasAllProcesses holds Procfile, app.json and go.mod together.
func TestOneBuildHasAllProcesses(t *testing.T) {
	t.Parallel()
	var app struct {
		Formation map[string]struct{ Quantity int }
	}
	if err := json.Unmarshal([]byte(read(t, "app.json")), &app); err != nil {
		t.Fatal(err)
	}
	_, install, _ := strings.Cut(read(t, "go.mod"), "// +heroku install ")
	install, _, _ = strings.Cut(install, "\n")
	built := strings.Fields(install)

	var types []string
	for line := range strings.Lines(read(t, "Procfile")) {
		name, command, ok := strings.Cut(strings.TrimSpace(line), ": bin/")
		if !ok || !slices.Contains(built, "./cmd/"+command) {
			t.Errorf("Procfile: %q runs nothing that go.mod has built: %q", line, built)
		}
		types = append(types, name)
	}
	slices.Sort(types)
	if want := []string{"bgtasks", "consumer", "web"}; !slices.Equal(types, want) {
		t.Errorf("process types %q, want %q", types, want)
	}
	if formation := slices.Sorted(maps.Keys(app.Formation)); !slices.Equal(formation, types) {
		t.Errorf("app.json forms %q, the Procfile has %q", formation, types)
	}
}

// TestAppJSONDescribesTheConfiguration holds app.json against the declarations
// of the variables. What Heroku sets by itself is not asked for.
func TestAppJSONDescribesTheConfiguration(t *testing.T) {
	t.Parallel()
	var app struct {
		Env map[string]struct {
			Description, Value string
			Required           *bool
		}
	}
	if err := json.Unmarshal([]byte(read(t, "app.json")), &app); err != nil {
		t.Fatal(err)
	}
	for _, v := range config.Variables() {
		asked, ok := app.Env[v.Name]
		delete(app.Env, v.Name)
		if v.Name == "PORT" || v.Name == "DYNO" || v.Name == "REDIS_URL" || strings.HasPrefix(v.Name, "HEROKU_") {
			if ok {
				t.Errorf("%s is asked for, though Heroku sets it", v.Name)
			}
			continue
		}
		if !ok || asked.Description == "" || asked.Required == nil {
			t.Errorf("%s: app.json has %+v, want a description and whether it is required", v.Name, asked)
			continue
		}
		needed := v.NeededBy(config.Gateway) || v.NeededBy(config.Consumer) || v.NeededBy(config.BGTasks)
		if needed && !*asked.Required {
			t.Errorf("%s is required by a process and not by app.json", v.Name)
		}
		if *asked.Required && !needed && asked.Value == "" {
			t.Errorf("%s is required by app.json, and neither by a process nor given a value", v.Name)
		}
		if v.Secret && asked.Value != "" {
			t.Errorf("%s is a secret with a value in app.json", v.Name)
		}
	}
	for name := range app.Env {
		t.Errorf("%s is in app.json and no process reads it", name)
	}
}
