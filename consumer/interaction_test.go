package consumer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/cooldown"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// interactive is a platform with controls and forms. An interaction is JSON.
type interactive struct {
	*platform
	timeout time.Duration // 2 s if it is 0
	expired bool          // triggers are too old
	updates []error       // of the updates of forms, the first of them first
	updated time.Time     // when the last form was updated
	asker   string        // of the messages that are read
	page    string        // that was published
}

// use is an interaction on an interactive platform.
type use struct {
	Kind                    consumer.InteractionKind
	ID, User, Text, Channel string
	Field, Typed, AnswerTo  string
	Values                  handler.Values
	Emoji, Message          string
	Shown                   []string // names of fields
	View                    string
}

func (p *interactive) Decode(ctx context.Context, e workqueue.Event) (consumer.Incoming, error) {
	kind, _ := event.KindOf(e.Source, e.Type)
	if kind != event.Interaction && kind != event.ReactionAdded && kind != event.HomeOpened {
		return p.platform.Decode(ctx, e)
	}
	u, err := decode[use](e)
	in := handler.Interaction{Platform: e.Source, User: u.User, Text: u.Text, Values: u.Values, Time: e.Time, Channel: handler.Channel{Name: u.Channel}}
	if u.Message != "" {
		in.Message = &handler.Message{ID: u.Message}
	}
	switch kind {
	case event.ReactionAdded:
		in.Message = &handler.Message{ID: "1"}
		return consumer.ReactionAdded{Interaction: in, Emoji: u.Emoji}, err
	case event.HomeOpened:
		return consumer.HomeOpened{Interaction: in}, err
	}
	var shown []handler.Field
	for _, name := range u.Shown {
		shown = append(shown, handler.Field{Name: name, Max: 5})
	}
	return consumer.Interaction{Interaction: in, Kind: u.Kind, ID: u.ID, Field: u.Field, Typed: u.Typed, AnswerTo: u.AnswerTo, Shown: shown, View: u.View}, err
}

func (p *interactive) AnswerTimeout() time.Duration {
	if p.timeout == 0 {
		return 2 * time.Second
	}
	return p.timeout
}

func (p *interactive) Verdict(_ consumer.Interaction, v handler.Validation) ([]byte, error) {
	if _, ok := v.Errors["no such field"]; ok {
		return nil, errors.New("the form has no such field")
	}
	if v.Taken() {
		return []byte("taken"), nil
	}
	if v.Next != nil {
		return fmt.Appendf(nil, "next %s %d fields, Load %v", v.Next.ID, len(v.Next.Fields), v.Next.Load != nil), nil
	}
	return json.Marshal(v.Errors)
}

func (p *interactive) Choices(_ consumer.Interaction, options []handler.Option) ([]byte, error) {
	return json.Marshal(options)
}

func (p *interactive) Responder(in consumer.Incoming, _ string) consumer.Responder {
	return &presenter{&responder{platform: p.platform}, p}
}

func (p *interactive) ReadMessage(_ context.Context, m *handler.Message) error {
	m.Asker = p.asker
	return nil
}

func (p *interactive) PublishHome(_ context.Context, in consumer.HomeOpened, page handler.Reply, _ string) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.page = in.User + ": " + page.Text
	return true, nil
}

// presenter records the forms that it shows.
type presenter struct {
	*responder
	on *interactive
}

func (r *presenter) show(ctx context.Context, verb string, v consumer.FormView) error {
	var names []string
	for _, f := range v.Fields {
		names = append(names, f.Name)
	}
	return r.say(ctx, fmt.Sprintf("%s form %s%q %s%s", verb, v.Form.ID, names, v.Data, v.Notice))
}

func (r *presenter) ShowForm(ctx context.Context, v consumer.FormView) error {
	if r.on.expired {
		return consumer.ErrTriggerExpired
	}
	return r.show(ctx, "show", v)
}

