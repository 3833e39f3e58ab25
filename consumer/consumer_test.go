package consumer_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/cooldown"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestMain(m *testing.M) {
	testenv.Parallel(8) // they wait for pauses and for platforms that are late
	os.Exit(redistest.Main(m))
}

// platform is a chat platform with messages and joins as JSON. It records the posts.
type platform struct {
	mu   sync.Mutex
	said []string
	// fails are the errors that the next posts meet; nil is none.
	fails []error
	done  chan struct{} // gets a value when "end" is said
	// posted are the keys of the posts that have one, in order.
	posted []string
	// looks are the errors that the next looks for a post meet; nil is none.
	looks   []error
	renders []error // of the next calls of Render
	looked  int
}

func decode[T any](e workqueue.Event) (v T, err error) {
	err = json.Unmarshal(e.Payload, &v)
	return v, err
}

func (*platform) Name() string { return "Test" }

func (*platform) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{WorkspaceJoins: true, ChannelJoins: true, Reactions: true, Ephemeral: true, DMs: true, Edits: true, Files: true}
}

func (p *platform) Decode(_ context.Context, e workqueue.Event) (consumer.Incoming, error) {
	switch kind, _ := event.KindOf(e.Source, e.Type); kind {
	case event.WorkspaceJoin:
		j, err := decode[handler.Join](e)
		return consumer.WorkspaceJoin{Join: j}, err
	case event.ChannelJoin:
		j, err := decode[handler.Join](e)
		return consumer.ChannelJoin{Join: j}, err
	default:
		m, err := decode[handler.Message](e)
		return consumer.Message{Message: m}, err
	}
}

func (p *platform) Responder(consumer.Incoming, string) consumer.Responder {
	return &responder{platform: p}
}

func (p *platform) Outcome(err error) consumer.Outcome {
	if later, ok := errors.AsType[*laterError](err); ok {
		return consumer.Outcome{Kind: consumer.RateLimited, After: later.after}
	}
	switch {
	case errors.Is(err, errFinal):
		return consumer.Outcome{Kind: consumer.Final}
	case errors.Is(err, errGone):
		return consumer.Outcome{Kind: consumer.Gone}
	case errors.Is(err, errPosted), errors.Is(err, errLost):
		return consumer.Outcome{Kind: consumer.Unknown}
	}
	return consumer.Outcome{}
}

var (
	errFinal = errors.New("no such channel")
	errGone  = errors.New("the message was deleted")
	// After both of these nobody knows whether it was posted. After the first it was.
	errPosted = errors.New("the answer was cut off")
	errLost   = errors.New("the answer never came")
)

// Compose implements consumer.Poster. Each line is a message.
func (p *platform) Compose(_ context.Context, n consumer.Notice, _ string) (consumer.Composed, error) {
	c := consumer.Composed{Outbox: outbox{p}}
	for line := range strings.Lines(n.Text) {
		c.Parts = append(c.Parts, consumer.Rendered{Text: strings.TrimSpace(line)})
	}
	return c, nil
}

// Explain implements consumer.Poster.
func (*platform) Explain(err error) (code, advice string) {
	if errors.Is(err, errFinal) {
		return "no_channel", "make one"
	}
	return "", ""
}

// outbox posts like a responder. The id of a message is its number.
type outbox struct{ *platform }

func (o outbox) Post(ctx context.Context, m consumer.Rendered, thread string) (string, error) {
	text := m.Text
	if thread != "" {
		text = thread + ": " + text
	}
	err := (&responder{platform: o.platform}).say(ctx, text)
	o.mu.Lock()
	defer o.mu.Unlock()
	return strconv.Itoa(len(o.said)), err
}

func (o outbox) Edit(ctx context.Context, id string, m consumer.Rendered) error {
	return (&responder{platform: o.platform}).say(ctx, "edit "+id+": "+m.Text)
}

func (outbox) Upload(context.Context, consumer.File) (string, error) { return "F1", nil }

func (o outbox) Share(ctx context.Context, fileID string, f consumer.File, thread string) error {
	return (&responder{platform: o.platform}).say(ctx, "file "+f.Name)
}

func (outbox) Digest(m consumer.Rendered) string { return m.Text }

func (outbox) Link(id string) string { return "link to " + id }

func (o outbox) Find(ctx context.Context, p consumer.Post) (string, error) {
	found, err := (&responder{platform: o.platform}).Posted(ctx, p)
	if err != nil || !found {
		return "", err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return strconv.Itoa(1 + slices.Index(o.posted, p.Key)), nil
}

// heard returns the posts so far.
func (p *platform) heard() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.said)
}

