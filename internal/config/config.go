// Package config reads the settings of operators from the environment into one struct.
// Each variable is declared once, in the struct's tags. The declaration feeds parsing,
// the error messages, --help, docs/configuration.md and the test of app.json.
package config

import (
	"errors"
	"net"
	"net/url"
	"os"
	"reflect"
	"slices"

	"github.com/caarlos0/env/v11"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/build"
)

// Process is the name of one of the bot's processes.
type Process string

// The processes. Each has the name of its command.
const (
	Gateway  Process = "gateway"
	Consumer Process = "consumer"
	BGTasks  Process = "bgtasks"
)

// Config is the configuration of a process.
//
// The tags: env is the variable's name. was is its deprecated name, which still works.
// envDefault is its default. needed lists the processes that do not start without it,
// "all" or their names. or lists other variables, any of which will do instead. platform is the chat platform that it belongs to. form describes
// valid values. find describes its purpose, or where to find its value. A needed
// variable of a platform that is not configured may be missing: see Config.Has.
type Config struct {
	Env      Environment `env:"ENV" envDefault:"development" form:"production, staging, development or testing" find:"in any environment but production the bot runs in shadow mode: it answers only direct messages, mentions, slash commands and what people press and fill in, and logs its other answers instead of posting them"`
	Port     Port        `env:"PORT" envDefault:"8080" form:"a port number, 1 to 65535" find:"the port on which the gateway listens; Heroku sets it"`
	App      Name        `env:"GOPHER_APP" envDefault:"gopherbot" form:"letters, digits, dots, dashes and underscores" find:"the prefix of every Redis key; deployments that share a Redis need different names"`
	Log      Level       `env:"GOPHER_LOG_LEVEL" envDefault:"info" form:"trace, debug, info, warn or error" find:"the lowest level that is logged"`
	Cooldown Cooldown    `env:"GOPHER_ANSWER_COOLDOWN" envDefault:"5m" form:"a time of at most 24h, such as 90s or 10m; 0 for none" find:"how long a static reply is not repeated in a channel; a person who asks for it directly gets a link to the earlier one"`
	RedisURL Secret      `env:"REDIS_URL" needed:"all" form:"rediss://:password@host:port, or redis:// together with GOPHER_REDIS_TLS_NEXT_PORT or GOPHER_REDIS_INSECURE" find:"the address of Redis; Heroku's Key-Value Store add-on sets it"`

	RedisMode   RedisMode `env:"GOPHER_REDIS_MODE" envDefault:"single" form:"single, sentinel or cluster" find:"the kind of server at REDIS_URL: a single Redis; Redis Sentinel, as rediss://:sentinel-password@host:26379?master_name=mymaster&addr=another-host:26379 with username= and password= for Redis itself; or Redis Cluster, as rediss://:password@host:6379?addr=another-host:6379"`
	QueueShards Shards    `env:"GOPHER_QUEUE_SHARDS" envDefault:"1" form:"a number, 1 to 64" find:"the number of streams for the events of each type, so that a Redis Cluster spreads the load; set the same number for all processes"`

	QueueMaxBacklog Backlog `env:"GOPHER_QUEUE_MAX_BACKLOG" form:"a number, 100 to 10000000" find:"the number of events in a stream from which the gateway answers 503; defaults to the number that fills a quarter of Redis's memory at 4 KiB each, 2500 to 1000000"`

	ConsumerConcurrency Concurrency `env:"GOPHER_CONSUMER_CONCURRENCY" envDefault:"64" form:"a number, 1 to 1000" find:"how many events of each type a consumer handles at once; most of them wait for the chat platform's API"`

	RedisConns Connections `env:"GOPHER_REDIS_CONNECTIONS" form:"a number, 2 to 1000" find:"the maximum number of connections to Redis of a process, on a Redis Cluster to each node; defaults to 3 for the gateway, 2 for bgtasks, and for a consumer 3 plus those on which it waits for events: one for each chat platform, or on a Redis Cluster one for each type of event and shard"`

	RedisMaxOutage Outage `env:"GOPHER_REDIS_MAX_OUTAGE" was:"GOPHER_REDIS_PATIENCE" envDefault:"10m" form:"a time from 1s to 24h, such as 5m" find:"how long Redis may be unavailable before the process exits, to be restarted; until then it reconnects by itself"`

	InstanceTTL InstanceTTL `env:"GOPHER_INSTANCE_TTL" envDefault:"30s" form:"a time from 1s to 10m, such as 30s" find:"the time after which a process that died without stopping is forgotten; until then no process of another ENV or workspace starts with the same GOPHER_APP"`

	RedisInsecure    bool `env:"GOPHER_REDIS_INSECURE" envDefault:"false" form:"true or false" find:"true allows a redis:// address, which sends everything in plain text"`
	RedisTLSNextPort bool `env:"GOPHER_REDIS_TLS_NEXT_PORT" envDefault:"false" form:"true or false" find:"true is for Heroku's older redis:// addresses, whose Redis serves TLS on the port after the one in the address: the process connects to that port, always with TLS; it does not change a rediss:// address"`
	RedisSkipVerify  bool `env:"GOPHER_REDIS_SKIPVERIFY" envDefault:"false" form:"true or false" find:"true accepts any certificate from Redis; Heroku's are self-signed"`

	SlackAppID          AppID    `env:"GOPHER_SLACK_APP_ID" platform:"slack" needed:"gateway" or:"GOPHER_SLACK_BOT_ACCESS_TOKEN,GOPHER_SLACK_APP_TOKEN" form:"A and letters and digits, such as A012ABCDEF0" find:"api.slack.com/apps, your app, Basic Information, App ID; if it is not set the gateway learns it from Slack, for HTTP with the bot token, which needs the scope users:read"`
	SlackTeamID         TeamID   `env:"GOPHER_SLACK_TEAM_ID" platform:"slack" needed:"gateway" or:"GOPHER_SLACK_BOT_ACCESS_TOKEN" form:"T and letters and digits, such as T012ABCDEF0" find:"the part after /client/ in the address of your workspace at app.slack.com; if it is not set it is the bot token's workspace"`
	SlackAppToken       AppToken `env:"GOPHER_SLACK_APP_TOKEN" platform:"slack" needed:"gateway" or:"GOPHER_SLACK_REQUEST_SECRET" form:"xapp- and letters, digits and dashes" find:"api.slack.com/apps, your app, Basic Information, App-Level Tokens, one with the scope connections:write; with it the gateway opens sockets (Slack's Socket Mode) and needs no public address"`
	SlackSockets        Sockets  `env:"GOPHER_SLACK_SOCKETS" platform:"slack" envDefault:"1" form:"a number, 1 to 4" find:"how many sockets each gateway keeps open; Slack allows 10 in all, and twice the number are open while they are replaced"`
	SlackRequestSecret  Secrets  `env:"GOPHER_SLACK_REQUEST_SECRET" platform:"slack" needed:"gateway" or:"GOPHER_SLACK_APP_TOKEN" form:"at least 16 letters and digits, usually 32; during a rotation the new and the old one, separated by a comma" find:"api.slack.com/apps, your app, Basic Information, Signing Secret; with it the gateway serves Slack's HTTP requests, which need a public address"`
	SlackBotAccessToken BotToken `env:"GOPHER_SLACK_BOT_ACCESS_TOKEN" platform:"slack" needed:"consumer,bgtasks" form:"xoxb- and letters, digits and dashes" find:"api.slack.com/apps, your app, OAuth & Permissions, Bot User OAuth Token"`
	SlackAPIURL         HTTPURL  `env:"GOPHER_SLACK_API_URL" platform:"slack" envDefault:"https://slack.com/api/" form:"an http:// or https:// address" find:"base of the Web API; set it to use another server than Slack's"`
	SlackAPIInsecure    bool     `env:"GOPHER_SLACK_API_INSECURE" platform:"slack" envDefault:"false" form:"true or false" find:"true allows an http:// address in GOPHER_SLACK_API_URL that is not of this machine: the tokens and every message go there in plain text"`
	SlackClientID       string   `env:"GOPHER_SLACK_CLIENT_ID" platform:"slack" form:"two numbers separated by a dot" find:"not used yet; accepted so that an existing deployment's settings stay valid"`
	SlackClientSecret   Secret   `env:"GOPHER_SLACK_CLIENT_SECRET" platform:"slack" form:"32 hexadecimal digits" find:"not used yet; accepted so that an existing deployment's settings stay valid"`
	SlackRequestToken   Secret   `env:"GOPHER_SLACK_REQUEST_TOKEN" platform:"slack" form:"24 letters and digits" find:"not used, because Slack has deprecated it in favor of the request secret; accepted so that an existing deployment's settings stay valid"`

	SharkfinURL          HTTPURL          `env:"GOPHER_SHARKFIN_URL" platform:"sharkfin" needed:"gateway,consumer,bgtasks" form:"an http:// or https:// address, such as https://chat.example.org" find:"the address of your Sharkfin server; its host is a part of keys in Redis, so that another one begins anew"`
	SharkfinKey          APIKey           `env:"GOPHER_SHARKFIN_KEY" platform:"sharkfin" needed:"gateway,consumer" form:"letters, digits and punctuation without spaces" find:"an API key of the bot's own identity, from the server's identity service; no other program may use it, because a second connection takes the events of the first"`
	SharkfinChannels     SharkfinChannels `env:"GOPHER_SHARKFIN_CHANNELS" platform:"sharkfin" form:"names of channels without #, separated by commas" find:"the channels that the gateway joins when it starts; the bot sees the messages of channels that it is in, so add those to which nobody invites it"`
	SharkfinReadInterval ReadInterval     `env:"GOPHER_SHARKFIN_READ_INTERVAL" platform:"sharkfin" envDefault:"1m" form:"a time from 2s to 10m, such as 30s" find:"how often the gateway reads each channel, to find messages that the server did not push; while it cannot tell which channels have new ones it reads four times as often"`

	ConsumerListen Address `env:"GOPHER_CONSUMER_LISTEN" form:"a host and a port, or a port alone, such as 127.0.0.1:9101 or :9101" find:"the address on which the consumer serves /healthz, /readyz and /metrics; it serves none if this is not set"`
	BGTasksListen  Address `env:"GOPHER_BGTASKS_LISTEN" form:"a host and a port, or a port alone, such as 127.0.0.1:9102 or :9102" find:"the address on which bgtasks serves /healthz, /readyz and /metrics; it serves none if this is not set"`
	MetricsToken   Tokens  `env:"GOPHER_METRICS_TOKEN" form:"at least 32 letters, digits, dashes and underscores, such as openssl rand -hex 32 writes; during a rotation the new and the old one, separated by a comma" find:"the bearer token of /metrics; without it the gateway, which is on the internet, does not serve /metrics"`

	OpsToken Tokens `env:"GOPHER_OPS_TOKEN" form:"at least 32 letters, digits, dashes and underscores, such as openssl rand -hex 32 writes; during a rotation the new and the old one, separated by a comma" find:"the token with which operators log in to the operations page, /ops/ of the gateway; without it the gateway does not serve the page"`

	GatewayProxies *Proxies `env:"GOPHER_GATEWAY_PROXIES" form:"a number, 0 to 10" find:"how many proxies in front of the gateway append to X-Forwarded-For; defaults to 1 on Heroku and 0 elsewhere; with too high a number clients can choose the address that the gateway logs and by which it limits logins"`
	Operator       Operator `env:"GOPHER_OPERATOR" form:"a name of at most 64 letters, digits, spaces and signs" find:"the name by which the audit knows you when you use the command-line tool; defaults to the system's user; no process reads it"`

	NotifyKeys Tokens     `env:"GOPHER_NOTIFY_KEYS" form:"at least 32 letters, digits, dashes and underscores, such as openssl rand -hex 32 writes; during a rotation the new and the old one, separated by a comma" find:"the key with which scripts and monitoring post through the notification API, in every chat; there is no API without a key, here or in the document"`
	NotifyChat NotifyChat `env:"GOPHER_NOTIFY_CHAT" form:"a channel's name or id, such as ops-alerts, which may begin with its platform, such as slack:ops-alerts; or an alias of the document" find:"the channel for requests of the notification API that name none; it also turns on the webhooks of Alertmanager and Grafana"`
	NotifyWait NotifyWait `env:"GOPHER_NOTIFY_WAIT" envDefault:"0s" form:"a time from 0s to 15s, such as 10s" find:"how long the notification API waits for a post before it answers, unless a request says otherwise; with 0s it answers as soon as the message is queued"`
	NotifyYAML Secret     `env:"GOPHER_NOTIFY_YAML" form:"a YAML document: see docs/notifications.md, Configuration" find:"the configuration of the notification API that does not fit the other variables: keys with fewer rights, aliases of chats, templates, callback rules"`
	NotifyFile string     `env:"GOPHER_NOTIFY_FILE" form:"the path of a file" find:"a file with that YAML document, in place of GOPHER_NOTIFY_YAML"`
	NotifyKey  Secret     `env:"GOPHER_NOTIFY_KEY" form:"a key of the notification API" find:"the key that the command gopherbot notify uses; no process reads it"`
	NotifyURL  HTTPURL    `env:"GOPHER_NOTIFY_URL" form:"an http:// or https:// address" find:"the address of the notification API that the command gopherbot notify calls, with its path if that is not /api/v1; defaults to GOPHER_PUBLIC_URL; no process reads it"`

	PlaygroundURL             HTTPURL  `env:"GOPHER_PLAYGROUND_URL" envDefault:"https://play.golang.org/" form:"an http:// or https:// address" find:"base of the playground; long code is uploaded to share below it"`
	PlaygroundLinkURL         HTTPURL  `env:"GOPHER_PLAYGROUND_LINK_URL" envDefault:"https://go.dev/play/" form:"an http:// or https:// address" find:"base of the links to uploaded code"`
	PlaygroundExcludeChannels Channels `env:"GOPHER_PLAYGROUND_EXCLUDE_CHANNELS" was:"GOPHER_PLAYGROUND_EXCEPT" form:"names of public channels without #, separated by commas" find:"channels in which the bot does not upload long code"`

	Roles              Roles       `env:"GOPHER_ROLES" form:"role=person,person for each role, separated by semicolons, with people's ids, such as moderator=U012ABC,U034DEF; admin=slack:U9" find:"the people who may do more than others, such as decide about suggestions (moderator); an id may begin with its platform, and is Slack's by default"`
	SuggestionsChannel ChannelName `env:"GOPHER_SUGGESTIONS_CHANNEL" form:"a channel's name or id, such as glossary-suggestions" find:"the channel that gets the terms which people suggest for the glossary, for moderators to decide; nobody can suggest one if this is not set"`

	AdminContact   Contact     `env:"GOPHER_ADMIN_CONTACT" form:"a public channel such as #moderators, a person's id such as U012ABC, an e-mail address, or an https:// address" find:"whom the bot names to people who ask for help with harassment, spam and the like; without it it sends them to an admin of the workspace"`
	ReportsChannel ChannelName `env:"GOPHER_REPORTS_CHANNEL" form:"a channel's name or id, such as C012ABC for a private one" find:"the channel, a private one that the bot is in, that gets what people report; there is no form for reports if this is not set"`

	BGTasksLease         Lease    `env:"GOPHER_BGTASKS_LEASE" envDefault:"10s" form:"a time from 200ms to 14s" find:"the time after the death of the leading bgtasks until another leads"`
	ChannelsInterval     Period   `env:"GOPHER_CHANNELS_INTERVAL" was:"GOPHER_CHANNELS_EVERY" envDefault:"10m" form:"a time from 100ms to 720h, such as 90s or 10m" find:"the time between two updates of the channel directory by bgtasks"`
	HousekeepingInterval Period   `env:"GOPHER_HOUSEKEEPING_INTERVAL" was:"GOPHER_HOUSEKEEPING_EVERY" envDefault:"1h" form:"a time from 100ms to 720h, such as 90s or 10m" find:"the time between two removals of old dead letters and dead consumers by bgtasks"`
	DeadLetterRetention  Period   `env:"GOPHER_DEAD_LETTER_RETENTION" was:"GOPHER_DEAD_LETTERS_KEPT" envDefault:"720h" form:"a time from 100ms to 720h, such as 168h" find:"how long dead letters are kept"`
	AnnounceLimit        Count    `env:"GOPHER_ANNOUNCE_LIMIT" was:"GOPHER_ANNOUNCE_MOST" envDefault:"10" form:"a number from 1 to 100" find:"how many new entries of one source are announced at once, such as after an outage; of older ones only their number is announced"`
	GerritChannel        Channel  `env:"GOPHER_GERRIT_CHANNEL" form:"a channel's name or id, such as golang-cls, which may begin with its platform, such as slack:golang-cls" find:"the channel in which merged Gerrit changes are announced; none are announced if this is not set"`
	GerritURL            HTTPURL  `env:"GOPHER_GERRIT_URL" envDefault:"https://go-review.googlesource.com/" form:"an http:// or https:// address" find:"base of the Gerrit server"`
	GerritProjects       Projects `env:"GOPHER_GERRIT_PROJECTS" envDefault:"go" form:"names of projects, separated by commas, such as go,tools,net" find:"the Gerrit projects whose changes are announced"`
	GerritInterval       Period   `env:"GOPHER_GERRIT_INTERVAL" was:"GOPHER_GERRIT_EVERY" envDefault:"2m" form:"a time from 100ms to 720h, such as 90s or 10m" find:"the time between two requests to Gerrit"`
	GoTimeChannel        Channel  `env:"GOPHER_GOTIME_CHANNEL" form:"a channel's name or id, such as gotimefm, which may begin with its platform, such as slack:gotimefm" find:"the channel in which live shows of Go Time are announced; none are announced if this is not set"`
	GoTimeURL            HTTPURL  `env:"GOPHER_GOTIME_URL" envDefault:"https://changelog.com/" form:"an http:// or https:// address" find:"base of Go Time's site"`
	GoTimeInterval       Period   `env:"GOPHER_GOTIME_INTERVAL" was:"GOPHER_GOTIME_EVERY" envDefault:"1m" form:"a time from 100ms to 720h, such as 90s or 10m" find:"the time between two requests to Go Time's site"`
	MastodonChannel      Channel  `env:"GOPHER_MASTODON_CHANNEL" form:"a channel's name or id, such as golang-news, which may begin with its platform, such as slack:golang-news" find:"the channel in which new statuses of a Mastodon account are announced; none are announced if this is not set"`
	MastodonURL          HTTPURL  `env:"GOPHER_MASTODON_URL" envDefault:"https://hachyderm.io/" form:"an http:// or https:// address" find:"base of the account's Mastodon server"`
	MastodonAccount      Account  `env:"GOPHER_MASTODON_ACCOUNT" envDefault:"golang" form:"the account's name on its server, such as golang" find:"the Mastodon account whose statuses are announced"`
	MastodonInterval     Period   `env:"GOPHER_MASTODON_INTERVAL" was:"GOPHER_MASTODON_EVERY" envDefault:"5m" form:"a time from 100ms to 720h, such as 90s or 10m" find:"the time between two requests to the Mastodon server"`
	ReleasesChannel      Channel  `env:"GOPHER_RELEASES_CHANNEL" form:"a channel's name or id, such as golang-news, which may begin with its platform, such as slack:golang-news" find:"the channel in which new Go releases are announced; none are announced if this is not set"`
	ReleasesURL          HTTPURL  `env:"GOPHER_RELEASES_URL" envDefault:"https://go.dev/" form:"an http:// or https:// address" find:"base of the site that lists Go releases"`
	ReleasesInterval     Period   `env:"GOPHER_RELEASES_INTERVAL" was:"GOPHER_RELEASES_EVERY" envDefault:"10m" form:"a time from 100ms to 720h, such as 90s or 10m" find:"the time between two requests for the list of Go releases"`
	WeeklyPostChannel    Channel  `env:"GOPHER_WEEKLY_POST_CHANNEL" form:"a channel's name or id, such as general, which may begin with its platform, such as slack:general" find:"the channel that gets a post each week; there is none if this is not set"`
	WeeklyPostTime       Weekly   `env:"GOPHER_WEEKLY_POST_TIME" envDefault:"Monday 09:00 UTC" form:"a day, a time and a time zone, such as Monday 09:00 Europe/Berlin" find:"when the weekly post is made; it follows the zone's daylight saving time"`
	WeeklyPostText       PostText `env:"GOPHER_WEEKLY_POST_TEXT" envDefault:"What are you working on this week? Big or small, finished or stuck: tell us in a thread." form:"a plain text of at most 1000 characters" find:"the text of the weekly post"`
	Feeds                Feeds    `env:"GOPHER_FEEDS" form:"channel=address for each feed, separated by spaces and not by commas, such as golang-news=https://go.dev/blog/feed.atom; a comma in an address is written %2C" find:"RSS and Atom feeds whose new entries are announced, each with its channel; none are announced if this is not set"`
	FeedsInterval        Period   `env:"GOPHER_FEEDS_INTERVAL" was:"GOPHER_FEEDS_EVERY" envDefault:"10m" form:"a time from 100ms to 720h, such as 90s or 10m" find:"the time between two requests for each feed"`

	OTelEndpoint       Endpoint `env:"OTEL_EXPORTER_OTLP_ENDPOINT" form:"an http:// or https:// address with no user or query, such as http://localhost:4318" find:"base of an OpenTelemetry collector, which gets traces at v1/traces below it; no traces are made unless this or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set"`
	OTelTracesEndpoint Endpoint `env:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" form:"an http:// or https:// address with no user or query, such as http://localhost:4318/v1/traces" find:"the exact address to which traces are sent; it overrides OTEL_EXPORTER_OTLP_ENDPOINT"`
	OTelHeaders        Headers  `env:"OTEL_EXPORTER_OTLP_HEADERS" form:"name=value for each header, separated by commas, with values percent-encoded, such as x-api-key=secret" find:"HTTP headers that the collector requires, such as an API key"`
	OTelTracesHeaders  Headers  `env:"OTEL_EXPORTER_OTLP_TRACES_HEADERS" form:"name=value for each header, separated by commas, with values percent-encoded, such as x-api-key=secret" find:"HTTP headers for traces; they replace OTEL_EXPORTER_OTLP_HEADERS"`
	OTelProtocol       string   `env:"OTEL_EXPORTER_OTLP_PROTOCOL" form:"http/protobuf, the only one that is supported; collectors usually listen for it on port 4318" find:"the protocol of traces; there is no need to set it"`
	OTelTracesProtocol string   `env:"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL" form:"http/protobuf, the only one that is supported; collectors usually listen for it on port 4318" find:"the protocol of traces; there is no need to set it"`
	OTelExporter       string   `env:"OTEL_TRACES_EXPORTER" form:"otlp or none" find:"none turns traces off, whatever else is set"`
	OTelServiceName    string   `env:"OTEL_SERVICE_NAME" form:"a name" find:"the process's service name in traces; defaults to gopherbot-gateway, gopherbot-consumer or gopherbot-bgtasks"`
	OTelDisabled       bool     `env:"OTEL_SDK_DISABLED" envDefault:"false" form:"true or false" find:"true turns traces off, whatever else is set"`

	PublicURL    HTTPURL `env:"GOPHER_PUBLIC_URL" form:"an http:// or https:// address, such as https://gopherbot.example.org/" find:"the gateway's public address; Slack sends its requests to slack/event below it, and gopherbot doctor checks that the gateway answers there"`
	HerokuDomain string  `env:"HEROKU_APP_DEFAULT_DOMAIN_NAME" form:"a host name" find:"set by Heroku's dyno metadata; used if GOPHER_PUBLIC_URL is not set"`

	HerokuAppID      string `env:"HEROKU_APP_ID" form:"a UUID" find:"set by Heroku's dyno metadata; logged at start"`
	HerokuAppName    string `env:"HEROKU_APP_NAME" form:"the app's name" find:"set by Heroku's dyno metadata; logged at start"`
	HerokuDynoID     string `env:"HEROKU_DYNO_ID" form:"a UUID" find:"set by Heroku's dyno metadata; names the process in logs, and defaults to DYNO and then the host name"`
	HerokuSlugCommit string `env:"HEROKU_SLUG_COMMIT" form:"a commit hash" find:"set by Heroku's dyno metadata; logged at start"`
	Dyno             string `env:"DYNO" form:"a process type and a number, such as web.1" find:"set by Heroku on every dyno"`
}

