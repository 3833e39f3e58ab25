package slack

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/internal/slack/blockkit"
)

// formResponder is the Responder of an interaction, which can show forms.
type formResponder struct {
	*responder
	from origin
	// trigger opens one view, within 3 s of the interaction. "" opens none.
	trigger string
	time    time.Time
	// stacked is true within a form, on top of which another is shown.
	stacked bool

	mu sync.Mutex
	// view is the id of the form that was shown, or of the interaction's, "" for none.
	// hash, if not "", guards against replacing a newer view.
	view, hash string
}

// triggerLife is the age from which a trigger is not used at all. Slack decides about
// younger ones, which it takes for 3 s: the interaction's time is by a gateway's clock, which
// may differ from ours.
const triggerLife = 30 * time.Second

// formResponder returns the Responder of an interaction. What its decoded form lacks is
// read from its payload.
func (p *Platform) formResponder(r *responder, in consumer.Interaction) *formResponder {
	parser := parsers.Get()
	defer parsers.Put(parser)
	f := &formResponder{responder: r, time: in.Time}
	v, err := parser.ParseBytes(replaceSurrogates(in.Raw))
	if err != nil {
		return f // Decode has refused such a payload
	}
	if f.from, err = originOf(v, in.Time); err != nil {
		return f
	}
	if in.Message != nil { // what was pressed says whom it answers, and a form of its own does not
		f.from.Asker = in.Message.Asker
	}
	f.trigger = text(v, "trigger_id")
	if view := v.Get("view"); text(view, "type") == "modal" {
		f.view, f.stacked = text(view, "id"), in.Kind == consumer.Refresh
		if f.stacked { // the verdict about a submitted form may have changed it since
			f.hash = text(view, "hash")
		}
	}
	f.answer(p.hooks)
	return f
}

// answer sets the places where the interaction is answered.
func (f *formResponder) answer(poster HookPoster) {
	r, from := f.responder, f.from
	r.elsewhere = true
	if from.Hook != "" && poster != nil {
		r.hook = &hook{poster: poster, address: from.Hook, until: time.Unix(from.HookTime, 0).Add(hookLife), first: from.Slash}
	}
	switch {
	case from.Message == "":
	case !from.Pressed: // chosen: it is answered in its thread
		if r.replies == "" {
			r.replies = from.Message
		}
	case from.Ephemeral:
		r.edits = &said{hook: true}
	default:
		r.edits = &said{channel: from.Channel, ts: from.Message}
	}
}

// OpenForm shows a form with the fields that it declares.
func (f *formResponder) OpenForm(ctx context.Context, form *handler.Form, data string) error {
	if form.Load != nil {
		return fmt.Errorf("show %s, whose fields nobody has loaded: %w", form.Name(), handler.ErrUnsupported)
	}
	return f.ShowForm(ctx, consumer.FormView{Form: form, Fields: form.Fields, Data: data})
}

// ShowForm implements consumer.FormPresenter.
// Source: https://docs.slack.dev/reference/methods/views.open and views.push
func (f *formResponder) ShowForm(ctx context.Context, v consumer.FormView) error {
	switch {
	case f.trigger == "":
		return fmt.Errorf("show %s: only an interaction with a trigger can: %w", v.Form.Name(), handler.ErrUnsupported)
	case time.Since(f.time) > triggerLife:
		return consumer.ErrTriggerExpired
	}
	view, err := f.modal(ctx, v)
	if err != nil {
		return err
	}
	show := f.api.OpenViewContext
	if f.stacked {
		show = f.api.PushViewContext
	}
	shown, err := show(f.mark(ctx), f.trigger, view)
	if answer, ok := errors.AsType[slack.SlackErrorResponse](err); ok && slackapi.TriggerSpent(answer.Err) {
		return fmt.Errorf("%w: %w", consumer.ErrTriggerExpired, err)
	}
	if err != nil {
		return wrap(err, "show %s", v.Form.Name())
	}
	f.shows(shown)
	return nil
}

// UpdateForm implements consumer.FormPresenter. If a newer view was shown meanwhile, that
// one stays.
// Source: https://docs.slack.dev/reference/methods/views.update
func (f *formResponder) UpdateForm(ctx context.Context, v consumer.FormView) error {
	f.mu.Lock()
	id, hash := f.view, f.hash
	f.mu.Unlock()
	if id == "" {
		return fmt.Errorf("update %s: none is shown: %w", v.Form.Name(), handler.ErrUnsupported)
	}
	view, err := f.modal(ctx, v)
	if err != nil {
		return err
	}
	shown, err := f.api.UpdateViewContext(f.mark(ctx), view, "", hash, id)
	if isSlackError(err, "hash_conflict") {
		return nil
	}
	if err != nil {
		return wrap(err, "update %s", v.Form.Name())
	}
	f.shows(shown)
	return nil
}

// shows keeps the view that is shown now.
func (f *formResponder) shows(v *slack.ViewResponse) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.view, f.hash = v.ID, v.Hash
}

// modal renders a form.
func (f *formResponder) modal(ctx context.Context, v consumer.FormView) (slack.ModalViewRequest, error) {
	intro, notice := markup.Parse(v.Form.Intro), markup.Parse(v.Notice)
	if err := f.linkChannels(ctx, []*markup.Doc{&intro, &notice}); err != nil {
		return slack.ModalViewRequest{}, err
	}
	return modal(f.from, v, intro, notice)
}

// modal renders a form with the origin of the interaction that shows it.
func modal(from origin, v consumer.FormView, intro, notice markup.Doc) (slack.ModalViewRequest, error) {
	metadata, err := from.encode(v.Data)
	if err != nil {
		return slack.ModalViewRequest{}, wrap(err, "render %s", v.Form.Name())
	}
	view, err := blockkit.Modal(blockkit.Form{Form: v.Form, Fields: v.Fields, Intro: intro, Notice: notice, Metadata: metadata})
	return view, wrap(err, "render %s", v.Form.Name())
}
