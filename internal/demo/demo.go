// Package demo runs the whole bot in one process, without anything from outside: an embedded
// Redis, a simulated Slack workspace with a page to chat on, a simulated playground, a blog
// to announce, and the three processes of the bot. A message on the page takes the real way:
// as a signed event over HTTP or over a socket, through the stream, to the handlers, and back over HTTP
// through the Web API.
package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"

	"github.com/alicebob/miniredis/v2"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/handler"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/page"
)

// Options configures a demo.
type Options struct {
	// Content is the community's. Required.
	Content handler.Content
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
	front, back net.Listener // the page and Slack, and the gateway
	environ     []string     // of the bot's processes, without REDIS_URL
	workspace   *slacksim.Workspace
	network     *network
	blog        *blog
	consumer    *supervised
	notifier    *notifier
	changes     *signal // of the controls
	controls    *controls
}

// Run runs all parts until ctx ends or one of them fails.
func Run(ctx context.Context, opts Options) error {
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
	d := &demo{Options: opts, front: front, back: back, network: newNetwork(redis.Addr()), changes: &signal{}}
	d.notifier = newNotifier(back.Addr(), d.changes.notify)
	if err := d.build(set); err != nil {
		return errors.Join(err, front.Close(), back.Close())
	}
	return d.run(ctx)
}

func (d *demo) url() string { return "http://" + d.front.Addr().String() }

// build makes the parts that run needs.
func (d *demo) build(set settings) error {
	const appID, teamID = "A0DEMO", "T0DEMO"
	secret, token := rand.Text(), "xoxb-"+rand.Text()
	var appToken string
	if d.Sockets {
		appToken = "xapp-1-" + appID + "-" + rand.Text()
	}
	slackApp, err := app.SlackManifest(d.Content, "")
	if err != nil {
		return err
	}
	has, err := featuresOf(slackApp)
	if err != nil {
		return err
	}
	d.workspace = slacksim.New(slacksim.Options{
		BotName: d.Content.MentionName(), AppID: appID, TeamID: teamID, SigningSecret: secret, BotToken: token,
		AppToken: appToken, SocketMode: d.Sockets,
		Scopes: slackApp.Scopes(), Events: slackApp.Events(),
		Commands: has.Commands, Shortcuts: has.Shortcuts, NoHome: !has.Home.Enabled,
		Channels: append(set.channels(), alertsChannel),
		EventURL: "http://" + d.back.Addr().String() + "/slack/event",
		APIURL:   d.url() + "/api/slack/",
		Log:      d.Log.With().Str("process", "slack").Logger(),
	})
	if err := openPrivate(d.workspace); err != nil {
		return err
	}
	d.blog = newBlog(d.url() + "/blog/")
	d.environ = append(d.notifier.environ(), set.with(
		"ENV=production", // so that the bot answers everywhere
		"GOPHER_REDIS_INSECURE=true",
		"GOPHER_QUEUE_MAX_BACKLOG=10000", // the embedded Redis does not say how much memory it has
		"GOPHER_SLACK_APP_ID="+appID,
		"GOPHER_SLACK_TEAM_ID="+teamID,
		"GOPHER_SLACK_REQUEST_SECRET="+secret,
		"GOPHER_SLACK_BOT_ACCESS_TOKEN="+token,
		"GOPHER_SLACK_API_URL="+d.url()+"/api/slack/",
		"GOPHER_PLAYGROUND_URL="+d.url()+"/play/",
		"GOPHER_PLAYGROUND_LINK_URL="+d.url()+"/play/",
		"GOPHER_ROLES=moderator=U01ADA", // Ada, of the simulated workspace
		"GOPHER_SUGGESTIONS_CHANNEL=reviews",
		"GOPHER_REPORTS_CHANNEL=reviews",
		"GOPHER_ADMIN_CONTACT=U01ADA",
		"HEROKU_DYNO_ID=demo",
		feedsVariable+"=general="+d.blog.base+"feed.atom",
		feedsIntervalVariable+"=1s",
	)...)
	if d.Sockets {
		d.environ = append(d.environ, "GOPHER_SLACK_APP_TOKEN="+appToken)
	}
	return d.buildControls(set)
}

// buildControls makes what people control on the page.
func (d *demo) buildControls(set settings) error {
	examples, err := examplesOf(d.Content)
	if err != nil {
		return err
	}
	conversation := examples
	if len(d.Content.Examples) == 0 {
		conversation = nil
	}
	d.consumer = d.process(app.Consumer)
	b := &breaker{workspace: d.workspace, network: d.network, consumer: d.consumer, example: firstAddressed(examples)}
	d.workspace.Disturb(b.disturb)
	d.controls = &controls{
		tour:   newTour(d.workspace, conversation, d.Tour, d.changes.notify),
		faults: newFaults(d.changes.notify, b.faults()...), notifier: d.notifier,
		examples: examples, notes: set.notes(), changes: d.changes,
	}
	if !set.has(feedsVariable) {
		d.controls.blog = d.blog
	}
	return nil
}

// firstAddressed returns the first example for the bot, as Slack's client sends it, or a mention
// alone, which the bot answers, too.
func firstAddressed(examples []page.Example) string {
	for _, e := range examples {
		if e.Addressed {
			return said(e)
		}
	}
	return "<@" + slacksim.BotUserID + ">"
}

// openPrivate makes a private channel and a group message, for people to try the bot there.
func openPrivate(w *slacksim.Workspace) error {
	people := w.Snapshot().People // the bot is the first
	ada, rob := people[1].ID, people[2].ID
	_, err := w.CreatePrivateChannel("organizers", "Where the meetup is planned.", ada, rob)
	_, err2 := w.OpenGroupMessage(ada, rob)
	return errors.Join(err, err2)
}
