package demo

import (
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/config"
)

func TestSettings_OfTheUser(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environ        []string
		want           []string // of the processes' environment
		not            []string // parts that it does not have
		taken, refused string
	}{
		"none": {nil, []string{"GOPHER_ADMIN_CONTACT=U01ADA", "GOPHER_FEEDS=general=http://blog/", "GOPHER_FEEDS_INTERVAL=1s"}, nil, "", ""},
		"content": {
			[]string{"GOPHER_ADMIN_CONTACT=#mods", "GOPHER_WEEKLY_POST_CHANNEL=general", "GOPHER_ANSWER_COOLDOWN=0"},
			[]string{"GOPHER_ADMIN_CONTACT=#mods", "GOPHER_WEEKLY_POST_CHANNEL=general", "GOPHER_ANSWER_COOLDOWN=0"},
			[]string{"U01ADA"}, "GOPHER_ADMIN_CONTACT GOPHER_ANSWER_COOLDOWN GOPHER_WEEKLY_POST_CHANNEL", "",
		},
		"feeds have their own interval": {
			[]string{"GOPHER_FEEDS=news=https://example.org/feed"}, []string{"GOPHER_FEEDS=news=https://example.org/feed"},
			[]string{"http://blog/", "GOPHER_FEEDS_INTERVAL"}, "GOPHER_FEEDS", "",
		},
		"a deprecated name": {
			[]string{"GOPHER_PLAYGROUND_EXCEPT=jobs"}, []string{"GOPHER_PLAYGROUND_EXCEPT=jobs"}, nil, "GOPHER_PLAYGROUND_EXCLUDE_CHANNELS", "",
		},
		"a real Slack and Redis": {
			[]string{"REDIS_URL=rediss://real", "GOPHER_SLACK_BOT_ACCESS_TOKEN=xoxb-real", "GOPHER_REDIS_PATIENCE=1m", "PORT=80"},
			nil, []string{"real", "PATIENCE", "PORT"}, "", "GOPHER_REDIS_PATIENCE GOPHER_SLACK_BOT_ACCESS_TOKEN PORT REDIS_URL",
		},
		"what only the content knows": {[]string{"MY_BOT=yes", "OTEL_TRACES_EXPORTER=none"}, []string{"MY_BOT=yes", "OTEL_TRACES_EXPORTER=none"}, nil, "", ""},
		"empty, and the tool's own":   {[]string{"GOPHER_ADMIN_CONTACT=", "GOPHER_APP=x"}, []string{"GOPHER_ADMIN_CONTACT=U01ADA"}, []string{"GOPHER_APP"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := readSettings(test.environ)
			if err != nil {
				t.Fatal(err)
			}
			got := s.with("GOPHER_ADMIN_CONTACT=U01ADA", feedsVariable+"=general=http://blog/", feedsIntervalVariable+"=1s")
			for _, variable := range test.want {
				if !slices.Contains(got, variable) {
					t.Errorf("no %s: %q", variable, got)
				}
			}
			for _, part := range test.not {
				if strings.Contains(strings.Join(got, " "), part) {
					t.Errorf("%s: %q", part, got)
				}
			}
			if taken, refused := strings.Join(s.taken, " "), strings.Join(s.refused, " "); taken != test.taken || refused != test.refused {
				t.Errorf("taken %q, refused %q", taken, refused)
			}
			notes := strings.Join(s.notes(), " ")
			if strings.Contains(notes, "#mods") || strings.Contains(notes, "example.org") || strings.Contains(notes, "xoxb-") {
				t.Errorf("the notes have values: %s", notes)
			}
			for _, name := range append(strings.Fields(test.taken), strings.Fields(test.refused)...) {
				if !strings.Contains(notes, name) {
					t.Errorf("the notes do not name %s: %s", name, notes)
				}
			}
		})
	}
}

// TestSettings_KnowEveryVariable finds a new variable for which nobody has decided whether the
// demo takes it.
func TestSettings_KnowEveryVariable(t *testing.T) {
	t.Parallel()
	// Those of processes, Redis and platforms, by their beginnings.
	processes := []string{
		"ENV", "PORT", "DYNO", "HEROKU_", "OTEL_", "REDIS_URL", "GOPHER_REDIS_", "GOPHER_SLACK_", "GOPHER_SHARKFIN_", "GOPHER_NOTIFY_", "GOPHER_QUEUE_", "GOPHER_APP", "GOPHER_LOG_LEVEL",
		"GOPHER_CONSUMER_", "GOPHER_BGTASKS_", "GOPHER_INSTANCE_TTL", "GOPHER_METRICS_TOKEN", "GOPHER_OPS_TOKEN", "GOPHER_PUBLIC_URL",
		"GOPHER_CHANNELS_INTERVAL", "GOPHER_HOUSEKEEPING_INTERVAL", "GOPHER_DEAD_LETTER_RETENTION",
		"GOPHER_GATEWAY_PROXIES", "GOPHER_OPERATOR",
	}
	var known []string
	for _, v := range config.Variables() {
		known = append(known, v.Name)
		ofProcesses := slices.ContainsFunc(processes, func(begin string) bool { return strings.HasPrefix(v.Name, begin) })
		if taken := slices.Contains(fromUser, v.Name); taken == ofProcesses {
			t.Errorf("%s: taken from the user's environment: %v; of the processes: %v", v.Name, taken, ofProcesses)
		}
	}
	for _, name := range fromUser {
		if !slices.Contains(known, name) {
			t.Errorf("%s is no variable", name)
		}
	}
}

func TestSettings_Invalid(t *testing.T) {
	t.Parallel()
	if _, err := readSettings([]string{"GOPHER_WEEKLY_POST_TIME=whenever"}); err == nil || !strings.Contains(err.Error(), "GOPHER_WEEKLY_POST_TIME") {
		t.Error(err)
	}
}