// responder answers on a platform whose messages have one line.
type responder struct {
	*platform
	link string
}

func (r *responder) say(ctx context.Context, what string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	if len(r.fails) > 0 {
		err, r.fails = r.fails[0], r.fails[1:]
	}
	if err != nil && !errors.Is(err, errPosted) {
		return err
	}
	r.said = append(r.said, what)
	r.posted = append(r.posted, consumer.PostKey(ctx))
	if what == "end" {
		r.done <- struct{}{}
	}
	return err
}

// Digest implements consumer.Finder.
func (r *responder) Digest(m consumer.Rendered) string { return m.Text }

// Posted implements consumer.Finder. It finds posts by their keys.
func (r *responder) Posted(_ context.Context, p consumer.Post) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.looked++
	if len(r.looks) > 0 {
		err := r.looks[0]
		r.looks = r.looks[1:]
		if err != nil {
			return false, err
		}
	}
	found := p.Key != "" && slices.Contains(r.platform.posted, p.Key)
	if found {
		r.link = "link to what was found"
	}
	return found, nil
}

func (r *responder) React(ctx context.Context, emoji string) error { return r.say(ctx, emoji) }

func (r *responder) Reply(ctx context.Context, reply handler.Reply) error {
	err := r.say(ctx, reply.Text)
	if err == nil && r.link == "" {
		r.link = "link to " + reply.Text
	}
	return err
}

func (r *responder) ReplyEphemeral(ctx context.Context, reply handler.Reply) error {
	return r.say(ctx, "("+reply.Text+")")
}

func (r *responder) DM(ctx context.Context, reply handler.Reply) error {
	return r.say(ctx, "DM: "+reply.Text)
}

func (r *responder) Edit(ctx context.Context, reply handler.Reply) error {
	return r.say(ctx, "edit: "+reply.Text)
}

func (r *responder) PostIn(ctx context.Context, channel string, reply handler.Reply) error {
	return r.say(ctx, "in "+channel+": "+reply.Text)
}

func (r *responder) OpenForm(ctx context.Context, form *handler.Form, data string) error {
	return handler.ErrUnsupported
}

func (r *responder) Render(_ context.Context, reply handler.Reply) ([]consumer.Rendered, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.renders) > 0 {
		err := r.renders[0]
		if r.renders = r.renders[1:]; err != nil {
			return nil, err
		}
	}
	var parts []consumer.Rendered
	for line := range strings.Lines(reply.Text) {
		parts = append(parts, consumer.Rendered{Text: strings.TrimSpace(line)})
	}
	return parts, nil
}

func (r *responder) Post(ctx context.Context, kind consumer.PostKind, m consumer.Rendered) error {
	say := map[consumer.PostKind]func(context.Context, handler.Reply) error{
		consumer.PostReply: r.Reply, consumer.PostThread: r.Reply, consumer.PostEphemeral: r.ReplyEphemeral, consumer.PostDM: r.DM,
	}[kind]
	return say(ctx, handler.Text(m.Text))
}

func (r *responder) Link() string { return r.link }

// runs are the runs of handlers that a dispatcher reported.
type runs struct {
	mu   sync.Mutex
	list []consumer.HandlerRun
}

func (r *runs) watch(ctx context.Context, _ string) (context.Context, func(consumer.HandlerRun)) {
	return ctx, r.add
}

func (r *runs) add(run consumer.HandlerRun) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, run)
}

// count says how often a handler ended in a way.
func (r *runs) count(handler string, outcome consumer.RunOutcome) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, run := range r.list {
		if run.Handler == handler && run.Outcome == outcome {
			n++
		}
	}
	return n
}

// deployment is a queue of one test and a dispatcher that takes from it.
type deployment struct {
	*testing.T
	publisher  *workqueue.Publisher
	inspector  *workqueue.Inspector
	dispatcher *consumer.Dispatcher
	memory     *cooldown.Store
	stop       func() // ends the dispatcher, once
}

