package app

import (
	"context"
	"net/http"
	"slices"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/notify"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/doctor"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/workqueue"
)

// platforms lists the chat platforms. A process serves those that are configured: see
// config.Config.Has. To add a platform, write its file and add it here, and declare its
// settings in internal/config.
var platforms = []platform{slackPlatform{}, sharkfinPlatform{}}

// platform is the wiring of one chat platform.
type platform interface {
	// source is the Source of the platform's events and its name in settings.
	source() string
	// unconnected is the platform before connect, for its name and capabilities.
	unconnected() consumer.Platform
	// entrance prepares the platform's way in to a gateway. It does not call the platform.
	entrance(e env, a processRuntime, in ingress, transport http.RoundTripper) (entrance, error)
	// bot is the platform's bot, as the notification API of a gateway knows it.
	bot(e env, a processRuntime) notify.Bot
	// describe returns what an event that the entrance queued is about, for callback rules.
	// It reports false for one that none can be for.
	describe(e workqueue.Event) (gateway.Occurrence, bool)
	// connect prepares a consumer's connection to the platform. It does not call the
	// platform.
	connect(e env, a processRuntime, transport http.RoundTripper) (connection, error)
	// jobs are the platform's scheduled jobs.
	jobs(e env, a processRuntime, transport http.RoundTripper) []bgtasks.Job
	// examine checks the platform's side of a deployment.
	examine(ctx context.Context, e env, transport http.RoundTripper, of examination) ([]doctor.Finding, error)
}

// entrance is a platform's way in to a gateway.
type entrance struct {
	// routes are the handlers of its HTTP requests, by their patterns.
	routes map[string]http.Handler
	// run calls opened once, when it takes events, which may have to wait for the
	// platform. It returns when ctx has ended and all accepted events are on the queue.
	run func(ctx context.Context, opened func()) error
	// ready returns why nothing can come in, nil if it can. It calls nobody.
	ready func() error
}

// ingress holds the parts that the entrances of all platforms share in a gateway.
type ingress struct {
	publisher gateway.Publisher
	await     gateway.Awaiter
	observe   func(context.Context, gateway.Meta) (context.Context, func(gateway.Result))
}

// connection is a consumer's connection to a platform.
type connection struct {
	channels  handler.ChannelNames
	directory consumer.ChannelDirectory // gets the changes of channels
	files     handler.FileReader
	// identify asks the platform for the bot's identity. It may wait while the platform
	// does not answer. Its error names the setting that the platform rejected.
	identify func(ctx context.Context) (identified, error)
}

// identified is a platform that has identified the bot.
type identified struct {
	platform consumer.Platform
	bot      string // the bot's id on the platform
}

// configured returns the platforms that c configures.
func configured(c config.Config) []platform {
	return slices.DeleteFunc(slices.Clone(platforms), func(p platform) bool { return !c.Has(p.source()) })
}

func (e env) platforms() []platform { return configured(e.config) }

// eventTypes returns the types of the events of all configured platforms.
func (e env) eventTypes() []string {
	var types []string
	for _, p := range e.platforms() {
		types = append(types, event.Types(p.source())...)
	}
	return types
}

// EventTypes returns the types of the events of all platforms, configured or not.
func EventTypes() []string {
	var types []string
	for _, p := range platforms {
		types = append(types, event.Types(p.source())...)
	}
	return types
}

// Sources returns the sources of all platforms, configured or not, such as "slack".
func Sources() []string {
	var sources []string
	for _, p := range platforms {
		sources = append(sources, p.source())
	}
	return sources
}
