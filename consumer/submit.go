package consumer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/workqueue"
)

// Answers passes an answer to the gateway that waits for it.
type Answers interface {
	// Give passes the answer of an event to the address of a gateway. given is false if
	// the gateway waits no more: then the person has got another answer. It is true
	// for each call with the same event, of which the first alone has an effect.
	Give(ctx context.Context, to, eventID string, answer []byte) (given bool, err error)
}

// The steps of a form that is validated. The decision is recorded before the gateway gets
// it: an event that is delivered again must not decide otherwise than the person saw.
const (
	stepTaken   = "verdict: taken"
	stepRefused = "verdict: refused"
	stepGiven   = "verdict: given" // the person knows that the form was taken
)

const (
	// answerMemory is how long the gateway's side remembers who answered. A taken form
	// whose verdict may not have been given is not run after that.
	answerMemory = 110 * time.Second
	// notTaken is shown at a form that could not be validated in time or at all.
	notTaken = "Something went wrong, and nothing is lost. Please press the button again."
)

// submit validates a form, passes the verdict to the person who waits, and runs the form
// if it was taken and the person knows.
func (d *Dispatcher) submit(ctx context.Context, o request, in Interaction, form *handler.Form) ([]string, error) {
	name := "validate " + form.Name()
	switch {
	case o.completed(stepGiven):
	case o.completed(stepRefused):
		return []string{name}, nil
	case form.Validate != nil, in.AnswerTo != "": // who waits is told, also if an earlier release's form waits for nothing now
		taken, err := d.validate(ctx, o, in, form)
		if err != nil || !taken {
			return []string{name}, err
		}
	case form.Only.Admits(in.Roles): // others are refused by the run
		if mistakes := handler.CheckValues(expected(form, in), in.Values); len(mistakes) > 0 {
			return []string{name}, d.tell(ctx, o, form, handler.Validation{Errors: mistakes})
		}
	}
	if form.OnClose != nil {
		if err := d.noteSubmitted(ctx, o, in); err != nil {
			return []string{name}, err
		}
	}
	return d.runAll(ctx, o, tasks([]handler.Match{d.opts.Registry.Submit(form, in.Interaction)}))
}

// submittedFor is how long it is remembered that a form was submitted. A platform may report
// within seconds that it was closed, too.
const submittedFor = time.Hour

func viewKey(o request, in Interaction) string {
	return key("submitted", event.Workspace{Source: o.Source, ID: in.Workspace}.String(), in.View)
}

// noteSubmitted remembers that a form was taken, so that it was not given up.
func (d *Dispatcher) noteSubmitted(ctx context.Context, o request, in Interaction) error {
	if in.View == "" {
		return nil
	}
	holder, done, _, err := d.opts.Deduper.Reserve(ctx, viewKey(o, in), o.ID)
	if err != nil || holder != o.ID || done {
		return err
	}
	return d.opts.Deduper.Commit(ctx, viewKey(o, in), o.ID, "", submittedFor)
}

// wasSubmitted reports whether a form that is closed was taken before.
func (d *Dispatcher) wasSubmitted(ctx context.Context, o request, in Interaction) (bool, error) {
	if in.View == "" {
		return false, nil
	}
	holder, _, _, err := d.opts.Deduper.Reserve(ctx, viewKey(o, in), o.ID)
	return holder != o.ID, err
}

// expected returns the fields to whose declarations submitted values are held. Where the
// platform tells which fields the person saw it is these: the form may be from an earlier
// release, or have fields that Load returned.
func expected(form *handler.Form, in Interaction) []handler.Field {
	if in.Shown == nil {
		return form.Fields
	}
	fields := slices.Clone(in.Shown)
	for i, shown := range fields {
		if at := slices.IndexFunc(form.Fields, func(f handler.Field) bool { return f.Name == shown.Name }); at >= 0 {
			fields[i] = form.Fields[at]
		}
	}
	return fields
}

