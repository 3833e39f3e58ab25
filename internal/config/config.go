// Package config holds the settings of operators: one struct, read from the
// environment. Each variable is declared once, in the struct's tags, and that
// declaration feeds parsing, the error messages, --help and the test that
// holds app.json against it.
package config

import (
	"errors"
	"net/url"
	"os"
	"reflect"
	"runtime/debug"
	"slices"

	"github.com/caarlos0/env/v11"
	"github.com/rs/zerolog"
)

// Process is one of the processes that the bot consists of.
type Process string

// The processes, by the names of their commands.
const (
	Gateway  Process = "gateway"
	Consumer Process = "consumer"
	BGTasks  Process = "bgtasks"
)

// Config is the configuration of a process.
//
// Of the tags, env names the variable, was the deprecated name that it had in the
// release before, which still works, envDefault its default, needed the
// processes that do not start without it ("all", or their names), platform the chat
// platform that it belongs to, form what a value looks like and find what it is for
// or where to find it. A needed variable of a platform that is not configured may be
// missing: see Config.Has.
type Config struct {
	Env      Environment `env:"ENV" envDefault:"development" form:"production, staging, development or testing" find:"anything but production is shadow mode: the bot answers only direct messages and mentions, and logs what else it would have done"`
	Port     Port        `env:"PORT" envDefault:"8080" form:"a port number, 1 to 65535" find:"where the gateway listens; Heroku sets it"`
	App      Name        `env:"GOPHER_APP" envDefault:"gopherbot" form:"letters, digits, dots, dashes and underscores" find:"the name that every Redis key begins with; deployments that share a Redis need one each"`
	Log      Level       `env:"GOPHER_LOG_LEVEL" envDefault:"info" form:"trace, debug, info, warn or error" find:"how much is logged"`
	Cooldown Cooldown    `env:"GOPHER_ANSWER_COOLDOWN" envDefault:"5m" form:"a duration of at most 24h, such as 90s or 10m; 0 for none" find:"for how long a fixed answer is not repeated in a channel; who asks for it is shown the earlier one"`
	RedisURL Secret      `env:"REDIS_URL" needed:"all" form:"rediss://:password@host:port, or redis:// together with GOPHER_REDIS_TLS_NEXT_PORT or GOPHER_REDIS_INSECURE" find:"Heroku's Key-Value Store add-on sets it; elsewhere, the address of your Redis"`

	RedisMode   RedisMode `env:"GOPHER_REDIS_MODE" envDefault:"single" form:"single, sentinel or cluster" find:"what REDIS_URL leads to: one Redis; Redis Sentinel, as rediss://:sentinel-password@host:26379?master_name=mymaster&addr=another-host:26379 with username= and password= for Redis itself; or Redis Cluster, as rediss://:password@host:6379?addr=another-host:6379"`
	QueueShards Shards    `env:"GOPHER_QUEUE_SHARDS" envDefault:"1" form:"a number, 1 to 64" find:"over how many streams the events of each type are spread, so that a Redis Cluster shares the work; set it alike for all processes"`

	QueueMaxBacklog Backlog `env:"GOPHER_QUEUE_MAX_BACKLOG" form:"a number, 100 to 10000000" find:"how many events a stream may hold before the gateway answers 503; when it is not set, as many as take a quarter of Redis's memory at 4 KiB each, 2500 to 1000000"`

	ConsumerConcurrency Concurrency `env:"GOPHER_CONSUMER_CONCURRENCY" envDefault:"64" form:"a number, 1 to 1000" find:"how many events of each type the consumer handles at once, most of which wait for Slack's answer"`

	RedisConns Connections `env:"GOPHER_REDIS_CONNECTIONS" form:"a number, 2 to 1000" find:"how many connections to Redis the process may have, on a Redis Cluster to each node; 3 for the gateway, 2 for bgtasks, and for the consumer 3 and those on which it waits: 1, or on a Redis Cluster one for each type of event and shard"`

	RedisMaxOutage Outage `env:"GOPHER_REDIS_MAX_OUTAGE" was:"GOPHER_REDIS_PATIENCE" envDefault:"10m" form:"a time from 1s to 24h, such as 5m" find:"for how long Redis may be away before the process ends, so that it is started afresh; until then it recovers by itself"`

	InstanceTTL InstanceTTL `env:"GOPHER_INSTANCE_TTL" envDefault:"30s" form:"a time from 1s to 10m, such as 30s" find:"after how long a process that died without stopping is no longer taken for one that runs; until then no process of another ENV or workspace starts with the same GOPHER_APP"`

	RedisInsecure    bool `env:"GOPHER_REDIS_INSECURE" envDefault:"false" form:"true or false" find:"true allows a redis:// address, to which everything is sent in plain text"`
	RedisTLSNextPort bool `env:"GOPHER_REDIS_TLS_NEXT_PORT" envDefault:"false" form:"true or false" find:"true is for the older redis:// addresses of Heroku's, which serve TLS on the port after the one that they name: that port is used, and always with TLS; a rediss:// address is used as it is"`
	RedisSkipVerify  bool `env:"GOPHER_REDIS_SKIPVERIFY" envDefault:"false" form:"true or false" find:"true accepts any certificate from Redis; Heroku's are self-signed"`

	SlackAppID          AppID    `env:"GOPHER_SLACK_APP_ID" platform:"slack" needed:"gateway" form:"A and letters and digits, such as A012ABCDEF0" find:"api.slack.com/apps, your app, Basic Information, App ID"`
	SlackTeamID         TeamID   `env:"GOPHER_SLACK_TEAM_ID" platform:"slack" needed:"gateway,consumer" form:"T and letters and digits, such as T012ABCDEF0" find:"the part after /client/ in the address of your workspace at app.slack.com"`
	SlackRequestSecret  Secrets  `env:"GOPHER_SLACK_REQUEST_SECRET" platform:"slack" needed:"gateway" form:"at least 16 letters and digits, usually 32; the new and the old one, with a comma between, while you rotate it" find:"api.slack.com/apps, your app, Basic Information, Signing Secret"`
	SlackBotAccessToken BotToken `env:"GOPHER_SLACK_BOT_ACCESS_TOKEN" platform:"slack" needed:"consumer,bgtasks" form:"xoxb- and letters, digits and dashes" find:"api.slack.com/apps, your app, OAuth & Permissions, Bot User OAuth Token"`
	SlackAPIURL         HTTPURL  `env:"GOPHER_SLACK_API_URL" platform:"slack" envDefault:"https://slack.com/api/" form:"an http:// or https:// address" find:"base of the Web API; set it to talk to another server than Slack"`
	SlackClientID       string   `env:"GOPHER_SLACK_CLIENT_ID" platform:"slack" form:"two numbers with a dot between" find:"not used yet; known so that an existing deployment's settings stay valid"`
	SlackClientSecret   Secret   `env:"GOPHER_SLACK_CLIENT_SECRET" platform:"slack" form:"32 hexadecimal digits" find:"not used yet; known so that an existing deployment's settings stay valid"`
	SlackRequestToken   Secret   `env:"GOPHER_SLACK_REQUEST_TOKEN" platform:"slack" form:"24 letters and digits" find:"not used: Slack deprecated it, and the request secret proves more; known so that an existing deployment's settings stay valid"`

	ConsumerListen Address `env:"GOPHER_CONSUMER_LISTEN" form:"a host and a port, or a port alone, such as 127.0.0.1:9101 or :9101" find:"where the consumer answers /healthz, /readyz and /metrics; nowhere when it is not set"`
	BGTasksListen  Address `env:"GOPHER_BGTASKS_LISTEN" form:"a host and a port, or a port alone, such as 127.0.0.1:9102 or :9102" find:"where bgtasks answers /healthz, /readyz and /metrics; nowhere when it is not set"`
	MetricsToken   Tokens  `env:"GOPHER_METRICS_TOKEN" form:"at least 32 letters, digits, dashes and underscores, such as openssl rand -hex 32 writes; the new and the old one, with a comma between, while you rotate it" find:"what /metrics wants as a bearer token; the gateway, which is on the internet, has no such page when it is not set"`

	OpsToken Tokens `env:"GOPHER_OPS_TOKEN" form:"at least 32 letters, digits, dashes and underscores, such as openssl rand -hex 32 writes; the new and the old one, with a comma between, while you rotate it" find:"what operators log in to the gateway's page /ops with; there is no such page when it is not set"`

	PlaygroundURL             HTTPURL  `env:"GOPHER_PLAYGROUND_URL" envDefault:"https://play.golang.org/" form:"an http:// or https:// address" find:"base of the playground that long code is uploaded to, at its share"`
	PlaygroundLinkURL         HTTPURL  `env:"GOPHER_PLAYGROUND_LINK_URL" envDefault:"https://go.dev/play/" form:"an http:// or https:// address" find:"base of the addresses at which people find there what was uploaded"`
	PlaygroundExcludeChannels Channels `env:"GOPHER_PLAYGROUND_EXCLUDE_CHANNELS" was:"GOPHER_PLAYGROUND_EXCEPT" form:"names of public channels without #, with commas between" find:"channels in which long code is left alone"`

	BGTasksLease         Lease    `env:"GOPHER_BGTASKS_LEASE" envDefault:"10s" form:"a time from 200ms to 14s" find:"how long after the death of the leading bgtasks another may lead"`
	ChannelsInterval     Period   `env:"GOPHER_CHANNELS_INTERVAL" was:"GOPHER_CHANNELS_EVERY" envDefault:"10m" form:"a time from 100ms to 720h, such as 90s or 10m" find:"how often bgtasks lists Slack's channels"`
	HousekeepingInterval Period   `env:"GOPHER_HOUSEKEEPING_INTERVAL" was:"GOPHER_HOUSEKEEPING_EVERY" envDefault:"1h" form:"a time from 100ms to 720h, such as 90s or 10m" find:"how often bgtasks removes old dead letters and the names of consumers that died"`
	DeadLetterRetention  Period   `env:"GOPHER_DEAD_LETTER_RETENTION" was:"GOPHER_DEAD_LETTERS_KEPT" envDefault:"720h" form:"a time from 100ms to 720h, such as 168h" find:"for how long dead letters are kept"`
	AnnounceLimit        Count    `env:"GOPHER_ANNOUNCE_LIMIT" was:"GOPHER_ANNOUNCE_MOST" envDefault:"10" form:"a number from 1 to 100" find:"how many things of one source are announced at once, after an outage; of those before them it is said how many there were"`
	GerritChannel        Channel  `env:"GOPHER_GERRIT_CHANNEL" form:"a channel's name, such as golang-cls, or its id, with its platform before it unless that is Slack, such as slack:golang-cls" find:"where changes merged in Gerrit are announced; nowhere when it is not set"`
	GerritURL            HTTPURL  `env:"GOPHER_GERRIT_URL" envDefault:"https://go-review.googlesource.com/" form:"an http:// or https:// address" find:"base of the Gerrit server"`
	GerritProjects       Projects `env:"GOPHER_GERRIT_PROJECTS" envDefault:"go" form:"names of projects with commas between, such as go,tools,net" find:"the Gerrit projects whose changes are announced"`
	GerritInterval       Period   `env:"GOPHER_GERRIT_INTERVAL" was:"GOPHER_GERRIT_EVERY" envDefault:"2m" form:"a time from 100ms to 720h, such as 90s or 10m" find:"how often Gerrit is asked"`
	GoTimeChannel        Channel  `env:"GOPHER_GOTIME_CHANNEL" form:"a channel's name, such as gotimefm, or its id, with its platform before it unless that is Slack, such as slack:gotimefm" find:"where it is announced that the show Go Time is live; nowhere when it is not set"`
	GoTimeURL            HTTPURL  `env:"GOPHER_GOTIME_URL" envDefault:"https://changelog.com/" form:"an http:// or https:// address" find:"base of the site of Go Time"`
	GoTimeInterval       Period   `env:"GOPHER_GOTIME_INTERVAL" was:"GOPHER_GOTIME_EVERY" envDefault:"1m" form:"a time from 100ms to 720h, such as 90s or 10m" find:"how often the site of Go Time is asked"`
	MastodonChannel      Channel  `env:"GOPHER_MASTODON_CHANNEL" form:"a channel's name, such as golang-news, or its id, with its platform before it unless that is Slack, such as slack:golang-news" find:"where new statuses of a Mastodon account are announced; nowhere when it is not set"`
	MastodonURL          HTTPURL  `env:"GOPHER_MASTODON_URL" envDefault:"https://hachyderm.io/" form:"an http:// or https:// address" find:"base of the account's Mastodon server"`
	MastodonAccount      Account  `env:"GOPHER_MASTODON_ACCOUNT" envDefault:"golang" form:"the account's name on its server, such as golang" find:"the Mastodon account"`
	MastodonInterval     Period   `env:"GOPHER_MASTODON_INTERVAL" was:"GOPHER_MASTODON_EVERY" envDefault:"5m" form:"a time from 100ms to 720h, such as 90s or 10m" find:"how often the Mastodon server is asked"`
	ReleasesChannel      Channel  `env:"GOPHER_RELEASES_CHANNEL" form:"a channel's name, such as golang-news, or its id, with its platform before it unless that is Slack, such as slack:golang-news" find:"where new Go releases are announced; nowhere when it is not set"`
	ReleasesURL          HTTPURL  `env:"GOPHER_RELEASES_URL" envDefault:"https://go.dev/" form:"an http:// or https:// address" find:"base of the site that lists Go releases"`
	ReleasesInterval     Period   `env:"GOPHER_RELEASES_INTERVAL" was:"GOPHER_RELEASES_EVERY" envDefault:"10m" form:"a time from 100ms to 720h, such as 90s or 10m" find:"how often the Go releases are asked for"`
	Feeds                Feeds    `env:"GOPHER_FEEDS" form:"channel=address for each feed, with spaces between, such as golang-news=https://go.dev/blog/feed.atom" find:"RSS and Atom feeds whose new entries are announced, and where; none when it is not set"`
	FeedsInterval        Period   `env:"GOPHER_FEEDS_INTERVAL" was:"GOPHER_FEEDS_EVERY" envDefault:"10m" form:"a time from 100ms to 720h, such as 90s or 10m" find:"how often each feed is asked for"`

	OTelEndpoint       Endpoint `env:"OTEL_EXPORTER_OTLP_ENDPOINT" form:"an http:// or https:// address with no user or query, such as http://localhost:4318" find:"base of an OpenTelemetry collector, to which traces are sent, at v1/traces below it; none are made unless it or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set"`
	OTelTracesEndpoint Endpoint `env:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" form:"an http:// or https:// address with no user or query, such as http://localhost:4318/v1/traces" find:"where exactly traces are sent, if it is not OTEL_EXPORTER_OTLP_ENDPOINT that says it"`
	OTelHeaders        Headers  `env:"OTEL_EXPORTER_OTLP_HEADERS" form:"name=value for each header, with commas between and values percent-encoded, such as x-api-key=secret" find:"what the collector lets traces in with"`
	OTelTracesHeaders  Headers  `env:"OTEL_EXPORTER_OTLP_TRACES_HEADERS" form:"name=value for each header, with commas between and values percent-encoded, such as x-api-key=secret" find:"stands in for OTEL_EXPORTER_OTLP_HEADERS"`
	OTelProtocol       string   `env:"OTEL_EXPORTER_OTLP_PROTOCOL" form:"http/protobuf, and no other; collectors listen for it on port 4318 as a rule" find:"how traces are sent; there is no need to set it"`
	OTelTracesProtocol string   `env:"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL" form:"http/protobuf, and no other; collectors listen for it on port 4318 as a rule" find:"how traces are sent; there is no need to set it"`
	OTelExporter       string   `env:"OTEL_TRACES_EXPORTER" form:"otlp or none" find:"none makes no traces, whatever else is set"`
	OTelServiceName    string   `env:"OTEL_SERVICE_NAME" form:"a name" find:"what the process is called in traces; gopherbot-gateway, gopherbot-consumer and gopherbot-bgtasks when it is not set, by which the processes are told apart"`
	OTelDisabled       bool     `env:"OTEL_SDK_DISABLED" envDefault:"false" form:"true or false" find:"true makes no traces, whatever else is set"`

	PublicURL    HTTPURL `env:"GOPHER_PUBLIC_URL" form:"an http:// or https:// address, such as https://gopherbot.example.org/" find:"where Slack reaches the gateway, whose requests it gets at slack/event below it; gopherbot doctor asks whether it answers"`
	HerokuDomain string  `env:"HEROKU_APP_DEFAULT_DOMAIN_NAME" form:"a host name" find:"set by Heroku's dyno metadata; stands in for GOPHER_PUBLIC_URL"`

	HerokuAppID      string `env:"HEROKU_APP_ID" form:"a UUID" find:"set by Heroku's dyno metadata; logged at start"`
	HerokuAppName    string `env:"HEROKU_APP_NAME" form:"the app's name" find:"set by Heroku's dyno metadata; logged at start"`
	HerokuDynoID     string `env:"HEROKU_DYNO_ID" form:"a UUID" find:"set by Heroku's dyno metadata; DYNO and then the host name stand in for it"`
	HerokuSlugCommit string `env:"HEROKU_SLUG_COMMIT" form:"a commit hash" find:"set by Heroku's dyno metadata; logged at start"`
	Dyno             string `env:"DYNO" form:"a process type and a number, such as web.1" find:"set by Heroku on every dyno"`
}