func (r *presenter) UpdateForm(ctx context.Context, v consumer.FormView) error {
	r.on.mu.Lock()
	r.on.updated = time.Now()
	if len(r.on.updates) > 0 {
		err := r.on.updates[0]
		r.on.updates = r.on.updates[1:]
		r.on.mu.Unlock()
		return err
	}
	r.on.mu.Unlock()
	return r.show(ctx, "update", v)
}

// waiting is a gateway that waits for answers, and records them.
type waiting struct {
	mu    sync.Mutex
	given map[string]string // event id, by address
	list  []string
	late  bool // the gateway does not wait any more
	fails []error
	gave  time.Time // when the last answer was given
}

func (a *waiting) Give(_ context.Context, to, eventID string, answer []byte) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.given == nil {
		a.given = map[string]string{}
	}
	if holder, ok := a.given[to]; a.late || ok && holder != eventID {
		return false, nil
	} else if !ok {
		a.given[to] = eventID
		a.list, a.gave = append(a.list, string(answer)), time.Now()
	}
	if len(a.fails) > 0 {
		err := a.fails[0]
		a.fails = a.fails[1:]
		return false, err
	}
	return true, nil
}

func (a *waiting) all() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.list)
}

// testForm reports an error for the word "wrong", fails for "broken", panics for "panic"
// and is late for "slow".
var testForm = &handler.Form{
	ID: "test", Title: "A test", Fields: []handler.Field{
		{Name: "word", Label: "A word"},
		{Name: "city", Label: "A city", Kind: handler.Select, Optional: true, Lookup: func(_ context.Context, _ handler.Interaction, typed string) ([]handler.Option, error) {
			return []handler.Option{{Label: typed + "-upon-Tyne"}}, nil
		}},
	},
	Validate: func(ctx context.Context, i handler.Interaction) (handler.Validation, error) {
		switch i.Values.First("word") {
		case "wrong":
			return handler.Validation{Errors: map[string]string{"word": "not that one"}}, nil
		case "misnamed":
			return handler.Validation{Errors: map[string]string{"no such field": "not that one"}}, nil
		case "broken":
			return handler.Validation{}, errors.New("the shop is closed")
		case "panic":
			panic("what somebody wrote")
		case "slow":
			<-ctx.Done()
			return handler.Validation{}, ctx.Err()
		}
		return handler.Validation{}, nil
	},
	Run: func(ctx context.Context, i handler.Interaction, r handler.Responder) error {
		return r.Reply(ctx, handler.Text("ran "+i.Values.First("word")))
	},
	OnClose: func(ctx context.Context, _ handler.Interaction, r handler.Responder) error {
		return r.DM(ctx, handler.Text("closed"))
	},
}

// controls are declarations of all kinds.
func controls() []handler.Declaration {
	reply := func(text string) func(context.Context, handler.Interaction, handler.Responder) error {
		return func(ctx context.Context, i handler.Interaction, r handler.Responder) error {
			return r.Reply(ctx, handler.Text(text+i.Text))
		}
	}
	return []handler.Declaration{
		handler.Help{Trigger: "help", Help: "explains", Home: true},
		handler.Command{Trigger: "coin", Help: "flips a coin", Text: "heads"},
		handler.SlashCommand{Command: "gopher", Help: "says anything", Commands: true},
		handler.SlashCommand{Command: "weather", Help: "shows the weather", Run: reply("weather in ")},
		handler.Action{ID: "approve", Help: "approves", Only: "moderator", Run: reply("approved")},
		handler.Action{ID: "fill-in", Help: "opens a form", Form: testForm},
		handler.Shortcut{ID: "load", Title: "Load", Help: "opens a form", Form: &handler.Form{
			ID: "loaded", Title: "Loaded", Run: reply("loaded"),
			Load: func(_ context.Context, i handler.Interaction) ([]handler.Field, error) {
				if i.User == "U13" {
					return nil, errors.New("no luck")
				}
				return []handler.Field{{Name: "of-" + strings.ToLower(i.User), Label: "Yours"}}, nil
			},
		}},
		handler.ReactionAdded{Emoji: []string{"x"}, Help: "removes an answer", Run: func(ctx context.Context, i handler.Interaction, r handler.Responder) error {
			return r.Edit(ctx, handler.Text("removed for "+i.Message.Asker))
		}},
	}
}

