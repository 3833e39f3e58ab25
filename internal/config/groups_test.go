package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/config"
)

// TestPlatforms_GroupIsComplete leaves out each variable of a platform in turn: the
// error names that one alone.
func TestPlatforms_GroupIsComplete(t *testing.T) {
	t.Parallel()
	if got := config.Platforms(); !slices.Equal(got, []string{"slack", "sharkfin"}) {
		t.Errorf("platforms %v", got)
	}
	for name := range good() {
		switch name {
		case "REDIS_URL", "GOPHER_SLACK_APP_ID", "GOPHER_SLACK_TEAM_ID": // the ids are learned with the bot token
			continue
		}
		vars := good()
		delete(vars, name)
		_, err := config.LoadAll(environ(vars))
		if err == nil || !strings.Contains(err.Error(), name+" is not set: want ") && !strings.Contains(err.Error(), "or set "+name+": want ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

// TestLoad_Alternatives sets the variables of a gateway for each way in and each way to
// learn the ids, and leaves out one that has to be there.
func TestLoad_Alternatives(t *testing.T) {
	t.Parallel()
	const (
		app    = "GOPHER_SLACK_APP_TOKEN=xapp-1-A012-3"
		secret = "GOPHER_SLACK_REQUEST_SECRET=thenewsecret0001"
		bot    = "GOPHER_SLACK_BOT_ACCESS_TOKEN=xoxb-1"
		appID  = "GOPHER_SLACK_APP_ID=A012ABCDEF0"
		teamID = "GOPHER_SLACK_TEAM_ID=T012ABCDEF0"
	)
	for _, test := range []struct {
		set  []string
		want []string // of each line of the error, how it begins
	}{
		{[]string{app, bot}, nil},
		{[]string{secret, bot}, nil},
		{[]string{app, secret, bot}, nil},
		{[]string{app, teamID}, nil},
		{[]string{secret, appID, teamID}, nil},
		{[]string{app}, []string{"GOPHER_SLACK_TEAM_ID is not set"}},
		{[]string{secret, teamID}, []string{"GOPHER_SLACK_APP_ID is not set"}},
		{[]string{secret}, []string{"GOPHER_SLACK_APP_ID is not set", "GOPHER_SLACK_TEAM_ID is not set"}},
		{[]string{bot}, []string{"GOPHER_SLACK_APP_TOKEN is not set"}},
		{[]string{appID, teamID}, []string{"GOPHER_SLACK_APP_TOKEN is not set"}},
	} {
		_, err := config.Load(config.Gateway, append([]string{"REDIS_URL=rediss://redis.invalid"}, test.set...))
		var lines []string
		if err != nil {
			lines = strings.Split(err.Error(), "\n")
		}
		if !slices.EqualFunc(lines, test.want, strings.HasPrefix) {
			t.Errorf("%q: %q, want %q", test.set, lines, test.want)
		}
		for _, line := range lines {
			if !strings.Contains(line, "; or set GOPHER_SLACK_") {
				t.Errorf("%q names no alternative", line)
			}
		}
	}
}

// TestPlatforms_NoneIsConfigured holds the error of an operator who has set no
// platform's variables to name them.
func TestPlatforms_NoneIsConfigured(t *testing.T) {
	t.Parallel()
	vars := map[string]string{"REDIS_URL": good()["REDIS_URL"], "GOPHER_SLACK_API_URL": "https://slack.example/", "GOPHER_SLACK_CLIENT_ID": "1.2"}
	c, err := config.Load(config.Consumer, environ(vars))
	if err == nil || c.Has("slack") {
		t.Fatalf("has Slack: %v (%v)", c.Has("slack"), err)
	}
	lines := strings.Split(err.Error(), "\n")
	if want := []string{
		"no chat platform is configured: set the variables of one (slack, sharkfin)", "GOPHER_SLACK_BOT_ACCESS_TOKEN is not set", "GOPHER_SHARKFIN_URL is not set", "GOPHER_SHARKFIN_KEY is not set",
	}; !slices.EqualFunc(lines, want, strings.HasPrefix) {
		t.Errorf("%q", lines)
	}
	if c, err := config.Load(config.Consumer, environ(good())); err != nil || !c.Has("slack") || c.Has("mattermost") {
		t.Errorf("a configured Slack: %v", err)
	}
}

// TestLoadAll_AsksForFewVariables holds that a newcomer who has set nothing is told of the
// two tokens or the address and key of a platform, and not of the ids that these make unnecessary.
func TestLoadAll_AsksForFewVariables(t *testing.T) {
	t.Parallel()
	const app, bot, address, key = "GOPHER_SLACK_APP_TOKEN", "GOPHER_SLACK_BOT_ACCESS_TOKEN", "GOPHER_SHARKFIN_URL", "GOPHER_SHARKFIN_KEY"
	for _, test := range []struct {
		set  []string
		want []string // of each line of the error, how it begins
	}{
		{nil, []string{"no chat platform is configured", app + " is not set", bot + " is not set", address + " is not set", key + " is not set"}},
		{[]string{app + "=xapp-1-A012-3"}, []string{bot + " is not set"}},
		{[]string{bot + "=xoxb-1"}, []string{app + " is not set"}},
		{[]string{app + "=xapp-1-A012-3", bot + "=xoxb-1"}, nil},
		{[]string{address + "=https://chat.example.org"}, []string{key + " is not set"}},
		{[]string{key + "=a-long-api-key"}, []string{address + " is not set"}},
		{[]string{address + "=https://chat.example.org", key + "=a-long-api-key"}, nil},
	} {
		_, err := config.LoadAll(append([]string{"REDIS_URL=rediss://redis.invalid"}, test.set...))
		var lines []string
		if err != nil {
			lines = strings.Split(err.Error(), "\n")
		}
		if !slices.EqualFunc(lines, test.want, strings.HasPrefix) {
			t.Errorf("%q: %q, want %q", test.set, lines, test.want)
		}
	}
}

// TestConfig_Value reads variables of several forms by their names.
func TestConfig_Value(t *testing.T) {
	t.Parallel()
	vars := good()
	vars["GOPHER_PLAYGROUND_EXCLUDE_CHANNELS"], vars["GOPHER_PLAYGROUND_URL"] = "random, golang-cls", "http://localhost:3999"
	c, err := config.Load(config.Consumer, environ(vars))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"GOPHER_PLAYGROUND_EXCLUDE_CHANNELS": "random,golang-cls", "GOPHER_PLAYGROUND_URL": "http://localhost:3999/",
		"GOPHER_PLAYGROUND_LINK_URL": "https://go.dev/play/", "GOPHER_ANSWER_COOLDOWN": "5m0s", "PORT": "8080",
		"GOPHER_REDIS_INSECURE": "false", "GOPHER_SLACK_BOT_ACCESS_TOKEN": "", "REDIS_URL": "", "GOPHER_SLACK_REQUEST_SECRET": "",
	} {
		if got, declared := c.Value(name); got != want || !declared {
			t.Errorf("%s is %q, declared %v, want %q", name, got, declared, want)
		}
	}
	if got, declared := c.Value("LIBBOT_CATALOG"); got != "" || declared {
		t.Errorf("an undeclared variable is %q, declared %v", got, declared)
	}
}

func TestLoad_TargetOfAPlatformThatIsNotConfigured(t *testing.T) {
	t.Parallel()
	environ := []string{
		"REDIS_URL=rediss://redis.invalid", "GOPHER_SLACK_BOT_ACCESS_TOKEN=xoxb-1", "GOPHER_GERRIT_CHANNEL=slack:golang-cls", "GOPHER_RELEASES_CHANNEL=golang-news",
	}
	if _, err := config.Load(config.BGTasks, environ); err != nil {
		t.Errorf("targets on Slack: %v", err)
	}
	_, err := config.Load(config.BGTasks, append(environ, "GOPHER_GOTIME_CHANNEL=mattermost:gotimefm", "GOPHER_FEEDS=mattermost:news=https://go.dev/blog/feed.atom"))
	for _, variable := range []string{"GOPHER_GOTIME_CHANNEL", "GOPHER_FEEDS"} {
		want := variable + " names a channel of mattermost, which is not configured: set its variables, or name a channel of slack"
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
