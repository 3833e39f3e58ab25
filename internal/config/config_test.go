package config_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/event"
)

// good is an environment in which every process starts.
func good() map[string]string {
	return map[string]string{
		"REDIS_URL":                     "rediss://:hunter2@redis.example:6379",
		"GOPHER_SLACK_APP_ID":           "A012ABCDEF0",
		"GOPHER_SLACK_TEAM_ID":          "T012ABCDEF0",
		"GOPHER_SLACK_REQUEST_SECRET":   "thenewsecret0001, theoldsecret0001",
		"GOPHER_SLACK_BOT_ACCESS_TOKEN": "xoxb-token",
	}
}

func environ(vars map[string]string) []string {
	var list []string
	for name, value := range vars {
		list = append(list, name+"="+value)
	}
	return list
}

func TestLoad_Defaults(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Gateway, environ(good()))
	if err != nil {
		t.Fatal(err)
	}
	if c.Port != 8080 || c.App != "gopherbot" || c.LogLevel() != zerolog.InfoLevel || c.SlackAPIURL != "https://slack.com/api/" || c.Production() ||
		time.Duration(c.Cooldown) != 5*time.Minute || c.ConsumerConcurrency != 64 || c.QueueMaxBacklog != 0 {
		t.Errorf("%+v", c)
	}
	if got := c.SlackRequestSecret.Reveal(); len(got) != 2 || got[0] != "thenewsecret0001" || got[1] != "theoldsecret0001" {
		t.Errorf("secrets %q", got)
	}
}

func TestLoad_Playground(t *testing.T) {
	t.Parallel()
	vars := good()
	c, err := config.Load(config.Consumer, environ(vars))
	if err != nil || c.PlaygroundURL != "https://play.golang.org/" || c.PlaygroundLinkURL != "https://go.dev/play/" || c.PlaygroundExcludeChannels != nil {
		t.Errorf("by default: %+v (%v)", c, err)
	}
	vars["GOPHER_PLAYGROUND_URL"], vars["GOPHER_PLAYGROUND_EXCLUDE_CHANNELS"] = "http://localhost:3999", "random, golang-cls,日本語"
	c, err = config.Load(config.Consumer, environ(vars))
	if err != nil || c.PlaygroundURL != "http://localhost:3999/" || !slices.Equal(c.PlaygroundExcludeChannels, []string{"random", "golang-cls", "日本語"}) {
		t.Errorf("set: %+v (%v)", c, err)
	}
}