// Load reads the configuration of a process from environ, which is in the form
// of os.Environ. The error has a line for each variable that is missing or invalid.
func Load(p Process, environ []string) (Config, error) {
	return load(environ, func(given map[string]string) []error {
		return missing(given, func(v Variable) bool { return v.NeededBy(p) })
	})
}

// LoadNeeding is like Load, for a program that is not one of the processes and needs
// the named variables. No platform needs to be configured.
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
		errs = append(errs, c.check(), c.checkSlackAPI(), c.checkTraces(), c.checkTargets())
	}
	return c, errors.Join(errs...)
}

// parse sets the fields of c and returns an error for each invalid value. The error
// has the name by which the operator set the variable: see resolveAliases.
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

// check returns an error if REDIS_URL is invalid or contradicts other settings.
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
		return errors.New("REDIS_URL must have a master_name if GOPHER_REDIS_MODE is sentinel, and only then: want rediss://:sentinel-password@host:26379?master_name=mymaster")
	}
	return c.checkTLS(address)
}

// checkSlackAPI returns an error if the tokens would go over the network in plain text, unless
// the operator has allowed it.
func (c Config) checkSlackAPI() error {
	address, err := url.Parse(string(c.SlackAPIURL))
	if err != nil || address.Scheme == "https" || c.SlackAPIInsecure || isLoopback(address.Hostname()) {
		return err
	}
	return errors.New("GOPHER_SLACK_API_URL is an http:// address of another machine, to which the tokens and every message go in plain text: use https://; or set GOPHER_SLACK_API_INSECURE=true if that is acceptable")
}

