// Package notifyconfig is the configuration of the notification API that does not fit one
// variable each: keys, aliases of chats, webhooks and callback rules, in one YAML document
// with the names of express-botx. The gateway and the consumers read the same.
//
// It does not know how requests are served or messages are sent.
package notifyconfig

import (
	"crypto/sha256"
	"time"

	"github.com/gobridge/gopherbot/internal/event"
)

// Config is a configuration that was checked. Without Keys there is no API.
type Config struct {
	// Bots are the bots that have an entry, by name. A platform's only bot, such as "slack",
	// has none.
	Bots map[string]Bot
	// Chats are the aliases of chats, by name. At most one is the default. The one of
	// GOPHER_NOTIFY_CHAT has no alias: its name is "".
	Chats map[string]Chat
	// BasePath is the path of the API, without a slash at the end. Defaults to "/api/v1".
	BasePath string
	// Wait is how long a request waits for the post if it does not say, 0 to 15 s.
	// Defaults to 0.
	Wait time.Duration
	// Keys are the API keys. Two may have one name.
	Keys []Key
	// MaxFile is how many bytes a file may have, 1 to 20 MiB. Defaults to 1 MiB.
	MaxFile int64
	// KeepIdempotent is how long the receipt of a request with an idempotency key is kept,
	// 1 h to 7 days. Defaults to 24 h.
	KeepIdempotent time.Duration
	// TrustedProxies is how many proxies append to X-Forwarded-For, 0 to 10. Defaults to
	// GOPHER_GATEWAY_PROXIES.
	TrustedProxies int
	// Docs serves the pages about the API. Defaults to true.
	Docs bool
	// Alertmanager and Grafana are their webhooks, nil if they are not served.
	Alertmanager *Webhook
	Grafana      *Webhook
	// Rules are the callback rules in their order.
	Rules []Rule
	// Variables are the names of the environment variables that hold its secrets. Processes
	// drop them from their environment, and content does not get them.
	Variables []string
}

// Bot is a bot by which messages are sent.
type Bot struct {
	// Platform is the source of its events, such as "slack".
	Platform string
}

// Chat is a chat with an alias.
type Chat struct {
	// Bot is the name of the bot that posts there, "" for the one that the request names or
	// the only one.
	Bot string
	// ID is the platform's own form: "#name" or an id.
	ID string
	// Default has it used where a request names none.
	Default bool
}

// Key is an API key.
type Key struct {
	// Name is for logs and receipts.
	Name string
	// Hash is the SHA-256 of the key. The key itself is not kept.
	Hash [sha256.Size]byte
	// Chats are the aliases or ids that it may send to, Bots the bots that it may use, and
	// Endpoints those it may call. Empty ones allow all.
	Chats, Bots []string
	Endpoints   []Endpoint
	// Broadcast allows it to notify everyone in a channel, Direct to send to a person by
	// e-mail address. Both default to false.
	Broadcast, Direct bool
	// Rate is how many requests a second it may make of one gateway process, and Burst how
	// many at once. They default to 5 and 50.
	Rate  float64
	Burst int
}

// Endpoint is a part of the API that a key can be limited to.
type Endpoint string

// The endpoints. Lists are /bot/list and /chats/alias/list. Whoever may send may read the
// receipt.
const (
	Send         Endpoint = "send"
	Alertmanager Endpoint = "alertmanager"
	Grafana      Endpoint = "grafana"
	Lists        Endpoint = "lists"
)

// Webhook configures the endpoint of a monitoring system.
type Webhook struct {
	// DefaultChat is the alias or id to post in where a request names none, "" for the
	// default alias.
	DefaultChat string
	// Errors are the severities of Alertmanager, or the states of Grafana, that make a
	// message an error. They default to critical and warning, and to alerting.
	Errors []string
	// Template is the text of the template, "" for the built-in layout, and TemplateName is
	// for its errors.
	Template, TemplateName string
	// Format is the format of the template's text: Plain, Markdown or Native. Defaults to
	// Plain. The built-in layout has its own.
	Format event.Format
	// StrictTemplates has a template's failure answered 400. By default the built-in layout
	// is posted instead.
	StrictTemplates bool
	// TimeZone is that of the times in templates. Defaults to the zone of the request.
	TimeZone *time.Location
	// DedupeWindow is how long a repetition is recognised, 0 for never. Defaults to 4 min.
	DedupeWindow time.Duration
	// FollowUp is how later messages about a group appear. Defaults to PostAnew.
	FollowUp event.FollowUp
	// SendResolved posts that alerts have ended. Defaults to true.
	SendResolved bool
	// MaxAlerts is how many alerts of a group are shown, 1 to 100. Defaults to 20.
	MaxAlerts int
	// Mentions has mentions by e-mail address in the text looked up.
	Mentions bool
	// Images has Grafana's images shown.
	Images bool
	// TTL is how long a message waits to be posted, 10 s to 24 h. Defaults to 4 h.
	TTL time.Duration
	// HMAC verifies the bodies of Grafana, nil if it has no secret.
	HMAC *HMAC
}

// HMAC is how Grafana signs its requests.
type HMAC struct {
	Secret Secret
	// Header has the signature, and TimestampHeader the time that is signed, too, "" if
	// none is. They default to X-Grafana-Alerting-Signature and "".
	Header, TimestampHeader string
}

// Rule is a callback rule: events of chats that a script or a webhook gets.
type Rule struct {
	// Name is unique. It defaults to "rule-1" for the first rule, and so on.
	Name string
	// Events are the names of events; "*" is all.
	Events []string
	// Bots are the bots whose events it gets. Required in the document.
	Bots []string
	// Async has it run beside the other rules of an event, not after them.
	Async bool
	// Handler is the type of its handler: "exec", "webhook", or one registered in Go.
	Handler string
	// Exec or Webhook is set if Handler is that.
	Exec    *Exec
	Webhook *CallbackWebhook
}

// Exec runs a command.
type Exec struct {
	// Command is run directly; of one that is written as a string it is "sh", "-c" and that.
	Command []string
	// Env are the names of variables that it gets besides PATH, HOME, LANG and TZ.
	Env []string
	// Timeout is how long it may run, to 5 min. Defaults to 30 s.
	Timeout time.Duration
}

// CallbackWebhook posts events to an address.
type CallbackWebhook struct {
	URL string
	// Secret is the key that signs the requests after the Standard Webhooks scheme, without
	// whsec_ and decoded, nil for none.
	Secret Secret
	// Timeout is how long an answer may take, to 60 s. Defaults to 10 s.
	Timeout time.Duration
}