func TestLoad_RequiredByProcess(t *testing.T) {
	t.Parallel()
	for process, names := range map[config.Process][]string{
		config.Gateway:  {"REDIS_URL", "GOPHER_SLACK_TEAM_ID", "GOPHER_SLACK_APP_TOKEN", "GOPHER_SHARKFIN_URL", "GOPHER_SHARKFIN_KEY"}, // a token says of which app it is
		config.Consumer: {"REDIS_URL", "GOPHER_SLACK_BOT_ACCESS_TOKEN", "GOPHER_SHARKFIN_URL", "GOPHER_SHARKFIN_KEY"},
		config.BGTasks:  {"REDIS_URL", "GOPHER_SLACK_BOT_ACCESS_TOKEN", "GOPHER_SHARKFIN_URL"},
	} {
		_, err := config.Load(process, []string{"REDIS_URL= "})
		if err == nil {
			t.Fatalf("%s starts with nothing set", process)
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != len(names)+1 || !strings.HasPrefix(lines[0], "no chat platform is configured: ") {
			t.Errorf("%s: %d lines, want one about platforms and one for each of %v:\n%v", process, len(lines), names, err)
		}
		for _, name := range names {
			if !strings.Contains(err.Error(), name+" is not set: want ") {
				t.Errorf("%s: %s is not named", process, name)
			}
		}
	}
}

func TestLoadNeeding_Requires(t *testing.T) {
	t.Parallel()
	_, err := config.LoadNeeding([]string{"PORT=8080"}, "REDIS_URL")
	if err == nil || !strings.HasPrefix(err.Error(), "REDIS_URL is not set: want ") || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
	if c, err := config.LoadNeeding([]string{"PORT=8081"}); err != nil || c.Port != 8081 {
		t.Errorf("%+v (%v)", c, err)
	}
}

func TestLoad_BadValues(t *testing.T) {
	t.Parallel()
	for _, bad := range [][2]string{
		{"GOPHER_SLACK_TEAM_ID", "gophers"}, {"GOPHER_SLACK_BOT_ACCESS_TOKEN", "hello"}, {"GOPHER_SLACK_APP_TOKEN", "xoxb-1"}, {"GOPHER_SLACK_SOCKETS", "0"}, {"GOPHER_SLACK_SOCKETS", "5"}, {"REDIS_URL", "redis://"},
		{"REDIS_URL", "rediss://:hunter2@host:port"}, {"REDIS_URL", "rediss://:hunt%zz@host:6379"}, {"GOPHER_SLACK_REQUEST_SECRET", "short"},
		{"GOPHER_SLACK_REQUEST_SECRET", "thenewsecret0001,"}, {"GOPHER_ANSWER_COOLDOWN", "-1s"}, {"GOPHER_ANSWER_COOLDOWN", "soon"},
		{"GOPHER_CONSUMER_CONCURRENCY", "0"}, {"GOPHER_CONSUMER_CONCURRENCY", "many"}, {"GOPHER_CONSUMER_CONCURRENCY", "99999999999999999999"},
		{"GOPHER_QUEUE_MAX_BACKLOG", "-1"}, {"GOPHER_QUEUE_MAX_BACKLOG", "10000001"}, {"GOPHER_QUEUE_MAX_BACKLOG", "1e6"},
	} {
		vars := good()
		vars[bad[0]] = bad[1]
		if _, err := config.Load(config.Consumer, environ(vars)); err == nil || !strings.HasPrefix(err.Error(), bad[0]+" is not valid: want ") || strings.Contains(err.Error(), "hunt") {
			t.Errorf("%s=%s: %v", bad[0], bad[1], err)
		}
	}
	for name, value := range map[string]string{
		"ENV":                                "Production!",
		"PORT":                               "70000",
		"GOPHER_APP":                         "{x}",
		"GOPHER_ANSWER_COOLDOWN":             "25h",
		"GOPHER_LOG_LEVEL":                   "loudly",
		"GOPHER_REDIS_INSECURE":              "perhaps",
		"GOPHER_REDIS_MODE":                  "many",
		"GOPHER_REDIS_CONNECTIONS":           "5000",
		"GOPHER_QUEUE_SHARDS":                "65",
		"GOPHER_QUEUE_MAX_BACKLOG":           "99",
		"GOPHER_CONSUMER_CONCURRENCY":        "1001",
		"GOPHER_SLACK_APP_ID":                "A 1",
		"GOPHER_SLACK_REQUEST_SECRET":        "one,two,three",
		"GOPHER_OPS_TOKEN":                   "thirty-one-characters-are-short",
		"GOPHER_SLACK_API_URL":               "slack.example",
		"GOPHER_PLAYGROUND_URL":              "play.example",
		"GOPHER_PLAYGROUND_LINK_URL":         "ftp://play.example/",
		"GOPHER_PLAYGROUND_EXCLUDE_CHANNELS": "random,#general",
		"GOPHER_ROLES":                       "moderator=@ada",
		"GOPHER_SUGGESTIONS_CHANNEL":         "two channels",
		"GOPHER_ADMIN_CONTACT":               "the mods <!channel>",
		"GOPHER_REPORTS_CHANNEL":             "two channels",
		"REDIS_URL":                          "http://:hunter2@redis.example",
		"GOPHER_BGTASKS_LEASE":               "15s",
		"GOPHER_GERRIT_INTERVAL":             "sometimes",
		"GOPHER_FEEDS_INTERVAL":              "50ms",
		"GOPHER_ANNOUNCE_LIMIT":              "1000",
		"GOPHER_GERRIT_CHANNEL":              "golang cls",
		"GOPHER_WEEKLY_POST_TIME":            "Mondays at nine",
		"GOPHER_WEEKLY_POST_TEXT":            strings.Repeat("a", 1001),
		"GOPHER_GERRIT_PROJECTS":             "go,,tools",
		"GOPHER_MASTODON_ACCOUNT":            "golang@hachyderm.io",
		"GOPHER_FEEDS":                       "news=ftp://go.dev/blog",

		"OTEL_EXPORTER_OTLP_ENDPOINT":        "collector.example:4318",
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://user:hunter2@collector.example/v1/traces",
		"OTEL_EXPORTER_OTLP_HEADERS":         "hunter2",
		"OTEL_EXPORTER_OTLP_TRACES_HEADERS":  "x-api-key=hun%0ater2",
		"OTEL_EXPORTER_OTLP_PROTOCOL":        "grpc",
		"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json",
		"OTEL_TRACES_EXPORTER":               "console",
		"OTEL_SDK_DISABLED":                  "maybe",
	} {
		vars := good()
		if name != "OTEL_EXPORTER_OTLP_ENDPOINT" {
			vars["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://collector.example:4318"
		}
		vars[name] = value
		_, err := config.Load(config.Gateway, environ(vars))
		if err == nil || !strings.HasPrefix(err.Error(), name+" is not valid: want ") || strings.Contains(err.Error(), value) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}

func TestLoad_RedisPlainText(t *testing.T) {
	t.Parallel()
	vars := good()
	vars["REDIS_URL"] = "redis://localhost:6379"
	if _, err := config.Load(config.Gateway, environ(vars)); err == nil || !strings.Contains(err.Error(), "GOPHER_REDIS_INSECURE=true") {
		t.Error(err)
	}
	vars["GOPHER_REDIS_INSECURE"] = "true"
	if _, err := config.Load(config.Gateway, environ(vars)); err != nil {
		t.Error(err)
	}
}

func TestLoad_RedisTLSOnTheNextPort(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ url, mode, insecure, says string }{
		{"redis://:hunter2@redis.example:6379", "single", "false", ""},
		{"rediss://:hunter2@redis.example:6379", "single", "false", ""},
		{"redis://:hunter2@redis.example", "single", "false", "REDIS_URL is not valid"},
		{"redis://:hunter2@redis.example:65535", "single", "false", "REDIS_URL is not valid"},
		{"redis://:hunter2@redis.example:6379", "single", "true", "contradict each other"},
		{"redis://:hunter2@redis.example:6379", "cluster", "false", "for a single Redis"},
	} {
		vars := good()
		vars["REDIS_URL"], vars["GOPHER_REDIS_MODE"], vars["GOPHER_REDIS_INSECURE"] = test.url, test.mode, test.insecure
		vars["GOPHER_REDIS_TLS_NEXT_PORT"] = "true"
		_, err := config.Load(config.Gateway, environ(vars))
		if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

func TestConfig_Gateway(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ set, heroku, want string }{
		{"", "", ""},
		{"", "gopherbot-1234.herokuapp.com", "https://gopherbot-1234.herokuapp.com/"},
		{"https://bot.example.org", "gopherbot-1234.herokuapp.com", "https://bot.example.org/"},
	} {
		vars := good()
		vars["GOPHER_PUBLIC_URL"], vars["HEROKU_APP_DEFAULT_DOMAIN_NAME"] = test.set, test.heroku
		if c, err := config.Load(config.Gateway, environ(vars)); err != nil || c.Gateway() != test.want {
			t.Errorf("%+v: %q (%v)", test, c.Gateway(), err)
		}
	}
}

func TestConfig_Announcements(t *testing.T) {
	t.Parallel()
	vars := good()
	vars["GOPHER_GERRIT_CHANNEL"], vars["GOPHER_FEEDS"] = "golang-cls", "news=https://a.example/ slack:town-square=https://b.example/"
	c, err := config.LoadAll(environ(vars))
	channel := func(source, name string) config.Channel {
		return config.Channel{Target: event.Target{Source: source, Channel: name}}
	}
	want := []config.Announcement{
		{Channel: channel("slack", "golang-cls"), Variable: "GOPHER_GERRIT_CHANNEL"},
		{Channel: channel("slack", "news"), Variable: "GOPHER_FEEDS"},
		{Channel: channel("slack", "town-square"), Variable: "GOPHER_FEEDS"},
	}
	if got := c.Announcements(); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v (%v), want %v", got, err, want)
	}
}

func TestLoad_RedisMasterName(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		mode, url string
		good      bool
	}{
		{"sentinel", "rediss://:p@host:26379?master_name=mymaster", true},
		{"sentinel", "rediss://:p@host:26379", false},
		{"single", "rediss://:p@host:6379?master_name=mymaster", false},
		{"cluster", "rediss://:p@host:6379?addr=other:6379", true},
	} {
		vars := good()
		vars["GOPHER_REDIS_MODE"], vars["REDIS_URL"] = test.mode, test.url
		if _, err := config.Load(config.Gateway, environ(vars)); (err == nil) != test.good {
			t.Errorf("%s at %s: %v", test.mode, test.url, err)
		}
	}
}

func TestSecret_IsNotPrinted(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Gateway, environ(good()))
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	logger := zerolog.New(&log)
	logger.Info().Interface("config", c).Stringer("one", c.RedisURL).Any("list", c.SlackRequestSecret).Send()
	for _, printed := range []string{fmt.Sprint(c), fmt.Sprintf("%+v %#v %x %d", c, c, c.RedisURL, c.RedisURL), string(asJSON), log.String()} {
		for _, secret := range []string{"hunter2", "thenewsecret0001", "theoldsecret0001", "xoxb-token", fmt.Sprintf("%x", "xoxb-token")} {
			if strings.Contains(printed, secret) {
				t.Errorf("%q is in %s", secret, printed)
			}
		}
		if !strings.Contains(printed, "[redacted]") {
			t.Errorf("nothing is marked as redacted in %s", printed)
		}
	}
}