// Load reads the configuration of a process from environ, which is in the form
// of os.Environ. The error names every variable that is missing or bad, a line
// each.
func Load(p Process, environ []string) (Config, error) {
	return load(environ, func(given map[string]string) []error {
		return missing(given, func(v Variable) bool { return v.NeededBy(p) })
	})
}

// LoadNeeding is like Load, for a program that is none of the processes and needs the
// named variables. No platform has to be configured.
func LoadNeeding(environ []string, names ...string) (Config, error) {
	return load(environ, func(given map[string]string) (errs []error) {
		for _, v := range Variables() {
			if slices.Contains(names, v.Name) && given[v.Name] == "" {
				errs = append(errs, v.unset())
			}
		}
		return errs
	})
}

func load(environ []string, missing func(given map[string]string) []error) (Config, error) {
	given := present(environ)
	setBy, errs := resolveAliases(given)
	var c Config
	errs = append(errs, parse(&c, given, setBy)...)
	errs = append(errs, missing(given)...)
	if len(errs) == 0 {
		errs = append(errs, c.check(), c.checkTraces(), c.checkTargets())
	}
	return c, errors.Join(errs...)
}

// parse fills in c and returns an error for each value of a bad form. The error
// names the variable that the operator set, which setBy tells.
func parse(c *Config, given, setBy map[string]string) []error {
	err := env.ParseWithOptions(c, env.Options{Environment: given})
	if err == nil {
		return nil
	}
	aggregate, ok := errors.AsType[env.AggregateError](err)
	if !ok {
		return []error{err}
	}
	var errs []error
	for _, err := range aggregate.Errors {
		bad, ok := errors.AsType[env.ParseError](err)
		if !ok {
			errs = append(errs, err)
			continue
		}
		field, _ := reflect.TypeFor[Config]().FieldByName(bad.Name)
		v := variable(field)
		if was := setBy[v.Name]; was != "" {
			v.Name = was
		}
		errs = append(errs, v.invalid())
	}
	return errs
}

