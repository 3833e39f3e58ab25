package ops

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/control"
)

// Targets are what operators can pause, silence, ignore and look for.
type Targets struct {
	// Platforms are the sources of the configured platforms.
	Platforms []string
	// Handlers returns the names of the handlers that can be paused.
	Handlers func() ([]string, error)
	// Find returns the Name and the Label of the control of a channel or a person that an
	// operator has named. If there is none, problem is a sentence that says what to write
	// instead. An error says that Redis does not answer.
	Find func(ctx context.Context, kind control.Kind, named string) (name, label, problem string, err error)
	// Event returns what recognizes an event that an operator has named by its id, the id of
	// its request or the link of its message, or a sentence about what is wrong.
	Event func(named string) (match MatchEvent, problem string)
}

// setControl is a control as the page shows it.
type setControl struct {
	control.Control
	Since time.Time `json:"since"`
}

// controls answers with what is set, and what can be.
func (p *Page) controls(w http.ResponseWriter, r *http.Request, _ operator) {
	ctx, cancel := context.WithTimeout(r.Context(), redisTimeout)
	defer cancel()
	list, err := p.opts.Controls.List(ctx)
	if err != nil {
		p.unavailable(w, r, err)
		return
	}
	handlers, err := p.opts.Targets.Handlers()
	if err != nil {
		p.unavailable(w, r, err)
		return
	}
	set := []setControl{}
	for _, c := range list {
		set = append(set, setControl{c, c.At})
	}
	answer(w, map[string]any{
		"set": set, "platform": p.opts.Targets.Platforms, "type": p.opts.Types, "handler": handlers,
	})
}

// actions are those of setting and ending a control of a kind.
func actions(kind control.Kind) (set, end audit.Action) {
	switch kind {
	case control.Channel:
		return audit.Silence, audit.Unsilence
	case control.Person:
		return audit.Ignore, audit.Unignore
	default:
		return audit.Pause, audit.Resume
	}
}

// setControl sets the control in the request's JSON.
func (p *Page) setControl(w http.ResponseWriter, r *http.Request, o operator) {
	var in struct {
		Kind      control.Kind
		Name, Why string
	}
	if !posted(w, r, &in) {
		return
	}
	c, problem, err := p.toSet(r.Context(), in.Kind, in.Name)
	switch {
	case err != nil:
		p.unavailable(w, r, err)
		return
	case problem != "":
		refuse(w, http.StatusBadRequest, problem)
		return
	}
	c.By, c.Why = o.Who, in.Why
	action, _ := actions(c.Kind)
	e := o.does(action, c.String())
	e.Detail = c.Why
	_, err = p.act(r, e, func(ctx context.Context) (int64, error) {
		_, _, err := p.opts.Controls.Set(ctx, c)
		return 0, err
	})
	p.acted(w, r, 0, err)
}

// toSet returns a control by what an operator named, or a sentence about what is wrong.
func (p *Page) toSet(ctx context.Context, kind control.Kind, named string) (c control.Control, problem string, err error) {
	c = control.Control{Kind: kind, Name: named}
	known := p.opts.Targets.Platforms
	switch kind {
	case control.Platform:
	case control.EventType:
		known = p.opts.Types
	case control.Handler:
		if known, err = p.opts.Targets.Handlers(); err != nil {
			return c, "", err
		}
	case control.Channel, control.Person:
		ctx, cancel := context.WithTimeout(ctx, redisTimeout)
		defer cancel()
		c.Name, c.Label, problem, err = p.opts.Targets.Find(ctx, kind, named)
		return c, problem, err
	default:
		return c, fmt.Sprintf("kind %.40q: want one of %v", string(kind), control.Kinds()), nil
	}
	if !slices.Contains(known, named) {
		problem = fmt.Sprintf("There is no %s %.80q. Choose one of the list.", kind, named)
	}
	return c, problem, nil
}

// endControl ends the control in the request's JSON.
func (p *Page) endControl(w http.ResponseWriter, r *http.Request, o operator) {
	var in struct {
		Kind control.Kind
		Name string
	}
	if !posted(w, r, &in) {
		return
	}
	_, action := actions(in.Kind)
	_, err := p.act(r, o.does(action, control.Control{Kind: in.Kind, Name: in.Name}.String()), func(ctx context.Context) (int64, error) {
		_, err := p.opts.Controls.Clear(ctx, in.Kind, in.Name)
		return 0, err
	})
	p.acted(w, r, 0, err)
}
