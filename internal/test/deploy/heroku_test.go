package deploy

import (
	"encoding/json"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/config"
)

// appJSON is what Heroku allows in an app.json: a name that is not here is one
// that it does not know, or that this app has no use for.
// Source: https://devcenter.heroku.com/articles/app-json-schema
type appJSON struct {
	Name        string
	Description string
	Repository  string
	Website     string
	Keywords    []string
	Stack       string
	Buildpacks  []struct{ URL string }
	Addons      []struct{ Plan, As string }
	Formation   map[string]struct {
		Quantity int
		Size     string
	}
	Env map[string]struct {
		Description, Value string
		Required           *bool
	}
}

func readAppJSON(t *testing.T) appJSON {
	t.Helper()
	var app appJSON
	d := json.NewDecoder(strings.NewReader(read(t, "app.json")))
	d.DisallowUnknownFields()
	if err := d.Decode(&app); err != nil {
		t.Fatalf("app.json: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Errorf("app.json: %v after its end", err)
	}
	return app
}

// TestAppJSON_Schema holds the values to Heroku's schema.
func TestAppJSON_Schema(t *testing.T) {
	t.Parallel()
	app := readAppJSON(t)
	holds := func(what, value, pattern string) {
		t.Helper()
		if !regexp.MustCompile("^(?:" + pattern + ")$").MatchString(value) {
			t.Errorf("%s is %q, want %s", what, value, pattern)
		}
	}
	holds("name", app.Name, `[a-zA-Z][a-zA-Z_.-]{2,29}`)
	holds("description", app.Description, `.{1,140}`)
	holds("repository", app.Repository, `https://github\.com/[a-z]+/[a-z]+`)
	holds("website", app.Website, `https://.+`)
	holds("stack", app.Stack, `heroku-2[46]`)
	for _, b := range app.Buildpacks {
		holds("buildpack", b.URL, `heroku/[a-z]+|https://.+`)
	}
	for _, a := range app.Addons {
		holds("add-on", a.Plan, `[a-z-]+:[a-z0-9-]+`)
		holds("add-on "+a.Plan+" as", a.As, `[A-Z][A-Z0-9_]*`)
	}
	for name, f := range app.Formation {
		holds("process type", name, `[a-z][a-z0-9_-]*`)
		holds("size of "+name, f.Size, `eco|basic|standard-1x|standard-2x|performance-[a-z0-9-]+`)
		if f.Quantity != 1 {
			t.Errorf("%s: quantity %d, want one to begin with", name, f.Quantity)
		}
	}
	for name := range app.Env {
		holds("variable", name, `[A-Z][A-Z0-9_]*`)
	}
	// The add-on sets the variable that the processes read.
	if len(app.Addons) != 1 || app.Addons[0].As+"_URL" != "REDIS_URL" {
		t.Errorf("add-ons %+v set no REDIS_URL", app.Addons)
	}
}

// TestHeroku_Button holds the button in docs/deploy.md to this repository.
func TestHeroku_Button(t *testing.T) {
	t.Parallel()
	if button := "https://www.heroku.com/deploy?template=" + readAppJSON(t).Repository; !strings.Contains(read(t, "docs/deploy.md"), "("+button+")") {
		t.Errorf("docs/deploy.md has no button to %s", button)
	}
}

// procfile returns the process types of the Procfile with their commands.
func procfile(t *testing.T) map[string]string {
	t.Helper()
	types := map[string]string{}
	for line := range strings.Lines(read(t, "Procfile")) {
		name, command, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok || types[name] != "" {
			t.Errorf("Procfile: %q", line)
		}
		types[name] = command
	}
	return types
}

// TestHeroku_BuildHasAllProcesses holds Procfile, app.json and go.mod together.
func TestHeroku_BuildHasAllProcesses(t *testing.T) {
	t.Parallel()
	_, install, _ := strings.Cut(read(t, "go.mod"), "// +heroku install ")
	install, _, _ = strings.Cut(install, "\n")
	built := strings.Fields(install)

	types := procfile(t)
	for name, command := range types {
		program, ok := strings.CutPrefix(strings.Fields(command)[0], "bin/")
		if !ok || !slices.Contains(built, "./cmd/"+program) {
			t.Errorf("%s: %q runs nothing that go.mod has built: %q", name, command, built)
		}
	}
	if types["release"] == "" {
		t.Error("no release phase: a bad configuration is not found before it serves")
	}
	delete(types, "release") // is run once before the others, and not formed
	names := slices.Sorted(maps.Keys(types))
	if want := []string{"bgtasks", "consumer", "web"}; !slices.Equal(names, want) {
		t.Errorf("process types %q, want %q", names, want)
	}
	if formation := slices.Sorted(maps.Keys(readAppJSON(t).Formation)); !slices.Equal(formation, names) {
		t.Errorf("app.json forms %q, the Procfile has %q", formation, names)
	}
}

// maxChoices is the number of optional variables that app.json may ask for besides the alternatives
// of those that are needed. The page behind Heroku's button is a form that somebody has to fill in.
const maxChoices = 10

// TestAppJSON_AsksForWhatIsNeeded holds app.json against the declarations of the variables. It asks
// for all that a process needs and Heroku does not set, and for a few others. The rest is in
// docs/configuration.md.
func TestAppJSON_AsksForWhatIsNeeded(t *testing.T) {
	t.Parallel()
	app := readAppJSON(t)
	// The button is for some of the chat platforms: their variables are a group, and those of
	// the others are set later.
	platforms := map[string]bool{"": true}
	for _, v := range config.Variables() {
		if _, ok := app.Env[v.Name]; ok {
			platforms[v.Platform] = true
		}
	}
	if !platforms["slack"] {
		t.Error("app.json does not ask for Slack's variables")
	}
	choices := 0
	for _, v := range config.Variables() {
		asked, ok := app.Env[v.Name]
		if v.Name == "PORT" || v.Name == "DYNO" || v.Name == "REDIS_URL" || strings.HasPrefix(v.Name, "HEROKU_") {
			if ok {
				t.Errorf("%s is asked for, though Heroku sets it", v.Name)
			}
			delete(app.Env, v.Name)
			continue
		}
		if !ok {
			given := slices.ContainsFunc(v.Alternatives(), func(other string) bool {
				required := app.Env[other].Required
				return required != nil && *required
			})
			if v.Needed() && platforms[v.Platform] && !given {
				t.Errorf("%s is needed by a process, and app.json requires neither it nor an alternative", v.Name)
			}
			continue
		}
		if asked.Description == "" || asked.Required == nil {
			t.Errorf("%s: app.json has %+v, want a description and whether it is required", v.Name, asked)
			continue
		}
		required := *asked.Required
		switch {
		case !v.Optional() && !required:
			t.Errorf("%s is required by a process and not by app.json", v.Name)
		case required && v.Optional() && asked.Value == "":
			t.Errorf("%s is required by app.json, and neither by a process nor given a value", v.Name)
		case strings.HasPrefix(v.Find, "not used"):
			t.Errorf("%s is asked for, though it is %q", v.Name, v.Find)
		case asked.Value != "" && asked.Value == v.Default:
			t.Errorf("%s has its default as its value: an operator need not be asked", v.Name)
		case v.Secret && asked.Value != "":
			t.Errorf("%s is a secret with a value in app.json", v.Name)
		}
		if !required && !v.Needed() {
			choices++
		}
	}
	if choices > maxChoices {
		t.Errorf("app.json asks for %d optional variables, want at most %d", choices, maxChoices)
	}
	for name := range app.Env {
		if !slices.ContainsFunc(config.Variables(), func(v config.Variable) bool { return v.Name == name }) {
			t.Errorf("%s is in app.json and no process reads it", name)
		}
	}
}