// check returns an error if settings contradict each other.
func (c Config) check() error {
	if c.RedisURL.Reveal() == "" {
		return nil // not needed by this process
	}
	address, err := url.Parse(c.RedisURL.Reveal())
	if err != nil || address.Hostname() == "" || !slices.Contains([]string{"redis", "rediss"}, address.Scheme) {
		// The parser's error repeats the address with its password.
		return errors.New("REDIS_URL is not valid: want rediss://:password@host:port, with special characters in the password percent-encoded")
	}
	if name := address.Query().Get("master_name"); (name != "") != (c.RedisMode == RedisSentinel) {
		return errors.New("REDIS_URL has a master_name exactly when GOPHER_REDIS_MODE is sentinel: rediss://:sentinel-password@host:26379?master_name=mymaster")
	}
	return c.checkTLS(address)
}

// checkTLS returns an error unless Redis is reached over TLS, or in plain text because
// exactly that was asked for.
func (c Config) checkTLS(address *url.URL) error {
	switch {
	case c.RedisTLSNextPort && c.RedisInsecure:
		return errors.New("GOPHER_REDIS_TLS_NEXT_PORT and GOPHER_REDIS_INSECURE contradict each other: set one of them")
	case c.RedisTLSNextPort && c.RedisMode != RedisSingle:
		return errors.New("GOPHER_REDIS_TLS_NEXT_PORT is for a single Redis: for Sentinel and Cluster use a rediss:// address")
	case address.Scheme == "redis" && c.RedisTLSNextPort && (address.Port() == "" || address.Port() == "65535"):
		return errors.New("REDIS_URL is not valid: want redis://:password@host:port, whose next port GOPHER_REDIS_TLS_NEXT_PORT uses")
	case address.Scheme == "redis" && !c.RedisTLSNextPort && !c.RedisInsecure:
		return errors.New("REDIS_URL is a redis:// address, to which everything is sent in plain text: use rediss://; or set GOPHER_REDIS_TLS_NEXT_PORT=true if TLS is on the next port, as with Heroku's older addresses; or GOPHER_REDIS_INSECURE=true if plain text is what you want")
	}
	return nil
}