func TestSecretNames(t *testing.T) {
	t.Parallel()
	names := strings.Join(config.SecretNames(), " ")
	for _, want := range []string{"REDIS_URL", "GOPHER_SLACK_REQUEST_SECRET", "GOPHER_SLACK_BOT_ACCESS_TOKEN", "GOPHER_SLACK_CLIENT_SECRET", "GOPHER_SLACK_REQUEST_TOKEN", "GOPHER_FEEDS", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"} {
		if !strings.Contains(names, want) {
			t.Errorf("%s is not among the secrets: %s", want, names)
		}
	}
}

func TestVariables_AreDescribed(t *testing.T) {
	t.Parallel()
	help := config.Help(config.Consumer)
	for _, v := range config.Variables() {
		if v.Name == "" || v.Form == "" || v.Find == "" || !strings.Contains(help, v.Name) {
			t.Errorf("%+v", v)
		}
	}
}

func TestConfig_Instance(t *testing.T) {
	t.Parallel()
	for want, vars := range map[string]map[string]string{
		"the-id": {"HEROKU_DYNO_ID": "the-id", "DYNO": "web.1"},
		"web.1":  {"DYNO": "web.1"},
	} {
		all := good()
		for name, value := range vars {
			all[name] = value
		}
		c, err := config.Load(config.Gateway, environ(all))
		if err != nil || c.Instance() != want {
			t.Errorf("%q (%v), want %q", c.Instance(), err, want)
		}
	}
	c, err := config.Load(config.Gateway, environ(good()))
	if err != nil || c.Instance() == "" {
		t.Errorf("%q (%v)", c.Instance(), err)
	}
}

