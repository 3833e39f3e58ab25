package app

import (
	"context"
	"errors"
	"net/http"
	"os/exec"
	"slices"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/doctor"
	"github.com/gobridge/gopherbot/internal/event"
)

// doctorConns is the number of Doctor's connections to Redis.
const doctorConns = 1

// doctorTimeout bounds the checks of one subject.
const doctorTimeout = 30 * time.Second

// Finding is the result of one check of a deployment.
type Finding struct {
	// Check names the check, such as "redis version".
	Check string `json:"check"`
	// Status is "ok", "warning" (the state may be intended) or "failure" (a part of the bot
	// does not work, or will not after the next outage).
	Status string `json:"status"`
	// Message describes the state, in one line.
	Message string `json:"message"`
	// Fix says how to fix it, in one line. "" if there is nothing to do.
	Fix string `json:"fix,omitempty"`
}

// DoctorOptions are the checks that Doctor makes besides those of the configuration, Redis and
// the platforms' side.
type DoctorOptions struct {
	// Started has it check the processes, too. It is false before they are started: then only
	// what the configuration decides is a failure, and the state of Slack, Redis and the queue is
	// at most a warning.
	Started bool
	// OpenSocket has it open one of Slack's sockets for a moment, if there is an app token.
	// Slack may give that socket a press of somebody, who then gets an error.
	OpenSocket bool
}

// examination has the facts that the checks of a platform need from the other checks.
type examination struct {
	started, openSocket bool
	// state is what the processes have left in Redis, nil if Redis did not answer.
	state *recorded
}

// Doctor checks the deployment that environ configures. It changes nothing.
func Doctor(ctx context.Context, content handler.Content, environ []string, opts DoctorOptions) ([]Finding, error) {
	if err := check(content); err != nil {
		return nil, err
	}
	environ = Environ(content, environ)
	list, err := examine(ctx, content, environ, opts)
	if !opts.Started {
		list = doctor.Release(list)
	}
	findings := make([]Finding, len(list))
	for i, f := range list {
		findings[i] = Finding{f.Check, string(f.Status), f.Message, f.Fix}
	}
	return findings, err
}

// readsContact reports whether a community's content names the contact for people who need
// help.
func readsContact(content handler.Content, c config.Config) (reads bool) {
	setting := func(name string) string {
		reads = reads || name == "GOPHER_ADMIN_CONTACT"
		value, _ := c.Value(name)
		return value
	}
	if _, err := content.Registry(handler.Services{Setting: setting}); err != nil {
		return false // a consumer says so when it starts
	}
	return reads
}

func examine(ctx context.Context, content handler.Content, environ []string, opts DoctorOptions) ([]doctor.Finding, error) {
	c, err := config.LoadAll(environ)
	e := env{config: c, content: content, environ: environ}
	var notifyErr error
	if err == nil {
		e.notify, notifyErr = c.Notify(config.NotifyOptions{Environ: environ, Handlers: content.CallbackTypes()})
	}
	list := doctor.Configuration(errors.Join(err, notifyErr))
	for _, d := range config.Deprecations(environ) {
		list = append(list, doctor.Deprecated(d.Was, d.Name))
	}
	for _, u := range unknownVariables(content, environ) {
		list = append(list, doctor.UnknownVariable(u.Name, u.Nearest))
	}
	if err != nil {
		return list, nil // the other checks need the configuration
	}
	for _, warning := range c.SecretWarnings() {
		list = append(list, doctor.WeakSecret(warning.Message, warning.Fix))
	}
	if !opts.Started && !config.IsSet(environ, "ENV") {
		list = append(list, doctor.NoEnvironment())
	}
	if c.AdminContact == "" && readsContact(content, c) {
		list = append(list, doctor.NoContact())
	}
	if notifyErr == nil {
		// Not by Notify: the programs of consumers need not be on this machine.
		list = append(list, doctor.Notify(doctor.Notifications{Config: e.notify, Environ: environ, LookPath: exec.LookPath})...)
	}
	transport := newTransport(http.DefaultMaxIdleConnsPerHost)
	defer transport.CloseIdleConnections()
	within := func(examine func(context.Context) ([]doctor.Finding, error)) error {
		ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
		defer cancel()
		found, err := examine(ctx)
		list = append(list, found...)
		return err
	}
	of := examination{started: opts.Started, openSocket: opts.OpenSocket}
	err = within(func(ctx context.Context) (found []doctor.Finding, _ error) {
		found, of.state = examineRedis(ctx, e, opts.Started)
		return found, nil
	})
	for _, p := range e.platforms() {
		err = errors.Join(err, within(func(ctx context.Context) ([]doctor.Finding, error) { return p.examine(ctx, e, transport, of) }))
	}
	return list, errors.Join(err, ctx.Err())
}

// speaks returns the channels in which the bot posts.
func (e env) speaks() ([]doctor.Channel, error) {
	registry, err := e.content.Registry(handler.Services{})
	if err != nil {
		return nil, err
	}
	var list []doctor.Channel
	for _, info := range registry.Infos() {
		if info.Kind == handler.JoinInfo && info.Trigger != "" {
			list = append(list, doctor.Channel{Name: info.Trigger, Does: "welcomes new members", Member: true})
		}
	}
	for _, a := range e.config.Announcements() {
		if a.Channel.Source == event.Slack {
			list = append(list, doctor.Channel{Name: a.Channel.Channel, Does: "posts announcements (" + a.Variable + ")"})
		}
	}
	list = append(list, e.notifies()...)
	// Two feeds may go to one channel.
	return slices.CompactFunc(list, func(a, b doctor.Channel) bool { return a == b }), nil
}
