package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/redisx"
	"github.com/gobridge/gopherbot/workqueue"
)

// deployment is what a command sees of a deployment in Redis.
type deployment struct {
	app       string
	settings  config.Config
	queue     *workqueue.Inspector
	reported  *presence.Reader
	controls  *control.Store
	receipts  *receipt.Store
	audit     *audit.Log
	directory func(source string) *channeldir.Directory
	who, from string // the operator
	known     bool   // whether Redis has anything of it
}

// open calls f with the deployment of the configuration, for which Redis is needed.
func (t *tool) open(ctx context.Context, f func(*deployment) error) error {
	settings, err := config.LoadNeeding(t.Environ, "REDIS_URL")
	if err != nil {
		return err
	}
	return t.openWith(ctx, settings, f)
}

// openWith calls f with the deployment of settings that have REDIS_URL.
func (t *tool) openWith(ctx context.Context, settings config.Config, f func(*deployment) error) (err error) {
	rdb, err := redisx.Open(settings, queueConns)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rdb.Close()) }()
	app := string(settings.App)
	queue, err := workqueue.NewInspector(rdb, app)
	if err != nil {
		return err
	}
	d := &deployment{
		app: app, settings: settings, queue: queue, reported: presence.NewReader(rdb, app),
		controls: control.New(rdb, app), receipts: receipt.New(rdb, app), audit: audit.New(rdb, app),
		directory: func(source string) *channeldir.Directory {
			return channeldir.NewDirectory(rdb, app, event.Workspace{Source: source})
		},
	}
	d.who, d.from = audit.Operator(string(settings.Operator))
	if d.known, err = t.checkDeployment(ctx, d.queue, d.reported, d.app); err != nil {
		return err
	}
	return f(d)
}

// do does an act of the operator, and records it in the audit. The act is not done if it
// cannot be recorded, nor if there is no such deployment: nobody would find the record.
func (d *deployment) do(ctx context.Context, action audit.Action, on, detail string, act func(context.Context) (int64, error)) error {
	if !d.known {
		return fmt.Errorf("nothing was done: this Redis has nothing of a deployment %q", d.app)
	}
	return d.audit.Do(ctx, audit.Entry{Who: d.who, From: d.from, Via: audit.Tool, Action: action, On: on, Detail: detail}, act)
}

// errNotConfirmed is the error of a command that the operator has stopped.
var errNotConfirmed = errors.New("not confirmed; nothing was changed")

// agree asks the operator a question that is to be answered with yes, unless yes is set. A
// script has to set it.
func (t *tool) agree(yes bool, question string) error {
	switch {
	case yes:
		return nil
	case !t.Terminal || t.json:
		return fmt.Errorf("%s Add --yes, since this is no terminal that could be asked; nothing was changed", question)
	}
	fmt.Fprintf(t.Out, "%s [y/N] ", question)
	answer, err := t.line()
	if err != nil {
		return err
	}
	if answer = strings.ToLower(answer); answer != "y" && answer != "yes" {
		return errNotConfirmed
	}
	return nil
}

// line reads a line of the input.
func (t *tool) line() (string, error) {
	typed, err := bufio.NewReader(io.LimitReader(t.In, 1000)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("read the answer: %w", err)
	}
	return strings.TrimSpace(typed), nil
}

// progress shows how far a long command has come, on a terminal.
func (t *tool) progress(done, of int, what string) {
	if t.Terminal && !t.json {
		fmt.Fprintf(t.Err, "\r%d of %d %s%s", done, of, what, clearRight)
		if done >= of {
			fmt.Fprintln(t.Err)
		}
	}
}
