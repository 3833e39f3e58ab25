package consumer

import (
	"context"
	"errors"

	"github.com/gobridge/gopherbot/handler"
)

// OpenForm shows a form, once for each run of the handler. A form with Load is shown as
// "one moment" and updated, since Load may take longer than the trigger lives.
func (a *resumableResponder) OpenForm(ctx context.Context, form *handler.Form, data string) error {
	if err := context.Cause(a.ctx); err != nil {
		return err
	}
	presenter, ok := a.to.(FormPresenter)
	switch {
	case ok:
	case form.Fallback != "":
		return a.Reply(ctx, handler.Text(form.Fallback))
	default:
		return handler.ErrUnsupported
	}
	if a.interaction != nil && !form.Only.Admits(a.interaction.Roles) {
		return a.ReplyEphemeral(ctx, form.Only.Refusal())
	}
	ctx, cancel := a.bound(ctx)
	defer cancel()
	step := a.name + ": form " + form.ID
	settled := step + " loaded"
	switch {
	case a.progress.completed(step) && (form.Load == nil || a.progress.completed(settled)):
		return nil
	case a.progress.completed(step): // the person has seen "one moment" since, and only its trigger knew the form
		return a.ReplyEphemeral(ctx, handler.Text(loadFailed))
	}
	view := FormView{Form: form, Fields: form.Fields, Data: data}
	if form.Load != nil {
		view.Notice = "One moment …"
	}
	switch err := presenter.ShowForm(ctx, view); {
	case errors.Is(err, ErrTriggerExpired):
		return a.ReplyEphemeral(ctx, handler.Text("It took me too long to open the form. Please try again."))
	case err != nil:
		return err
	}
	a.did(step)
	if form.Load == nil {
		return nil
	}
	var i handler.Interaction
	if a.interaction != nil {
		i = *a.interaction
	}
	i.Data = data
	fields, err := form.FieldsFor(ctx, i)
	view.Fields, view.Notice = fields, ""
	if err != nil {
		view.Fields, view.Notice = nil, loadFailed
	}
	updated := presenter.UpdateForm(ctx, view)
	if updated == nil {
		a.did(settled)
	}
	return errors.Join(err, updated)
}

// loadFailed is shown in place of a form whose fields could not be loaded.
const loadFailed = "I could not load this form. Please close it and try again."

// did notes a completed step, to be recorded if the action fails.
func (a *resumableResponder) did(step string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.made = append(a.made, step)
}