func TestLoad_Feeds(t *testing.T) {
	t.Parallel()
	vars := good()
	vars["GOPHER_FEEDS"] = "#golang-news=https://go.dev/blog/feed.atom?a=b&token=hunter2\n C012ABC=http://example.com/rss  "
	c, err := config.Load(config.BGTasks, environ(vars))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Feeds) != 2 || c.Feeds[0].Channel.String() != "golang-news" || c.Feeds[0].URL.Reveal() != "https://go.dev/blog/feed.atom?a=b&token=hunter2" ||
		c.Feeds[1].Channel.String() != "C012ABC" {
		t.Errorf("%+v", c.Feeds)
	}
	if printed := fmt.Sprintf("%+v", c); strings.Contains(printed, "hunter2") {
		t.Errorf("the address is printed: %s", printed)
	}
	for _, bad := range []string{"https://go.dev/blog/feed.atom", "news=", "=https://go.dev/", "news=https://a.example/ news=https://a.example/", "news=https://", "news=https://a.example/,b=https://b.example/", ":news=https://a.example/", "Slack:news=https://a.example/", "slack:=https://a.example/"} {
		vars["GOPHER_FEEDS"] = bad
		if _, err := config.Load(config.BGTasks, environ(vars)); err == nil || !strings.HasPrefix(err.Error(), "GOPHER_FEEDS is not valid: want ") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
