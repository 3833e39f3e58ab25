package consumer_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// submitTest deploys a dispatcher whose moderator is U1.
type submitTest struct {
	*interactive
	gateway  *waiting
	outcomes chan error
	publish  func(use)
}

func newSubmitTest(t *testing.T, gateway *waiting, p *interactive, declarations ...handler.Declaration) *submitTest {
	t.Helper()
	p.platform = &platform{}
	s := &submitTest{interactive: p, gateway: gateway, outcomes: make(chan error, 10)}
	d := deploy(t, consumer.Options{
		Platforms: map[string]consumer.Platform{event.Slack: p}, Answers: gateway,
		Roles: func(_, user string) []handler.Role {
			if user == "U1" {
				return []handler.Role{"moderator"}
			}
			return nil
		},
	}, func(outcome error) { s.outcomes <- outcome }, declarations...)
	s.publish = func(u use) { d.publish(event.Type(event.Slack, event.Interaction), "Ev1", time.Now(), u) }
	return s
}

// got publishes an interaction, waits for its last outcome, and checks the answers.
func (s *submitTest) got(t *testing.T, u use, attempts int, given, said []string) {
	t.Helper()
	s.publish(u)
	for range attempts {
		testenv.Next(t, s.outcomes)
	}
	if got := s.gateway.all(); !slices.Equal(got, given) {
		t.Errorf("the gateway got %q, want %q", got, given)
	}
	if got := s.heard(); !slices.Equal(got, said) {
		t.Errorf("said %q, want %q", got, said)
	}
}

// What a form declares holds for values that no client of the platform's would submit:
// neither Validate nor Run sees them.
func TestDispatcher_ChecksValues(t *testing.T) {
	t.Parallel()
	run := func(ctx context.Context, i handler.Interaction, r handler.Responder) error {
		return r.Reply(ctx, handler.Text("ran with "+i.Values.First("color")+i.Values.First("word")+i.Values.First("extra")))
	}
	fields := []handler.Field{{Name: "color", Label: "Color", Kind: handler.Select, Options: []handler.Option{{Label: "red"}, {Label: "blue"}}}}
	loaded := func(context.Context, handler.Interaction) ([]handler.Field, error) {
		return []handler.Field{{Name: "word", Label: "Word", Max: 5}}, nil
	}
	validate := func(_ context.Context, i handler.Interaction) (handler.Validation, error) {
		return handler.Validation{}, nil
	}
	const refused = `{"color":"Please choose one of the offered values."}`
	for name, test := range map[string]struct {
		form        handler.Form
		use         use
		given, said []string
	}{
		"an offered value":       {handler.Form{Fields: fields, Validate: validate}, use{AnswerTo: "g/1", Values: handler.Values{"color": {"red"}}}, []string{"taken"}, []string{"ran with red"}},
		"a value of no Option":   {handler.Form{Fields: fields, Validate: validate}, use{AnswerTo: "g/1", Values: handler.Values{"color": {"<!channel>"}}}, []string{refused}, nil},
		"no value":               {handler.Form{Fields: fields, Validate: validate}, use{AnswerTo: "g/1"}, []string{`{"color":"Please fill this in."}`}, nil},
		"two values":             {handler.Form{Fields: fields, Validate: validate}, use{AnswerTo: "g/1", Values: handler.Values{"color": {"red", "blue"}}}, []string{`{"color":"Please give one value."}`}, nil},
		"nobody waits":           {handler.Form{Fields: fields}, use{Values: handler.Values{"color": {"green"}}}, nil, []string{"(I could not take the form *A form*:)", "(• Please choose one of the offered values.)"}},
		"nobody waits, offered":  {handler.Form{Fields: fields}, use{Values: handler.Values{"color": {"blue"}}}, nil, []string{"ran with blue"}},
		"a field that none saw":  {handler.Form{Fields: fields}, use{Shown: []string{"color"}, Values: handler.Values{"color": {"blue"}, "extra": {"x"}}}, nil, []string{"ran with blue"}},
		"a field that is loaded": {handler.Form{Load: loaded}, use{Shown: []string{"word"}, Values: handler.Values{"word": {"short"}}}, nil, []string{"ran with short"}},
		"a loaded field's limit": {handler.Form{Load: loaded, Validate: validate}, use{AnswerTo: "g/1", Shown: []string{"word"}, Values: handler.Values{"word": {"too long"}}}, []string{`{"word":"Please write at most 5 characters."}`}, nil},
		"a declared field that an earlier release did not show": {handler.Form{Fields: fields}, use{Shown: []string{"word"}, Values: handler.Values{"word": {"old"}}}, nil, []string{"ran with old"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			form := test.form
			form.ID, form.Title, form.Run = "form", "A form", run
			test.use.Kind, test.use.ID = consumer.Submit, "form"
			newSubmitTest(t, &waiting{}, &interactive{}, &form).got(t, test.use, 1, test.given, test.said)
		})
	}
}

