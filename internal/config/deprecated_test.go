package config_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
)

func TestLoad_DeprecatedNames(t *testing.T) {
	t.Parallel()
	const was, now = "GOPHER_REDIS_PATIENCE", "GOPHER_REDIS_MAX_OUTAGE"
	for _, test := range []struct {
		name    string
		set     map[string]string
		want    time.Duration
		warns   bool
		invalid string // the variable that the error begins with
		err     string // part of the error
	}{
		{name: "neither", want: 10 * time.Minute},
		{name: "only the new name", set: map[string]string{now: "5m"}, want: 5 * time.Minute},
		{name: "only the deprecated name", set: map[string]string{was: "5m"}, want: 5 * time.Minute, warns: true},
		{name: "an empty deprecated name", set: map[string]string{was: " ", now: "5m"}, want: 5 * time.Minute},
		{name: "an empty new name", set: map[string]string{was: "5m", now: ""}, want: 5 * time.Minute, warns: true},
		{name: "both alike", set: map[string]string{was: " 5m", now: "5m"}, want: 5 * time.Minute, warns: true},
		{name: "both, different", set: map[string]string{was: "7m", now: "5m"}, warns: true, invalid: was + " and " + now, err: "remove " + was},
		{name: "a bad value by the deprecated name", set: map[string]string{was: "soon"}, warns: true, invalid: was, err: "is not valid: want a time from 1s"},
		{name: "a bad value by the new name", set: map[string]string{now: "soon"}, invalid: now, err: "is not valid: want a time from 1s"},
		{name: "a bad value by both", set: map[string]string{was: "soon", now: "soon"}, warns: true, invalid: now, err: "is not valid: want a time from 1s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			vars := good()
			for name, value := range test.set {
				vars[name] = value
			}
			c, err := config.Load(config.Gateway, environ(vars))
			switch {
			case test.err == "" && (err != nil || time.Duration(c.RedisMaxOutage) != test.want):
				t.Errorf("%v (%v), want %v", time.Duration(c.RedisMaxOutage), err, test.want)
			case test.err != "" && (err == nil || !strings.HasPrefix(err.Error(), test.invalid+" ") || !strings.Contains(err.Error(), test.err)):
				t.Errorf("%v, want %q … %q", err, test.invalid, test.err)
			case err != nil && (strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "soon") || strings.Contains(err.Error(), "7m")):
				t.Errorf("%q repeats a value, or has several lines", err)
			}
			list := config.Deprecations(environ(vars))
			if !test.warns {
				if len(list) > 0 {
					t.Errorf("deprecated: %v", list)
				}
				return
			}
			if want := (config.Deprecation{Name: now, Was: was}); len(list) != 1 || list[0] != want {
				t.Fatalf("deprecated: %v, want %v", list, want)
			}
			if s := list[0].String(); !strings.HasPrefix(s, was+" is deprecated") || !strings.HasSuffix(s, "rename it to "+now) {
				t.Error(s)
			}
		})
	}
}

// TestLoad_EachDeprecatedName sets each renamed variable by its deprecated name.
func TestLoad_EachDeprecatedName(t *testing.T) {
	t.Parallel()
	renamed := map[string]string{
		"GOPHER_REDIS_MAX_OUTAGE": "GOPHER_REDIS_PATIENCE", "GOPHER_ANNOUNCE_LIMIT": "GOPHER_ANNOUNCE_MOST",
		"GOPHER_PLAYGROUND_EXCLUDE_CHANNELS": "GOPHER_PLAYGROUND_EXCEPT", "GOPHER_DEAD_LETTER_RETENTION": "GOPHER_DEAD_LETTERS_KEPT",
	}
	for _, job := range []string{"CHANNELS", "HOUSEKEEPING", "GERRIT", "GOTIME", "MASTODON", "RELEASES", "FEEDS"} {
		renamed["GOPHER_"+job+"_INTERVAL"] = "GOPHER_" + job + "_EVERY"
	}
	values := map[string]string{"GOPHER_ANNOUNCE_LIMIT": "7", "GOPHER_PLAYGROUND_EXCLUDE_CHANNELS": "newbies"}
	plain, help := good(), config.Help(config.BGTasks)
	for _, v := range config.Variables() {
		if v.Was != renamed[v.Name] {
			t.Errorf("%s was %q, want %q", v.Name, v.Was, renamed[v.Name])
		}
		if v.Was == "" {
			continue
		}
		if !strings.Contains(help, "formerly "+v.Was+",") {
			t.Errorf("--help does not name %s", v.Was)
		}
		value := values[v.Name]
		if value == "" {
			value = "90s"
		}
		byNew, byOld := good(), good()
		byNew[v.Name], byOld[v.Was] = value, value
		want, err := config.Load(config.BGTasks, environ(byNew))
		if err != nil {
			t.Fatal(err)
		}
		got, err := config.Load(config.BGTasks, environ(byOld))
		if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("%s=%s is not %s=%s: %v", v.Was, value, v.Name, value, err)
		}
		if unset, err := config.Load(config.BGTasks, environ(plain)); err != nil || fmt.Sprintf("%+v", got) == fmt.Sprintf("%+v", unset) {
			t.Errorf("%s=%s changes nothing (%v)", v.Was, value, err)
		}
		delete(renamed, v.Name)
	}
	if len(renamed) > 0 {
		t.Errorf("not declared: %v", renamed)
	}
}
