package consumer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/workqueue"
)

// assist answers a Lookup or a Refresh. It is not retried: the person has typed on.
func (d *Dispatcher) assist(ctx context.Context, o request, in Interaction) ([]string, error) {
	form := d.opts.Registry.Form(in.ID)
	if form == nil {
		return nil, workqueue.Discard("a field of a form that no declaration knows")
	}
	if !form.Only.Admits(in.Roles) { // they had the role when they opened it
		return nil, workqueue.Discard("a field of a form that this person may not use")
	}
	ctx, cancel := d.waiting(ctx, o)
	defer cancel()
	name := string(in.Kind) + " in " + form.Name()
	err := d.observed(ctx, o.platform, name, func(ctx context.Context) error {
		return await(ctx, func() error {
			fields, err := form.FieldsFor(ctx, in.Interaction)
			if err != nil {
				return err
			}
			if in.Kind == Refresh {
				return d.refresh(ctx, o, in, form, fields)
			}
			return d.lookup(ctx, o, in, fields)
		})
	})
	if err != nil {
		return []string{name}, workqueue.DiscardAs(workqueue.OtherDiscard, fmt.Sprintf("%s failed: %v", in.Kind, err))
	}
	return []string{name}, nil
}

func (d *Dispatcher) refresh(ctx context.Context, o request, in Interaction, form *handler.Form, fields []handler.Field) error {
	presenter, ok := o.respond().(FormPresenter)
	if !ok {
		return handler.ErrUnsupported
	}
	return presenter.UpdateForm(ctx, FormView{Form: form, Fields: fields, Data: in.Data})
}

func (d *Dispatcher) lookup(ctx context.Context, o request, in Interaction, fields []handler.Field) error {
	at := slices.IndexFunc(fields, func(f handler.Field) bool { return f.Name == in.Field && f.Lookup != nil })
	if at < 0 {
		return errors.New("the form has no such field any more")
	}
	options, err := fields[at].Lookup(ctx, in.Interaction, in.Typed)
	if err != nil {
		return err
	}
	answer, err := o.platform.(Interactor).Choices(in, options)
	if err != nil {
		return err
	}
	_, err = d.opts.Answers.Give(ctx, in.AnswerTo, o.ID, answer)
	return err
}