// An earlier release showed the form and had it validated, this one does not: the gateway
// waits all the same, and the form is run only if it got the verdict.
func TestDispatcher_AnswersWhoWaits(t *testing.T) {
	t.Parallel()
	form := handler.Form{ID: "form", Title: "A form", Run: testForm.Run, Fields: testForm.Fields[:1]}
	submitted := use{Kind: consumer.Submit, ID: "form", AnswerTo: "g/1", Values: handler.Values{"word": {"yes"}}}
	newSubmitTest(t, &waiting{}, &interactive{}, &form).got(t, submitted, 1, []string{"taken"}, []string{"ran yes"})
	newSubmitTest(t, &waiting{late: true}, &interactive{}, &form).got(t, submitted, 1, nil, nil)
}

// The role of a form holds however the form is reached, and after it was taken away.
func TestDispatcher_HoldsForms(t *testing.T) {
	t.Parallel()
	asked := func(context.Context, handler.Interaction, string) ([]handler.Option, error) {
		return []handler.Option{{Label: "a secret"}}, nil
	}
	secret := &handler.Form{ID: "secret", Title: "Secret", Only: "moderator", Run: testForm.Run,
		Load: func(context.Context, handler.Interaction) ([]handler.Field, error) {
			return []handler.Field{{Name: "case", Label: "Case", Kind: handler.Select, Lookup: asked}}, nil
		}}
	first := &handler.Form{ID: "first", Title: "First", Validate: func(context.Context, handler.Interaction) (handler.Validation, error) {
		return handler.Validation{Next: secret}, nil
	}}
	opens := handler.Action{ID: "open", Help: "opens a form", Run: func(ctx context.Context, _ handler.Interaction, r handler.Responder) error {
		return r.OpenForm(ctx, secret, "")
	}}
	const only = `{"":"Only people with the role moderator can do that."}`
	for name, test := range map[string]struct {
		use         use
		given, said []string
	}{
		"an Action opens it":  {use{Kind: consumer.Action, ID: "open"}, nil, []string{"(Only people with the role `moderator` can do that.)"}},
		"it is submitted":     {use{Kind: consumer.Submit, ID: "secret"}, nil, []string{"(Only people with the role `moderator` can do that.)"}},
		"somebody waits":      {use{Kind: consumer.Submit, ID: "secret", AnswerTo: "g/1"}, []string{only}, nil},
		"somebody types":      {use{Kind: consumer.Lookup, ID: "secret", Field: "case", AnswerTo: "g/1"}, nil, nil},
		"a field changed":     {use{Kind: consumer.Refresh, ID: "secret"}, nil, nil},
		"Validate shows next": {use{Kind: consumer.Submit, ID: "first", AnswerTo: "g/1"}, []string{only}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.use.User = "U2"
			newSubmitTest(t, &waiting{}, &interactive{}, opens, secret, first).got(t, test.use, 1, test.given, test.said)
		})
	}
	t.Run("a moderator", func(t *testing.T) {
		t.Parallel()
		newSubmitTest(t, &waiting{}, &interactive{}, opens, secret, first).got(t, use{Kind: consumer.Lookup, ID: "secret", User: "U1", Field: "case", AnswerTo: "g/1"}, 1,
			[]string{`[{"Label":"a secret","Value":"","Hint":""}]`}, nil)
	})
}

// A form that Validate shows next has its fields in the verdict if they are there in time.
// If not, the update comes when the platform has shown the verdict, which would undo it.
func TestDispatcher_LoadsTheNextForm(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		takes       time.Duration
		fails       bool
		given, said string
	}{
		"in time":   {0, false, "next next 1 fields, Load false", ""},
		"later":     {800 * time.Millisecond, false, "next next 0 fields, Load true", `update form next["word"] `},
		"it failed": {0, true, "next next 0 fields, Load true", `update form next[] I could not load this form. Please close it and try again.`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			next := &handler.Form{ID: "next", Title: "Next", Run: testForm.Run,
				Load: func(ctx context.Context, _ handler.Interaction) ([]handler.Field, error) {
					timer := time.NewTimer(test.takes)
					defer timer.Stop()
					select {
					case <-timer.C:
					case <-ctx.Done():
					}
					if test.fails {
						return nil, errors.New("no luck")
					}
					return testForm.Fields[:1], ctx.Err()
				}}
			first := &handler.Form{ID: "first", Title: "First", Validate: func(context.Context, handler.Interaction) (handler.Validation, error) {
				return handler.Validation{Next: next}, nil
			}}
			var said []string
			if test.said != "" {
				said = []string{test.said}
			}
			s := newSubmitTest(t, &waiting{}, &interactive{timeout: 800 * time.Millisecond}, first, next)
			s.got(t, use{Kind: consumer.Submit, ID: "first", AnswerTo: "g/1"}, 1, []string{test.given}, said)
			if after := s.updated.Sub(s.gateway.gave); test.said != "" && after < time.Second {
				t.Errorf("updated %v after the verdict, which the platform may show later", after)
			}
		})
	}
}