// isLoopback reports whether a host is this machine.
func isLoopback(host string) bool { return host == "localhost" || net.ParseIP(host).IsLoopback() }

// checkTLS returns an error unless the connection to Redis uses TLS, or the operator
// has allowed plain text.
func (c Config) checkTLS(address *url.URL) error {
	switch {
	case c.RedisTLSNextPort && c.RedisInsecure:
		return errors.New("GOPHER_REDIS_TLS_NEXT_PORT and GOPHER_REDIS_INSECURE contradict each other: set one of them")
	case c.RedisTLSNextPort && c.RedisMode != RedisSingle:
		return errors.New("GOPHER_REDIS_TLS_NEXT_PORT is for a single Redis: for Sentinel and Cluster use a rediss:// address")
	case address.Scheme == "redis" && c.RedisTLSNextPort && (address.Port() == "" || address.Port() == "65535"):
		return errors.New("REDIS_URL is not valid: want redis://:password@host:port, whose next port GOPHER_REDIS_TLS_NEXT_PORT uses")
	case address.Scheme == "redis" && !c.RedisTLSNextPort && !c.RedisInsecure:
		return errors.New("REDIS_URL is a redis:// address, which sends everything in plain text: use rediss://; or set GOPHER_REDIS_TLS_NEXT_PORT=true if TLS is on the next port, as with Heroku's older addresses; or GOPHER_REDIS_INSECURE=true if plain text is acceptable")
	}
	return nil
}