// TestDispatcher_Interactions handles one interaction each and checks what the person
// gets.
func TestDispatcher_Interactions(t *testing.T) {
	t.Parallel()
	const unknown = "(I no longer know what to do with this: it is from an earlier version of me. Please ask me again.)"
	const again = `{"":"Something went wrong, and nothing is lost. Please press the button again."}`
	for _, test := range []struct {
		name   string
		use    use
		kind   event.Kind // Interaction if empty
		on     interactive
		old    time.Duration
		late   bool
		said   []string
		given  []string
		result string // how the outcome begins, "" for none
	}{
		{name: "a slash command runs a command", use: use{Kind: consumer.SlashCommand, ID: "gopher", Text: "coin"}, said: []string{"heads"}},
		{name: "a slash command of its own", use: use{Kind: consumer.SlashCommand, ID: "weather", Text: "Oslo"}, said: []string{"weather in Oslo"}},
		{name: "a slash command that nobody declares", use: use{Kind: consumer.SlashCommand, ID: "gone"}, said: []string{unknown}},
		{name: "an action without the role", use: use{Kind: consumer.Action, ID: "approve", User: "U2"}, said: []string{"(Only people with the role `moderator` can do that.)"}},
		{name: "an action with the role", use: use{Kind: consumer.Action, ID: "approve", User: "U1"}, said: []string{"approved"}},
		{name: "an action of an earlier release", use: use{Kind: consumer.Action, ID: "gone"}, said: []string{unknown}},
		{name: "an action opens a form", use: use{Kind: consumer.Action, ID: "fill-in"}, said: []string{`show form test["word" "city"] `}},
		{name: "an action opens a form too late", use: use{Kind: consumer.Action, ID: "fill-in"}, on: interactive{expired: true},
			said: []string{"(It took me too long to open the form. Please try again.)"}},
		{name: "a form with Load", use: use{Kind: consumer.Shortcut, ID: "load", User: "U7"},
			said: []string{`show form loaded[] One moment …`, `update form loaded["of-u7"] `}},
		{name: "a shortcut of an earlier release", use: use{Kind: consumer.Shortcut, ID: "gone"}, said: []string{unknown}},
		{name: "a form that is taken", use: use{Kind: consumer.Submit, ID: "test", AnswerTo: "g/1", Values: handler.Values{"word": {"yes"}}},
			given: []string{"taken"}, said: []string{"ran yes"}},
		{name: "a form with an error", use: use{Kind: consumer.Submit, ID: "test", AnswerTo: "g/1", Values: handler.Values{"word": {"wrong"}}},
			given: []string{`{"word":"not that one"}`}},
		{name: "a form with an error at a field that it lacks", use: use{Kind: consumer.Submit, ID: "test", AnswerTo: "g/1", Values: handler.Values{"word": {"misnamed"}}},
			given: []string{again}},
		{name: "Validate fails", use: use{Kind: consumer.Submit, ID: "test", AnswerTo: "g/1", Values: handler.Values{"word": {"broken"}}}, given: []string{again}},
		{name: "Validate panics", use: use{Kind: consumer.Submit, ID: "test", AnswerTo: "g/1", Values: handler.Values{"word": {"panic"}}}, given: []string{again}},
		{name: "Validate is late", use: use{Kind: consumer.Submit, ID: "test", AnswerTo: "g/1", Values: handler.Values{"word": {"slow"}}},
			on: interactive{timeout: 50 * time.Millisecond}, given: []string{again}},
		{name: "the verdict is late", use: use{Kind: consumer.Submit, ID: "test", AnswerTo: "g/1", Values: handler.Values{"word": {"yes"}}}, late: true,
			result: "discarded: the verdict about the form came too late"},
		{name: "nobody waits for the verdict", use: use{Kind: consumer.Submit, ID: "test", Values: handler.Values{"word": {"yes"}}}, said: []string{"ran yes"}},
		{name: "nobody waits for the errors", use: use{Kind: consumer.Submit, ID: "test", Values: handler.Values{"word": {"wrong"}}},
			said: []string{"(I could not take the form *A test*:)", "(• not that one)"}},
		{name: "an old submission is not discarded", use: use{Kind: consumer.Submit, ID: "test", AnswerTo: "g/1", Values: handler.Values{"word": {"yes"}}},
			old: time.Hour, given: []string{"taken"}, said: []string{"ran yes"}},
		{name: "a form of an earlier release", use: use{Kind: consumer.Submit, ID: "gone", AnswerTo: "g/1"},
			given: []string{`{"":"I no longer know what to do with this: it is from an earlier version of me. Please ask me again."}`}},
		{name: "a form of an earlier release for which nobody waits", use: use{Kind: consumer.Submit, ID: "gone"}, said: []string{unknown}},
		{name: "a form that is closed", use: use{Kind: consumer.Close, ID: "test"}, said: []string{"DM: closed"}},
		{name: "a lookup", use: use{Kind: consumer.Lookup, ID: "test", Field: "city", Typed: "Newcastle", AnswerTo: "g/1"},
			given: []string{`[{"Label":"Newcastle-upon-Tyne","Value":"","Hint":""}]`}},
		{name: "an old lookup", use: use{Kind: consumer.Lookup, ID: "test", Field: "city", AnswerTo: "g/1"}, old: time.Minute, result: "discarded: 1m0s old"},
		{name: "a lookup in a field that the form lacks", use: use{Kind: consumer.Lookup, ID: "test", Field: "gone", AnswerTo: "g/1"},
			result: "discarded: lookup failed: the form has no such field any more"},
		{name: "a field that changed", use: use{Kind: consumer.Refresh, ID: "loaded", User: "U7"}, said: []string{`update form loaded["of-u7"] `}},
		{name: "an emoji", kind: event.ReactionAdded, use: use{Emoji: "x"}, on: interactive{asker: "U5"}, said: []string{"edit: removed for U5"}},
		{name: "another emoji", kind: event.ReactionAdded, use: use{Emoji: "tada"}},
		{name: "an old emoji", kind: event.ReactionAdded, use: use{Emoji: "x"}, old: time.Minute, result: "discarded: 1m0s old"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, gateway := test.on, &waiting{late: test.late}
			p.platform = &platform{}
			outcomes := make(chan error, 10)
			d := deploy(t, consumer.Options{
				Platforms: map[string]consumer.Platform{event.Slack: &p}, Answers: gateway,
				Roles: func(source, user string) []handler.Role {
					if source == event.Slack && user == "U1" {
						return []handler.Role{"moderator"}
					}
					return nil
				},
			}, func(outcome error) { outcomes <- outcome }, controls()...)
			kind := test.kind
			if kind == "" {
				kind = event.Interaction
			}
			d.publish(event.Type(event.Slack, kind), "Ev1", time.Now().Add(-test.old), test.use)
			outcome := testenv.Next(t, outcomes)
			if test.result == "" && outcome != nil || test.result != "" && (outcome == nil || !strings.HasPrefix(outcome.Error(), test.result)) {
				t.Errorf("the outcome is %v, want %q", outcome, test.result)
			}
			if said := p.heard(); !slices.Equal(said, test.said) {
				t.Errorf("said %q, want %q", said, test.said)
			}
			if given := gateway.all(); !slices.Equal(given, test.given) {
				t.Errorf("the gateway got %q, want %q", given, test.given)
			}
		})
	}
}