// The platform does not update a form that shows "one moment": the person is told, once.
func TestDispatcher_UpdateFails(t *testing.T) {
	t.Parallel()
	s := newSubmitTest(t, &waiting{}, &interactive{updates: []error{errors.New("too many requests")}}, controls()...)
	s.got(t, use{Kind: consumer.Shortcut, ID: "load", User: "U7"}, 2, nil,
		[]string{`show form loaded[] One moment …`, "(I could not load this form. Please close it and try again.)"})
}

// A form that nobody waits for is run until it succeeds, however long that takes.
func TestDispatcher_RunsOldForms(t *testing.T) {
	t.Parallel()
	p := &interactive{platform: &platform{fails: []error{errors.New("Slack is away")}}}
	outcomes := make(chan error, 10)
	d := deploy(t, consumer.Options{
		Platforms: map[string]consumer.Platform{event.Slack: p}, Answers: &waiting{},
		Now: func() time.Time {
			p.mu.Lock()
			defer p.mu.Unlock()
			if len(p.fails) == 0 { // the first attempt has failed
				return time.Now().Add(time.Hour)
			}
			return time.Now()
		},
	}, func(outcome error) { outcomes <- outcome }, controls()...)
	d.publish(event.Type(event.Slack, event.Interaction), "Ev1", time.Now(), use{Kind: consumer.Submit, ID: "test", Values: handler.Values{"word": {"yes"}}})
	for range 2 {
		testenv.Next(t, outcomes)
	}
	if got := said(p.platform); !slices.Equal(got, []string{"ran yes"}) {
		t.Errorf("said %q", got)
	}
}

// A platform reports that a form was closed which was submitted before: it was not given up.
// Another form was, and so was one that was refused.
func TestDispatcher_ClosesAfterSubmitting(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		word, closes string
		said         []string
	}{
		"the same form":         {"yes", "V1", []string{"ran yes"}},
		"another form":          {"yes", "V2", []string{"ran yes", "DM: closed"}},
		"one that was refused":  {"wrong", "V1", []string{"DM: closed"}},
		"a platform without id": {"yes", "", []string{"ran yes", "DM: closed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &interactive{platform: &platform{}}
			outcomes := make(chan error, 10)
			d := deploy(t, consumer.Options{Platforms: map[string]consumer.Platform{event.Slack: p}, Answers: &waiting{}},
				func(outcome error) { outcomes <- outcome }, controls()...)
			d.publish(event.Type(event.Slack, event.Interaction), "Ev1", time.Now(),
				use{Kind: consumer.Submit, ID: "test", AnswerTo: "g/1", View: "V1", Values: handler.Values{"word": {test.word}}})
			testenv.Next(t, outcomes)
			d.publish(event.Type(event.Slack, event.Interaction), "Ev2", time.Now(), use{Kind: consumer.Close, ID: "test", View: test.closes})
			testenv.Next(t, outcomes)
			if got := p.heard(); !slices.Equal(got, test.said) {
				t.Errorf("said %q, want %q", got, test.said)
			}
		})
	}
}

// A Validate that ignores the end of its context is abandoned: what it returns later is
// nobody's any more.
func TestDispatcher_AbandonsValidate(t *testing.T) {
	t.Parallel()
	release, returned := make(chan struct{}), make(chan struct{}, 1)
	form := &handler.Form{ID: "stubborn", Title: "Stubborn", Fields: testForm.Fields[:1], Run: testForm.Run,
		Validate: func(context.Context, handler.Interaction) (handler.Validation, error) {
			defer func() { returned <- struct{}{} }()
			testenv.Hold(t, release)
			return handler.Validation{Errors: map[string]string{"word": "too late"}}, nil
		},
	}
	s := newSubmitTest(t, &waiting{}, &interactive{timeout: 50 * time.Millisecond}, form)
	s.got(t, use{Kind: consumer.Submit, ID: "stubborn", AnswerTo: "g/1", Values: handler.Values{"word": {"yes"}}}, 1,
		[]string{`{"":"Something went wrong, and nothing is lost. Please press the button again."}`}, nil)
	close(release)
	testenv.Next(t, returned)
}
