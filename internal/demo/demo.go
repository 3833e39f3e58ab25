// Package demo runs the whole bot in one process, without anything from outside: an embedded
// Redis, a simulated Slack or Sharkfin with a page to chat on, a simulated playground, a blog
// to announce, and the three processes of the bot. A message on the page takes the real way:
// as a signed event over HTTP or over a socket, through the stream, to the handlers, and back over HTTP
// through the platform's API.
package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/alicebob/miniredis/v2"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/slack/sim/page"
	"github.com/gobridge/gopherbot/workqueue"
)

// Options configures a demo.
type Options struct {
	// Content is the community's. Required.
	Content handler.Content
	// Platform is one of Platforms. Defaults to Slack.
	Platform string
	// Listen is the address of the page, such as "127.0.0.1:8080".
	Listen string
	// Started is called with the page's address once all parts are ready. Required.
	Started func(url string)
	// Note is called before Started with each sentence about the settings that Environ has.
	// Optional: the page has them, too.
	Note func(text string)
	// Tour has the first page that is opened show a short conversation, of the content's
	// Examples.
	Tour bool
	// Sockets has Slack send over sockets that the gateway opens, instead of HTTP. People can
	// switch on the page.
	Sockets bool
	// Environ is in the form of os.Environ. Settings of the content, of announcements and of
	// OpenTelemetry replace the demo's own. Those that would lead to a real Slack or Redis are
	// not used, and those of the processes are not either.
	Environ []string
	Log     zerolog.Logger
}

// demo has the parts of a demo.
type demo struct {
	Options
	front, back net.Listener // the page, and the gateway
	environ     []string     // of the bot's processes, without REDIS_URL
	workspace   workspace
	routes      map[string]http.Handler       // beside the page, by their paths
	said        func(page.Example) string     // returns an example as a person sends it
	connected   func(context.Context) bool    // waits until events come in, nil if they do at once
	faults      func(example string) []*fault // the ways to break the demo
	duplicates  bool                          // that the gateway knows an event is worth a note
	accepted    func(workqueue.Event)         // is told of each event that the gateway took, if it is set
	abandon     func() error                  // closes what build has opened
	network     *network
	blog        *blog
	consumer    *supervised
	notifier    *notifier
	changes     *signal // of the controls
	controls    *controls
}

// Run runs all parts until ctx ends or one of them fails.
func Run(ctx context.Context, opts Options) error {
	opts.Platform = cmp.Or(opts.Platform, Slack)
	if err := CheckPlatform(opts.Platform); err != nil {
		return err
	}
	if opts.Sockets && opts.Platform != Slack {
		return errSockets
	}
	set, err := readSettings(opts.Environ)
	if err != nil {
		return err
	}
	front, err := listen(ctx, opts.Listen)
	if err != nil {
		return err
	}
	back, err := listen(ctx, "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, front.Close())
	}
	redis := miniredis.NewMiniRedis()
	if err := redis.Start(); err != nil {
		return errors.Join(fmt.Errorf("start the embedded Redis: %w", err), front.Close(), back.Close())
	}
	defer redis.Close()
	d := &demo{Options: opts, front: front, back: back, network: newNetwork(redis.Addr()), routes: map[string]http.Handler{}, abandon: func() error { return nil }, changes: &signal{}}
	d.notifier = newNotifier(back.Addr(), d.changes.notify)
	if err := d.build(ctx, set); err != nil {
		return errors.Join(err, front.Close(), back.Close(), d.abandon())
	}
	return d.run(ctx)
}

func (d *demo) url() string { return "http://" + d.front.Addr().String() }

// build makes the parts that run needs.
func (d *demo) build(ctx context.Context, set settings) error {
	d.blog = newBlog(d.url() + "/blog/")
	build := d.buildSlack
	if d.Platform == Sharkfin {
		build = d.buildSharkfin
	}
	own, err := build(ctx, set)
	if err != nil {
		return err
	}
	d.environ = append(d.notifier.environ(d.Platform), set.with(append(own,
		"ENV=production", // so that the bot answers everywhere
		"GOPHER_REDIS_INSECURE=true",
		"GOPHER_QUEUE_MAX_BACKLOG=10000", // the embedded Redis does not say how much memory it has
		"GOPHER_PLAYGROUND_URL="+d.url()+"/play/",
		"GOPHER_PLAYGROUND_LINK_URL="+d.url()+"/play/",
		"GOPHER_SUGGESTIONS_CHANNEL=reviews",
		"GOPHER_REPORTS_CHANNEL=reviews",
		"HEROKU_DYNO_ID=demo",
		feedsIntervalVariable+"=1s",
	)...)...)
	return d.buildControls(set)
}

// buildControls makes what people control on the page.
func (d *demo) buildControls(set settings) error {
	examples, err := examplesOf(d.Content, d.workspace.Abilities().Reactions)
	if err != nil {
		return err
	}
	conversation := examples
	if len(d.Content.Examples) == 0 {
		conversation = nil
	}
	d.consumer = d.process(app.Consumer)
	d.controls = &controls{
		tour:   newTour(d.workspace, d.said, conversation, d.Tour, d.changes.notify),
		faults: newFaults(d.changes.notify, d.faults(d.firstAddressed(examples))...), notifier: d.notifier,
		examples: examples, notes: set.notes(), changes: d.changes,
	}
	if !set.has(feedsVariable) {
		d.controls.blog = d.blog
	}
	return nil
}

// firstAddressed returns the first example for the bot, as a person sends it, or a mention alone,
// which the bot answers, too.
func (d *demo) firstAddressed(examples []page.Example) string {
	for _, e := range examples {
		if e.Addressed {
			return d.said(e)
		}
	}
	return strings.TrimSpace(d.said(page.Example{Addressed: true}))
}