// A form whose Load fails says so, and is not opened again.
func TestDispatcher_LoadFails(t *testing.T) {
	t.Parallel()
	p := &interactive{platform: &platform{}}
	outcomes := make(chan error, 10)
	d := deploy(t, consumer.Options{Platforms: map[string]consumer.Platform{event.Slack: p}, Answers: &waiting{}},
		func(outcome error) { outcomes <- outcome }, controls()...)
	d.publish(event.Type(event.Slack, event.Interaction), "Ev1", time.Now(), use{Kind: consumer.Shortcut, ID: "load", User: "U13"})
	if outcome := testenv.Next(t, outcomes); outcome == nil || !strings.Contains(outcome.Error(), "no luck") {
		t.Errorf("the first outcome is %v", outcome)
	}
	if outcome := testenv.Next(t, outcomes); outcome != nil {
		t.Errorf("the second outcome is %v", outcome)
	}
	if want := []string{`show form loaded[] One moment …`, `update form loaded[] I could not load this form. Please close it and try again.`}; !slices.Equal(p.heard(), want) {
		t.Errorf("said %q, want %q", p.heard(), want)
	}
}

// The answer of Redis to a verdict is lost. The next attempt gives the same verdict, even
// if Validate has changed its mind, and runs the form once.
func TestDispatcher_VerdictIsGivenOnce(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		word, given string
		said        []string
	}{
		{"taken", "taken at first", "taken", []string{"ran taken at first"}},
		{"refused", "refused at first", `{"word":"no"}`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, gateway := &interactive{platform: &platform{}}, &waiting{fails: []error{errors.New("the connection was lost")}}
			validated := 0
			form := &handler.Form{ID: "fickle", Title: "Fickle", Fields: testForm.Fields[:1], Run: testForm.Run,
				Validate: func(_ context.Context, i handler.Interaction) (handler.Validation, error) {
					validated++
					if takes := strings.HasPrefix(i.Values.First("word"), "taken"); takes == (validated == 1) {
						return handler.Validation{}, nil
					}
					return handler.Validation{Errors: map[string]string{"word": "no"}}, nil
				},
			}
			outcomes := make(chan error, 10)
			d := deploy(t, consumer.Options{Platforms: map[string]consumer.Platform{event.Slack: p}, Answers: gateway},
				func(outcome error) { outcomes <- outcome }, form)
			d.publish(event.Type(event.Slack, event.Interaction), "Ev1", time.Now(),
				use{Kind: consumer.Submit, ID: "fickle", AnswerTo: "g/1", Values: handler.Values{"word": {test.word}}})
			if outcome := testenv.Next(t, outcomes); outcome == nil {
				t.Error("the first attempt is complete, and the gateway's answer was lost")
			}
			if outcome := testenv.Next(t, outcomes); outcome != nil {
				t.Errorf("the second outcome is %v", outcome)
			}
			if given := gateway.all(); validated != 1 || !slices.Equal(given, []string{test.given}) || !slices.Equal(p.heard(), test.said) {
				t.Errorf("validated %d times; the gateway got %q, want %q; said %q, want %q", validated, given, test.given, p.heard(), test.said)
			}
		})
	}
}