// RedisTLS returns on which host Redis is, and whether it is reached over TLS.
func (c Config) RedisTLS() (host string, encrypted bool) {
	address, err := url.Parse(c.RedisURL.Reveal())
	if err != nil {
		return "", false
	}
	return address.Hostname(), address.Scheme == "rediss" || c.RedisTLSNextPort
}

// Announcement is a channel in which something is announced.
type Announcement struct {
	Channel Channel
	// Variable is what names the channel.
	Variable string
}

// Announcements returns the channels in which something is announced.
func (c Config) Announcements() []Announcement {
	var list []Announcement
	for field, value := range reflect.ValueOf(c).Fields() {
		if channel, ok := value.Interface().(Channel); ok && channel != (Channel{}) {
			list = append(list, Announcement{channel, variable(field).Name})
		}
		if feeds, ok := value.Interface().(Feeds); ok {
			for _, f := range feeds {
				list = append(list, Announcement{f.Channel, variable(field).Name})
			}
		}
	}
	return list
}

// LoadAll is like Load, for a program that needs the variables of all processes.
func LoadAll(environ []string) (Config, error) {
	return load(environ, func(given map[string]string) []error {
		return missing(given, func(v Variable) bool { return len(v.needed) > 0 })
	})
}

// Gateway returns where Slack reaches the gateway, with a slash at its end, ""
// when that is not known.
func (c Config) Gateway() string {
	if c.PublicURL == "" && c.HerokuDomain != "" {
		return "https://" + c.HerokuDomain + "/"
	}
	return string(c.PublicURL)
}

// Commit returns the commit that the process was built from, "" when that is not
// known.
func (c Config) Commit() string {
	if c.HerokuSlugCommit != "" {
		return c.HerokuSlugCommit
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return ""
}

// Production reports whether the bot may answer everywhere.
func (c Config) Production() bool { return c.Env == "production" }

// Instance names this process among its like.
func (c Config) Instance() string {
	for _, name := range []string{c.HerokuDynoID, c.Dyno} {
		if name != "" {
			return name
		}
	}
	if host, err := os.Hostname(); err == nil && host != "" {
		return host
	}
	return "unnamed"
}

// LogLevel returns the level to log at.
func (c Config) LogLevel() zerolog.Level { return zerolog.Level(c.Log) }