// RedisTLS returns the host of Redis, and whether the connection uses TLS.
func (c Config) RedisTLS() (host string, encrypted bool) {
	address, err := url.Parse(c.RedisURL.Reveal())
	if err != nil {
		return "", false
	}
	return address.Hostname(), address.Scheme == "rediss" || c.RedisTLSNextPort
}

// Announcement is a channel that gets announcements.
type Announcement struct {
	Channel Channel
	// Variable is the name of the variable that has the channel.
	Variable string
}

// Announcements returns the channels that get announcements.
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

// Gateway returns the gateway's public address with a slash at its end, "" if it is
// unknown.
func (c Config) Gateway() string {
	if c.PublicURL == "" && c.HerokuDomain != "" {
		return "https://" + c.HerokuDomain + "/"
	}
	return string(c.PublicURL)
}

// Commit returns the source commit of the build, "" if it is unknown.
func (c Config) Commit() string {
	if c.HerokuSlugCommit != "" {
		return c.HerokuSlugCommit
	}
	return build.Read().Commit
}

// Production reports whether the bot answers everywhere; otherwise it is in shadow mode.
func (c Config) Production() bool { return c.Env == "production" }

// Instance returns the name of this process: Heroku's dyno id or name, or the host name.
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

// LogLevel returns the lowest level that is logged.
func (c Config) LogLevel() zerolog.Level { return zerolog.Level(c.Log) }
