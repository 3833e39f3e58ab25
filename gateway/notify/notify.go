// Package notify is the HTTP API by which scripts and monitoring systems post into chats
// through the bot. It authenticates a request, checks all that can be checked while the
// caller still listens, and puts a Send event on the queue before it answers. Consumers post
// it, and the request's receipt says what became of it.
//
// It must not know any platform, handlers or consumers. A platform's side is behind Platform.
package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/notify/apikey"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/workqueue"
)

// DedupWindow is how long Options.Publisher must remember a key: an idempotency key can be
// used as long.
const DedupWindow = 24 * time.Hour

// MaxBacklog is how many events Options.Publisher should let wait: an event has about 4 KiB
// at most, so they fit the smallest Redis beside those of the platforms.
const MaxBacklog = 1500

// maxEvent is how many bytes an event should have. A longer text goes to the store of blobs.
const maxEvent = 4 << 10

// Options configures an API. Config, Bots, Receipts, Blobs and Publisher are required.
type Options struct {
	// Config has at least one key: without keys there must be no API.
	Config notifyconfig.Config
	// Bots are those by which messages can be sent, sorted by name.
	Bots     []Bot
	Receipts Receipts
	Blobs    Blobs
	// Publisher remembers keys for DedupWindow.
	Publisher Publisher
	// Shadow tells senders that nothing is posted.
	Shadow bool
	// Observe, if set, is called with each answer: the endpoint's name, one of Endpoints, the
	// problem's code, "ok" if there is none, and how long it took.
	Observe func(endpoint, code string, took time.Duration)
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	Log zerolog.Logger
}

// Bot is a bot by which messages can be sent.
type Bot struct {
	// Name is its name in requests, such as "slack".
	Name string
	// Source is that of its events, Kind its platform.
	Source, Kind string
	// Host and ID are shown in the list of bots. A request may pick a bot by its ID.
	Host, ID string
	Platform Platform
}

// Platform is what the API has to know of a bot's platform. It calls no API of it.
type Platform interface {
	// Chat returns the chat that a text names in the platform's own form, the zero Chat if
	// it names none. known is false if the platform cannot tell yet; then consumers look it
	// up. An error means that Redis does not answer.
	Chat(ctx context.Context, text string) (chat event.Chat, known bool, err error)
	// Thread returns the message that a text names, for event.Message.Thread. It reports
	// false for what names none in that chat.
	Thread(text string, chat event.Chat) (message string, ok bool)
	// Unsupported returns the wishes of a message that the platform cannot fulfil, each with
	// why. Those of Options are named "opts.silent" and so on, Mentions "mentions".
	Unsupported(m event.Message) map[string]string
}

// Publisher queues events. A *workqueue.Publisher does.
type Publisher interface {
	PublishWith(ctx context.Context, e workqueue.Event, also workqueue.Companion) (workqueue.Result, error)
}

// Receipts keeps receipts. A *receipt.Store does.
type Receipts interface {
	Creation(ctx context.Context, id string, o receipt.Origin) (workqueue.Companion, error)
	Create(ctx context.Context, id, attempt string, o receipt.Origin) (existing *receipt.Entry, err error)
	Adopt(ctx context.Context, existing *receipt.Entry, attempt string) (bool, error)
	Delete(ctx context.Context, id, attempt string) error
	Get(ctx context.Context, ids ...string) ([]*receipt.Entry, error)
	First(ctx context.Context, r receipt.Report, id string) (string, error)
	Extend(ctx context.Context, r receipt.Report, id string) error
}

// Blobs stores what is too long for an event. A *blob.Store does.
type Blobs interface {
	Put(ctx context.Context, id string, data []byte, ttl time.Duration) (event.Blob, error)
	Delete(ctx context.Context, id string) error
}

// API serves the endpoints. It is an http.Handler. It keeps nothing between requests but the
// buckets of keys, so any number of gateways can run side by side; each has its own buckets.
type API struct {
	opts     Options
	keys     *apikey.Set
	hmacKey  *apikey.Key
	failures apikey.Failures
	bodies   *bodyLimit
	webhooks map[string]*webhook
	signed   *gateway.Bodies
	// deadlines are those of accepting a message: acceptTimeout after a call.
	deadlines gateway.Deadlines
	waiting   *waiting
}

// New returns an API, or an error if the configuration does not fit the bots.
func New(opts Options) (*API, error) {
	if len(opts.Config.Keys) == 0 || opts.Receipts == nil || opts.Blobs == nil || opts.Publisher == nil {
		return nil, errors.New("options of the notification API: Config with keys, Receipts, Blobs and Publisher are required")
	}
	opts.Config = withDefaults(opts.Config)
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Observe == nil {
		opts.Observe = func(string, string, time.Duration) {}
	}
	a := &API{
		opts: opts, keys: apikey.NewSet(opts.Config.Keys), bodies: newBodyLimit(bodyBound(opts.Config.MaxFile)),
		signed: gateway.NewBodies(gateway.DefaultBodyBudget), waiting: newWaiting(opts.Receipts, opts.Log),
		deadlines: gateway.Deadlines{Timeout: acceptTimeout},
		hmacKey:   apikey.NewKey(notifyconfig.Key{Name: notifyconfig.GrafanaHMAC, Endpoints: []notifyconfig.Endpoint{notifyconfig.Grafana}}),
	}
	for name, chat := range opts.Config.Chats {
		if _, ok := a.bot(chat.Bot); chat.Bot != "" && !ok {
			return nil, fmt.Errorf("the chat %s is of the bot %q: this gateway has %s", name, chat.Bot, a.botNames())
		}
	}
	var err error
	if a.webhooks, err = newWebhooks(opts.Config); err != nil {
		return nil, err
	}
	return a, nil
}

// withDefaults fills in what an empty notifyconfig.Config documents.
func withDefaults(c notifyconfig.Config) notifyconfig.Config {
	if c.BasePath == "" {
		c.BasePath = "/api/v1"
	}
	if c.MaxFile == 0 {
		c.MaxFile = 1 << 20
	}
	if c.KeepIdempotent == 0 {
		c.KeepIdempotent = receipt.KeepIdempotent
	}
	return c
}

// Pattern is the API's pattern for gateway.Server.
func (a *API) Pattern() string { return a.opts.Config.BasePath + "/" }

// Run tells the requests that wait when their messages are posted, until ctx ends. Then all
// are answered at once.
func (a *API) Run(ctx context.Context) error { return a.waiting.run(ctx) }