// deploy runs a dispatcher until the test ends or stop is called. It sets the options
// that are missing.
func deploy(t *testing.T, opts consumer.Options, done func(outcome error), declarations ...handler.Declaration) deployment {
	t.Helper()
	rdb, app := redistest.New(t)
	d := deployment{T: t, memory: cooldown.New(rdb, app)}
	var err error
	must := func() {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	opts.Registry, err = handler.NewRegistry(declarations...)
	must()
	if opts.Deduper == nil {
		opts.Deduper = d.memory
	}
	d.publisher, err = workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app})
	must()
	d.inspector, err = workqueue.NewInspector(rdb, app)
	must()
	queue, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{
		App: app, Name: "test", Hooks: workqueue.Hooks{OnFinish: func(_ *workqueue.Delivery, outcome error) { done(outcome) }},
	})
	must()
	d.dispatcher, err = consumer.NewDispatcher(opts)
	must()
	d.dispatcher.Register(queue)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- queue.Run(ctx) }()
	d.stop = sync.OnceFunc(func() {
		cancel()
		if err := testenv.Next(t, stopped); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(d.stop)
	return d
}

// say publishes a message to the bot.
func (d deployment) say(text string, at time.Time) {
	d.Helper()
	d.publish(event.Type(event.Slack, event.MessagePublic), "Ev1", at, handler.Message{Text: text, Mentioned: true})
}

// publish publishes an event.
func (d deployment) publish(eventType, id string, at time.Time, what any) {
	d.Helper()
	payload, err := json.Marshal(what)
	if err != nil {
		d.Fatal(err)
	}
	event := workqueue.Event{Type: eventType, Source: "slack", ID: id, Time: at, Payload: payload}
	if _, err := d.publisher.Publish(d.Context(), event); err != nil {
		d.Fatal(err)
	}
}

// on returns a declaration that does something about messages with a prefix.
func on(prefix string, run func(context.Context) error) handler.Prefix {
	return handler.Prefix{Prefix: prefix, Argument: "rest", Help: "h",
		Run: func(ctx context.Context, _ handler.Message, _ string, _ handler.Responder) error { return run(ctx) }}
}

func TestDispatcher_IsolatesHandlers(t *testing.T) {
	t.Parallel()
	p := &platform{done: make(chan struct{}, 10)}
	var log strings.Builder
	var attempts atomic.Int32
	outcomes := make(chan error, 1)
	var seen runs
	d := deploy(t, consumer.Options{Platforms: slackOnly(p), Watch: seen.watch, Log: zerolog.New(zerolog.SyncWriter(&log))},
		func(outcome error) {
			attempts.Add(1)
			select {
			case outcomes <- outcome:
			default: // a later attempt
			}
		},
		handler.Reaction{Words: []string{"bbq"}, Emoji: []string{"first"}},
		on("bbq!", func(context.Context) error { panic("what somebody said") }),
		on("bbq!!", func(context.Context) error { return errors.New("not today either") }),
		on("bbq!!!", func(ctx context.Context) error {
			if deadline, bounded := ctx.Deadline(); !bounded || time.Until(deadline) > consumer.DefaultActionTimeout {
				t.Error("an action has no timeout of its own")
			}
			return nil
		}),
		handler.Reaction{Words: []string{"bbq"}, Emoji: []string{"last", "end"}},
	)
	d.say("bbq!!!", time.Now())
	testenv.Next(t, p.done)
	outcome := testenv.Next(t, outcomes)
	// The second attempt leaves out the actions that the first has completed.
	testenv.Eventually(t, "the event is tried again", func() bool { return attempts.Load() >= 2 })
	d.stop()

	if want := []string{"first", "last", "end"}; !slices.Equal(said(p), want) {
		t.Errorf("said %q, want %q", said(p), want)
	}
	for _, want := range []struct {
		handler string
		outcome consumer.RunOutcome
		least   int
	}{
		{`reaction to "bbq"`, consumer.RunOK, 1}, {`prefix "bbq!"`, consumer.RunPanic, 2}, {`prefix "bbq!!"`, consumer.RunError, 2},
	} {
		if n := seen.count(want.handler, want.outcome); n < want.least {
			t.Errorf("%s ended with %s %d times, want at least %d", want.handler, want.outcome, n, want.least)
		}
	}
	for _, want := range []string{`prefix "bbq!": panic: a value of type string`, `prefix "bbq!!": not today either`} {
		if outcome == nil || !strings.Contains(outcome.Error(), want) {
			t.Errorf("the outcome does not tell of %s: %v", want, outcome)
		}
	}
	for _, want := range []string{
		`"actions":["reaction to \"bbq\"","prefix \"bbq!\"","prefix \"bbq!!\"","prefix \"bbq!!!\"","reaction to \"bbq\" (2)"],"outcome":"failed"`,
		`"action":"prefix \"bbq!\"","kind":"panic","attempt":1`,
		`"action":"prefix \"bbq!\"","kind":"panic","attempt":2`,
		`"action":"prefix \"bbq!!\"","kind":"error","attempt":1`,
		`consumer_test.go:`, // where the panic was
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("not in the log: %s\n%s", want, log.String())
		}
	}
	if strings.Contains(log.String()+outcome.Error(), "what somebody said") {
		t.Errorf("the panic value is reported: %v\n%s", outcome, log.String())
	}
}

