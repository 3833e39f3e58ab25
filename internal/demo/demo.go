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
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/pause"
	playgroundsim "github.com/gobridge/gopherbot/internal/playground/sim"
	"github.com/gobridge/gopherbot/internal/rungroup"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/page"
	"github.com/gobridge/gopherbot/workqueue"
)

// Options configures a demo.
type Options struct {
	// Content is the community's. Required.
	Content handler.Content
	// Listen is the address of the page, such as "127.0.0.1:8080".
	Listen string
	// Started is called with the page's address once all parts are ready. Required.
	Started func(url string)
	// Tour has the first page that is opened show a short conversation, of the content's
	// Examples.
	Tour bool
	// Sockets has Slack send over sockets that the gateway opens, instead of HTTP. People can
	// switch on the page.
	Sockets bool
	// Environ is in the form of os.Environ. Only OpenTelemetry's variables are used.
	Environ []string
	Log     zerolog.Logger
}

// Run runs all parts until ctx ends or one of them fails.
func Run(ctx context.Context, opts Options) error {
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

	const appID, teamID = "A0DEMO", "T0DEMO"
	secret, token := rand.Text(), "xoxb-"+rand.Text()
	slackApp, err := app.SlackManifest(opts.Content, "")
	if err != nil {
		return errors.Join(err, front.Close(), back.Close())
	}
	has, err := featuresOf(slackApp)
	if err != nil {
		return errors.Join(err, front.Close(), back.Close())
	}
	var appToken string
	if opts.Sockets {
		appToken = "xapp-1-" + appID + "-" + rand.Text()
	}
	workspace := slacksim.New(slacksim.Options{
		BotName: opts.Content.MentionName(), AppID: appID, TeamID: teamID, SigningSecret: secret, BotToken: token,
		AppToken: appToken, SocketMode: opts.Sockets,
		Scopes: slackApp.Scopes(), Events: slackApp.Events(),
		Commands: has.Commands, Shortcuts: has.Shortcuts, NoHome: !has.Home.Enabled,
		EventURL: "http://" + back.Addr().String() + "/slack/event",
		APIURL:   "http://" + front.Addr().String() + "/api/slack/",
		Log:      opts.Log.With().Str("process", "slack").Logger(),
	})
	if err := openPrivate(workspace); err != nil {
		return errors.Join(err, front.Close(), back.Close())
	}
	changes := &signal{}
	examples, err := examplesOf(opts.Content)
	if err != nil {
		return errors.Join(err, front.Close(), back.Close())
	}
	conversation := examples
	if len(opts.Content.Examples) == 0 {
		conversation = nil
	}
	tour := newTour(workspace, conversation, opts.Tour, changes.notify)
	blog := newBlog("http://" + front.Addr().String() + "/blog/")
	environ := append(openTelemetrys(opts.Environ),
		"ENV=production", // so that the bot answers everywhere
		"REDIS_URL=redis://"+redis.Addr(),
		"GOPHER_REDIS_INSECURE=true",
		"GOPHER_QUEUE_MAX_BACKLOG=10000", // the embedded Redis does not say how much memory it has
		"GOPHER_SLACK_APP_ID="+appID,
		"GOPHER_SLACK_TEAM_ID="+teamID,
		"GOPHER_SLACK_REQUEST_SECRET="+secret,
		"GOPHER_SLACK_BOT_ACCESS_TOKEN="+token,
		"GOPHER_SLACK_API_URL=http://"+front.Addr().String()+"/api/slack/",
		"GOPHER_PLAYGROUND_URL=http://"+front.Addr().String()+"/play/",
		"GOPHER_PLAYGROUND_LINK_URL=http://"+front.Addr().String()+"/play/",
		"GOPHER_ROLES=moderator=U01ADA", // Ada, of the simulated workspace
		"GOPHER_SUGGESTIONS_CHANNEL=reviews",
		"GOPHER_REPORTS_CHANNEL=reviews",
		"GOPHER_ADMIN_CONTACT=U01ADA",
		"HEROKU_DYNO_ID=demo",
		"GOPHER_FEEDS=general="+blog.base+"feed.atom",
		"GOPHER_FEEDS_INTERVAL=1s",
	)
	if opts.Sockets {
		environ = append(environ, "GOPHER_SLACK_APP_TOKEN="+appToken)
	}
	demo := &controls{blog: blog, tour: tour, examples: examples, notes: []string{}, changes: changes}
	serving := make(chan struct{}, 3)
	hooks := journeys(workspace)
	hooks.Serving = func() { serving <- struct{}{} }
	bot := func(r *app.Role) func(context.Context) error {
		return func(ctx context.Context) error {
			log := opts.Log.With().Str("process", r.String()).Logger()
			return app.Run(ctx, r, opts.Content, app.Options{Environ: environ, Listener: back, Hooks: hooks, Log: log})
		}
	}
	// The bot stops before Slack does, so that its last replies arrive.
	slack, stopSlack := context.WithCancel(context.WithoutCancel(ctx))
	return rungroup.Run(ctx,
		func(context.Context) error {
			return rungroup.Run(slack, workspace.Run, func(ctx context.Context) error { return serve(ctx, front, workspace, blog, demo) })
		},
		func(ctx context.Context) error {
			defer stopSlack()
			return rungroup.Run(ctx,
				bot(app.Gateway),
				bot(app.Consumer),
				bot(app.BGTasks),
				tour.run,
				func(ctx context.Context) error {
					for range cap(serving) {
						select {
						case <-serving:
						case <-ctx.Done():
							return nil // one of them could not start
						}
					}
					if opts.Sockets && !connected(ctx, workspace) {
						return nil
					}
					opts.Started("http://" + front.Addr().String())
					<-ctx.Done()
					return nil
				},
			)
		},
	)
}