// Run fails after the verdict was given: the retry runs Run alone.
func TestDispatcher_RunIsRetriedAlone(t *testing.T) {
	t.Parallel()
	p, gateway := &interactive{platform: &platform{fails: []error{errors.New("Slack is away")}}}, &waiting{}
	outcomes := make(chan error, 10)
	var seen runs
	d := deploy(t, consumer.Options{Platforms: map[string]consumer.Platform{event.Slack: p}, Answers: gateway, Watch: seen.watch},
		func(outcome error) { outcomes <- outcome }, controls()...)
	d.publish(event.Type(event.Slack, event.Interaction), "Ev1", time.Now(),
		use{Kind: consumer.Submit, ID: "test", AnswerTo: "g/1", Values: handler.Values{"word": {"yes"}}})
	if outcome := testenv.Next(t, outcomes); outcome == nil {
		t.Error("the first attempt is complete")
	}
	if outcome := testenv.Next(t, outcomes); outcome != nil {
		t.Errorf("the second outcome is %v", outcome)
	}
	if n := seen.count(`validate form "test"`, consumer.RunOK); n != 1 || !slices.Equal(gateway.all(), []string{"taken"}) || !slices.Equal(said(p.platform), []string{"ran yes"}) {
		t.Errorf("validated %d times, given %q, said %q", n, gateway.all(), said(p.platform))
	}
}