// validate decides about a form and passes the verdict on. It reports whether the form
// was taken and the person knows.
func (d *Dispatcher) validate(ctx context.Context, o request, in Interaction, form *handler.Form) (taken bool, err error) {
	var v handler.Validation
	switch decided := o.completed(stepTaken); {
	case decided && in.AnswerTo != "" && (d.opts.Now().Sub(o.ReceivedAt) > answerMemory || d.opts.Now().Sub(o.QueuedAt) > answerMemory):
		return false, workqueue.DiscardAs(workqueue.OtherDiscard, "it is not known whether the person saw that the form was taken")
	case !decided:
		if v, err = d.decide(ctx, o, in, form); err != nil {
			// The person submits again, which is another event.
			d.opts.Log.Error().Err(err).Str("event_id", o.ID).Str("request_id", o.RequestID).Str("action", form.Name()).
				Msg("validate a form; the person is asked to submit it again")
			v = handler.Validation{Errors: map[string]string{"": notTaken}}
		}
	}
	var next *loading
	if v.Next != nil && v.Next.Load != nil && in.AnswerTo != "" {
		next = d.loadNext(ctx, o, in, v)
		defer next.cancel()
		v.Next = next.shown(o.ReceivedAt.Add(o.platform.(Interactor).AnswerTimeout() * 3 / 4))
	}
	answer, err := o.platform.(Interactor).Verdict(in, v)
	if err != nil {
		d.opts.Log.Error().Err(err).Str("event_id", o.ID).Str("request_id", o.RequestID).Str("action", form.Name()).
			Msg("render the verdict about a form: correct what Validate returns")
		v, next = handler.Validation{Errors: map[string]string{"": notTaken}}, nil
		if answer, err = o.platform.(Interactor).Verdict(in, v); err != nil {
			return false, workqueue.Reject(err)
		}
	}
	step := stepRefused
	if v.Taken() {
		step = stepTaken
	}
	if !o.completed(step) {
		if err := o.complete(ctx, step); err != nil {
			return false, err
		}
	}
	if in.AnswerTo == "" {
		return v.Taken(), d.tell(ctx, o, form, v)
	}
	given, err := d.opts.Answers.Give(ctx, in.AnswerTo, o.ID, answer)
	switch {
	case err != nil:
		return false, fmt.Errorf("pass the verdict about a form to the gateway: %w", err)
	case !given:
		return false, workqueue.DiscardAs(workqueue.OtherDiscard, "the verdict about the form came too late; the person was asked to submit it again")
	case next != nil:
		return false, d.updateNext(ctx, o, v, next)
	case !v.Taken():
		return false, nil
	default:
		return true, o.complete(ctx, stepGiven)
	}
}

// decide checks the values, and calls Validate with the time that is left of the person's
// waiting.
func (d *Dispatcher) decide(ctx context.Context, o request, in Interaction, form *handler.Form) (v handler.Validation, err error) {
	if !form.Only.Admits(in.Roles) {
		return lacksRole(form), nil
	}
	if mistakes := handler.CheckValues(expected(form, in), in.Values); len(mistakes) > 0 || form.Validate == nil {
		return handler.Validation{Errors: mistakes}, nil
	}
	ctx, cancel := d.waiting(ctx, o)
	defer cancel()
	err = d.observed(ctx, o.platform, "validate "+form.Name(), func(ctx context.Context) error {
		var decided handler.Validation
		err := await(ctx, func() (err error) {
			decided, err = form.Validate(ctx, in.Interaction)
			return err
		})
		if err == nil { // an abandoned Validate may still write to decided
			v = decided
		}
		return err
	})
	if err == nil && v.Next != nil && !v.Next.Only.Admits(in.Roles) {
		return lacksRole(v.Next), nil
	}
	return v, err
}

// lacksRole is the verdict about a person who may not use a form.
func lacksRole(form *handler.Form) handler.Validation {
	return handler.Validation{Errors: map[string]string{"": "Only people with the role " + string(form.Only) + " can do that."}}
}

// waiting returns a context that ends when the gateway stops to wait for an answer.
func (d *Dispatcher) waiting(ctx context.Context, o request) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, o.ReceivedAt.Add(o.platform.(Interactor).AnswerTimeout()))
}

// tell answers privately a person for whom no gateway waits: the form was opened by an
// earlier release, which did not validate it.
func (d *Dispatcher) tell(ctx context.Context, o request, form *handler.Form, v handler.Validation) error {
	if len(v.Errors) == 0 {
		return nil
	}
	lines := []string{"I could not take the form *" + form.Title + "*:"}
	for _, field := range slices.Sorted(maps.Keys(v.Errors)) {
		lines = append(lines, "• "+v.Errors[field])
	}
	_, err := d.runAll(ctx, o, []task{{
		Match: handler.Match{Name: form.Name(), Direct: true},
		run: func(ctx context.Context, r handler.Responder) error {
			return r.ReplyEphemeral(ctx, handler.Text(strings.Join(lines, "\n")))
		},
	}})
	return err
}
