package consumer

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/workqueue"
)

// loading is the form that Validate shows next, whose fields Load is about to return.
type loading struct {
	form   *handler.Form
	cancel context.CancelFunc
	done   chan struct{} // closed when the fields below are set
	fields []handler.Field
	err    error
	// whole is set if the person sees the form with its fields already.
	whole bool
}

// loadNext begins to load the form that is shown in place of the submitted one.
func (d *Dispatcher) loadNext(ctx context.Context, o request, in Interaction, v handler.Validation) *loading {
	l := &loading{form: v.Next, done: make(chan struct{})}
	ctx, l.cancel = context.WithTimeout(ctx, d.opts.ActionTimeout)
	in.Data = v.NextData
	go func() {
		defer close(l.done)
		l.err = d.observed(ctx, o.platform, "load "+l.form.Name(), func(ctx context.Context) error {
			var fields []handler.Field
			err := await(ctx, func() (err error) {
				fields, err = l.form.FieldsFor(ctx, in.Interaction)
				return err
			})
			if err == nil { // an abandoned Load may still write to fields
				l.fields = fields
			}
			return err
		})
	}()
	return l
}

// shown returns the form as the verdict shows it: with its fields if they are there before
// a time, or else as one that is loaded.
func (l *loading) shown(until time.Time) *handler.Form {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-l.done:
		if l.err == nil {
			form := *l.form
			form.Fields, form.Load, l.whole = slices.Clone(l.fields), nil, true
			return &form
		}
	case <-timer.C:
	}
	return l.form
}

// verdictShown is how long after the gateway got a verdict the platform shows it. An update
// that the platform gets before would be undone by the verdict.
const verdictShown = time.Second

// updateNext fills in the form that the person sees as "one moment", if it was not loaded
// in time for the verdict.
func (d *Dispatcher) updateNext(ctx context.Context, o request, v handler.Validation, l *loading) error {
	presenter, ok := o.respond().(FormPresenter)
	if l.whole || !ok {
		return nil
	}
	if !pause.For(ctx, verdictShown) {
		return context.Cause(ctx)
	}
	<-l.done // Load has a timeout
	view := FormView{Form: l.form, Fields: l.fields, Data: v.NextData}
	if l.err != nil {
		view.Notice = loadFailed
	}
	ctx, cancel := context.WithTimeout(ctx, d.opts.ActionTimeout)
	defer cancel()
	if err := errors.Join(l.err, presenter.UpdateForm(ctx, view)); err != nil { // the person has the form in front of them, and closes it
		return workqueue.DiscardAs(workqueue.OtherDiscard, "load "+l.form.Name()+" failed: "+err.Error())
	}
	return nil
}