// Two people decide about a message at the same time: one decision is made.
func TestDispatcher_DecidesOnce(t *testing.T) {
	t.Parallel()
	p := &interactive{platform: &platform{}}
	outcomes := make(chan error, 10)
	decide := func(id string) handler.Action {
		return handler.Action{ID: id, Help: "decides", Once: "decision", Run: func(ctx context.Context, i handler.Interaction, r handler.Responder) error {
			return r.Reply(ctx, handler.Text(id+" by "+i.User))
		}}
	}
	d := deploy(t, consumer.Options{Platforms: map[string]consumer.Platform{event.Slack: p}, Answers: &waiting{}},
		func(outcome error) { outcomes <- outcome }, decide("approve"), decide("decline"))
	press := func(eventID, action, user, message string) {
		d.publish(event.Type(event.Slack, event.Interaction), eventID, time.Now(), use{Kind: consumer.Action, ID: action, User: user, Message: message})
	}
	press("Ev1", "approve", "U1", "1")
	press("Ev2", "decline", "U2", "1")
	press("Ev3", "decline", "U3", "2")
	for range 3 {
		if outcome := testenv.Next(t, outcomes); outcome != nil {
			t.Error(outcome)
		}
	}
	decided, refused := 0, 0
	for _, line := range p.heard() {
		if strings.HasPrefix(line, "(Somebody ") {
			refused++
		} else {
			decided++
		}
	}
	if decided != 2 || refused != 1 || !slices.Contains(p.heard(), "decline by U3") {
		t.Errorf("said %q, want a decision about each message", p.heard())
	}
}

func TestDispatcher_PublishesTheHomePage(t *testing.T) {
	t.Parallel()
	p := &interactive{platform: &platform{}}
	outcomes := make(chan error, 1)
	d := deploy(t, consumer.Options{Platforms: map[string]consumer.Platform{event.Slack: p}, Answers: &waiting{}},
		func(outcome error) { outcomes <- outcome }, controls()...)
	d.publish(event.Type(event.Slack, event.HomeOpened), "Ev1", time.Now(), use{User: "U9"})
	if outcome := testenv.Next(t, outcomes); outcome != nil {
		t.Fatal(outcome)
	}
	if !strings.HasPrefix(p.page, "U9: *Mention me") || !strings.Contains(p.page, "`/gopher`") || !strings.Contains(p.page, "*Load* (a shortcut)") {
		t.Errorf("the page is %q", p.page)
	}
}

// A platform that has forms cannot work without a way to answer.
func TestNewDispatcher_WantsAnswers(t *testing.T) {
	t.Parallel()
	registry, err := handler.NewRegistry(controls()...)
	if err != nil {
		t.Fatal(err)
	}
	_, err = consumer.NewDispatcher(consumer.Options{Platforms: map[string]consumer.Platform{event.Slack: &interactive{platform: &platform{}}},
		Registry: registry, Deduper: (*cooldown.Store)(nil)})
	if err == nil || !strings.Contains(err.Error(), `platform of source "slack" has forms: want Answers`) {
		t.Error(err)
	}
}