// openPrivate makes a private channel and a group message, for people to try the bot there.
func openPrivate(w *slacksim.Workspace) error {
	people := w.Snapshot().People // the bot is the first
	ada, rob := people[1].ID, people[2].ID
	_, err := w.CreatePrivateChannel("organizers", "Where the meetup is planned.", ada, rob)
	_, err2 := w.OpenGroupMessage(ada, rob)
	return errors.Join(err, err2)
}

// connected waits until the gateway has opened a socket. It returns false if ctx ended before.
func connected(ctx context.Context, w *slacksim.Workspace) bool {
	for len(w.Socket().Connections()) == 0 {
		if !pause.For(ctx, 20*time.Millisecond) {
			return false
		}
	}
	return true
}

// openTelemetrys returns the variables with which OpenTelemetry is configured.
func openTelemetrys(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(v string) bool { return !strings.HasPrefix(v, "OTEL_") })
}

// serve serves the page, the Web API below /api/slack/, a simulated playground
// below /play/ and the blog below /blog/.
func serve(ctx context.Context, l net.Listener, w *slacksim.Workspace, b *blog, demo page.Demo) error {
	mux := http.NewServeMux()
	mux.Handle("/blog/", http.StripPrefix("/blog", b.handler()))
	mux.Handle("/api/slack/", http.StripPrefix("/api/slack", w.API()))
	mux.Handle("/play/", http.StripPrefix("/play", playgroundsim.New()))
	mux.Handle("/", page.Handler(w, demo))
	server := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		// Ends the pages' streams, which would keep the server from stopping.
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := server.Shutdown(last); err != nil {
			stopped <- server.Close() // closes connections that are still open
			return
		}
		stopped <- nil
	})
	err := server.Serve(l)
	if stop() { // it failed before ctx ended
		return fmt.Errorf("serve the page on %s: %w", l.Addr(), err)
	}
	return <-stopped
}

// journeys reports the steps of events to the workspace.
func journeys(w *slacksim.Workspace) app.Hooks {
	return app.Hooks{
		Answered: func(a gateway.Result) {
			if a.Event.ID == "" || a.Queued.IsZero() {
				return // the workspace has seen the refusal itself
			}
			w.Step(a.Event.ID, slacksim.Accepted, a.Accepted)
			w.Step(a.Event.ID, slacksim.Queued, a.Queued)
		},
		Consumer: workqueue.Hooks{
			OnStart: func(d *workqueue.Delivery) { w.Step(d.ID, slacksim.Taken, d.ReceivedAt) },
			OnFinish: func(d *workqueue.Delivery, outcome error) {
				w.Step(d.ID, slacksim.Handled, time.Now())
				if outcome != nil {
					w.Outcome(d.ID, inWords(outcome))
				}
			},
		},
	}
}

// inWords describes a handler's outcome on the page.
func inWords(outcome error) string {
	if outcome == nil {
		return ""
	}
	if discard, ok := errors.AsType[*workqueue.DiscardError](outcome); ok {
		return "dropped: " + discard.Reason
	}
	if rejected, ok := errors.AsType[*workqueue.RejectError](outcome); ok {
		return "failed permanently: " + rejected.Err.Error()
	}
	return "failed, will be retried: " + outcome.Error()
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	if host, _, err := net.SplitHostPort(address); err != nil || host == "" {
		return nil, fmt.Errorf("listen on %q: want a host and a port, such as 127.0.0.1:8090", address)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen on %s: address in use; stop the program that uses it, or choose another address, such as --listen 127.0.0.1:8090", address)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; choose another address with --listen", address, err)
	}
	return l, nil
}