// said returns the posts, without apologies.
func said(p *platform) []string {
	return slices.DeleteFunc(p.heard(), func(s string) bool { return strings.HasPrefix(s, "(Sorry") })
}

// TestDispatcher_FailuresDecideTheOutcome gives one event two actions and checks the
// event's outcome.
func TestDispatcher_FailuresDecideTheOutcome(t *testing.T) {
	t.Parallel()
	later := &laterError{time.Minute}
	broken := errors.New("broken")
	for _, test := range []struct {
		name          string
		first, second error
		want          string // how the outcome's type and text begin
	}{
		{"both are done", nil, nil, ""},
		{"one can never be done", errFinal, nil, "rejected: prefix \"a!\": no such channel"},
		{"one may be done later", broken, nil, "prefix \"a!\": broken"},
		{"one never, the other later", errFinal, broken, "prefix \"a!!\": broken\nprefix \"a!\": no such channel"},
		{"one not before", broken, later, "retry after 1m0s: prefix \"a!\": broken"},
		{"rate limited", nil, later, "postponed by 1m0s: prefix \"a!!\": later"},
		{"rate limited, and refused", errFinal, later, "postponed by 1m0s: prefix \"a!!\": later\nprefix \"a!\": no such channel"},
		{"the target of one is gone", errGone, nil, "discarded: its target no longer exists: prefix \"a!\": the message was deleted"},
		{"one refused, the target of the other gone", errFinal, errGone, "rejected: prefix \"a!\": no such channel"},
		{"the target of one is gone, the other later", errGone, broken, "prefix \"a!!\": broken"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			outcomes := make(chan error, 10)
			d := deploy(t, consumer.Options{Platforms: slackOnly(&platform{})}, func(outcome error) { outcomes <- outcome },
				on("a!", func(context.Context) error { return test.first }),
				on("a!!", func(context.Context) error { return test.second }),
			)
			d.say("a!!", time.Now())
			got := testenv.Next(t, outcomes)
			if test.want == "" && got != nil || test.want != "" && (got == nil || !strings.HasPrefix(got.Error(), test.want)) {
				t.Errorf("%v, want %s", got, test.want)
			}
		})
	}
}

// laterError is an error that says when to try again.
type laterError struct{ after time.Duration }

func (e *laterError) Error() string { return "later" }

// TestDispatcher_ReplayRunsRefusedHandlers gives an event an action that is refused for
// good and one that succeeds, fixes the first, and replays the dead letter.
func TestDispatcher_ReplayRunsRefusedHandlers(t *testing.T) {
	t.Parallel()
	var fixed atomic.Bool
	var refused, succeeded atomic.Int32
	var later atomic.Int64 // by how much the dispatcher's clock is ahead
	d := deploy(t, consumer.Options{
		Platforms: slackOnly(&platform{}),
		Now:       func() time.Time { return time.Now().Add(time.Duration(later.Load())) },
	}, func(error) {},
		on("a!", func(context.Context) error {
			refused.Add(1)
			if !fixed.Load() {
				return errFinal
			}
			return nil
		}),
		on("a!!", func(context.Context) error {
			succeeded.Add(1)
			return nil
		}),
	)
	d.say("a!!", time.Now().Add(-5*time.Second))
	var dead []workqueue.DeadLetter
	testenv.Eventually(t, "it is a dead letter", func() bool {
		var err error
		dead, err = d.inspector.ListDeadLetters(t.Context(), event.Type(event.Slack, event.MessagePublic), "", 10)
		return err == nil && len(dead) == 1
	})
	fixed.Store(true)
	later.Store(int64(27 * time.Second)) // it is older than 30 s now
	if err := d.inspector.Replay(t.Context(), event.Type(event.Slack, event.MessagePublic), dead[0].ID); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the refused action is done", func() bool { return refused.Load() == 2 })
	d.stop()
	if n := succeeded.Load(); n != 1 {
		t.Errorf("the other action ran %d times", n)
	}
}
