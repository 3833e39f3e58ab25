package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/notify/problem"
	"github.com/gobridge/gopherbot/gateway/notify/send"
	"github.com/gobridge/gopherbot/internal/alert"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/receipt"
)

// maxWebhook is how many bytes the body of a webhook may have.
const maxWebhook = 2 << 20

const (
	// patience is how long the gateway itself tries Redis for Grafana, which sends a webhook
	// that was not accepted only with the group's next.
	patience   = 3 * time.Second
	retryEvery = 250 * time.Millisecond
)

// webhook is the endpoint of a monitoring system.
type webhook struct {
	source   alert.Source
	origin   event.Origin
	config   notifyconfig.Webhook
	options  alert.Options
	patience time.Duration
}

// newWebhooks returns those that are configured, by the names of their endpoints.
func newWebhooks(c notifyconfig.Config) (map[string]*webhook, error) {
	all := map[string]*webhook{}
	for _, w := range []struct {
		config   *notifyconfig.Webhook
		source   alert.Source
		origin   event.Origin
		patience time.Duration
	}{
		{c.Alertmanager, alert.Alertmanager, event.FromAlertmanager, 0},
		{c.Grafana, alert.Grafana, event.FromGrafana, patience},
	} {
		if w.config == nil {
			continue
		}
		made := &webhook{source: w.source, origin: w.origin, config: *w.config, patience: w.patience}
		made.config.TTL = cmp.Or(made.config.TTL, send.DefaultTTL)
		made.config.FollowUp = cmp.Or(made.config.FollowUp, event.PostAnew)
		made.options = alert.Options{
			Levels: w.config.Errors, MaxAlerts: w.config.MaxAlerts, Strict: w.config.StrictTemplates,
			Format: string(cmp.Or(w.config.Format, event.Plain)), TimeZone: w.config.TimeZone, Images: w.config.Images,
		}
		if w.config.Template != "" {
			template, err := alert.ParseTemplate(w.source, w.config.TemplateName, w.config.Template)
			if err != nil {
				return nil, fmt.Errorf("the template of %s: %w", w.source, err)
			}
			made.options.Template = template
		}
		all[string(w.source)] = made
	}
	return all, nil
}

func (a *API) alertmanager(ctx context.Context, c *call) (reply, *problem.Problem) {
	return a.alert(ctx, c, a.webhooks[string(alert.Alertmanager)])
}

func (a *API) grafana(ctx context.Context, c *call) (reply, *problem.Problem) {
	return a.alert(ctx, c, a.webhooks[string(alert.Grafana)])
}

// alert takes the webhook of a monitoring system.
func (a *API) alert(ctx context.Context, c *call, w *webhook) (reply, *problem.Problem) {
	sent, p := a.readWebhook(c, w)
	if p != nil {
		return reply{}, p
	}
	var wait time.Duration // the default is for people: a monitoring system gives up early
	if c.query.Has("wait") || len(c.r.Header.Values("Prefer")) > 0 {
		if wait, p = a.waitFor(c); p != nil {
			return reply{}, p
		}
	}
	if sent.Resolved() && !w.config.SendResolved {
		return reply{status: http.StatusOK, body: Answer{OK: true, Skipped: "resolved"}}, nil
	}
	rendered, p := a.render(c, w, sent)
	if p != nil {
		return reply{}, p
	}
	got, p := a.acceptAlert(ctx, c, w, sent, rendered)
	switch {
	case p != nil:
		return reply{}, p
	case got.earlier != nil && !got.queued:
		body := Answer{OK: true, Duplicate: true, RequestID: got.id, State: got.earlier.State}
		return reply{status: http.StatusOK, body: body, receipt: got.id}, nil
	}
	return a.settle(ctx, c, got, wait)
}

// readWebhook reads the body of a webhook, and authenticates it by the body's signature if
// it has one.
func (a *API) readWebhook(c *call, w *webhook) (*alert.Webhook, *problem.Problem) {
	if _, _, p := c.mediaType(jsonType); p != nil {
		return nil, p
	}
	body, release, err := a.signed.Read(c.w, c.r, maxWebhook)
	if err != nil {
		_, tooLarge := errors.AsType[*http.MaxBytesError](err)
		switch {
		case tooLarge:
			return nil, problem.New(problem.TooLarge, "the body has more than %d bytes", maxWebhook)
		case errors.Is(err, gateway.ErrOverloaded):
			return nil, problem.Later(problem.Overloaded, err, "the server reads as many requests as it can; try again")
		}
		return nil, unread(err)
	}
	defer release()
	if c.key == nil {
		if p := a.verify(c, w, body); p != nil {
			return nil, p
		}
	}
	sent, err := alert.Decode(w.source, body)
	switch {
	case errors.Is(err, alert.ErrNoAlerts):
		return nil, problem.New(problem.NoAlerts, "the webhook has no alerts")
	case err != nil:
		return nil, problem.New(problem.InvalidJSON, "%v", err)
	}
	return sent, nil
}

// webhookChat returns the chat that a webhook means: the query's, the endpoint's, or else
// the only one, "" for the default.
func (a *API) webhookChat(c *call, w *webhook) string {
	chat := cmp.Or(c.query.Get("chat_id"), w.config.DefaultChat)
	if _, hasDefault := a.defaultAlias(); chat != "" || hasDefault || len(a.opts.Config.Chats) != 1 {
		return chat
	}
	for only := range a.opts.Config.Chats {
		chat = only
	}
	return chat
}

// render writes the text of a webhook's message.
func (a *API) render(c *call, w *webhook, sent *alert.Webhook) (alert.Message, *problem.Problem) {
	rendered, err := sent.Render(w.options)
	if err != nil {
		p := problem.New(problem.TemplateError, "the template of %s failed, and strict_templates is set: its operator finds the reason in the log", w.source)
		p.Cause = err
		return alert.Message{}, p
	}
	for _, warning := range rendered.Warnings {
		a.opts.Log.Warn().Str("endpoint", c.endpoint.name).Str("code", warning.Code).Str("request_id", c.requestID()).Msg(warning.Text)
	}
	return rendered, nil
}

// offer returns the message of a webhook for a place.
func (w *webhook) offer(id string, now time.Time, sent *alert.Webhook, rendered alert.Message, where place) offer {
	m := event.Message{
		Origin: w.origin, Bot: where.bot.Source, Chat: where.chat, Text: rendered.Text, Format: event.Format(rendered.Format),
		Status: event.Status(rendered.Status), Parse: w.config.Mentions,
	}
	for _, image := range rendered.Images {
		m.Images = append(m.Images, image.URL)
	}
	for _, warning := range rendered.Warnings {
		m.Warnings = append(m.Warnings, warning.Code)
	}
	group := sent.Group(where.bot.Name, where.id())
	m.Group = &event.Group{Key: group.Key, Status: group.Status, Newest: now.UTC()}
	if w.config.FollowUp != event.PostAnew {
		m.Subject = &event.Subject{Key: group.Key, On: w.config.FollowUp}
	}
	if w.config.FollowUp == event.Update {
		m.Group.Firing = firingLines(sent)
	}
	o := offer{id: id, message: m, ttl: w.config.TTL}
	if w.config.DedupeWindow > time.Hour {
		o.keep = w.config.DedupeWindow // a repetition finds the receipt
	}
	return o
}

// acceptAlert accepts the message of a webhook, unless the same was accepted within the
// window. All copies of it get the id of the first, so that whichever comes when the one
// before has failed, or its gateway has died, goes on with it, and it is queued once.
func (a *API) acceptAlert(ctx context.Context, c *call, w *webhook, sent *alert.Webhook, rendered alert.Message) (acceptance, *problem.Problem) {
	id, now := newID(), a.opts.Now() // the same for all tries
	until := now.Add(w.patience)
	try := func() (acceptance, *problem.Problem) {
		where, p := a.resolve(ctx, c.key, target{chat: a.webhookChat(c, w), bot: c.query.Get("bot")})
		if p != nil {
			return acceptance{}, p
		}
		c.bot, c.chat = where.bot.Name, where.chat.String()
		group := sent.Group(where.bot.Name, where.id())
		report := receipt.Report{Subject: group.Key, State: sent.Key(where.bot.Name, where.id()), Of: group.Newest, Window: w.config.DedupeWindow}
		return a.acceptOnce(ctx, c, w.offer(id, now, sent, rendered, where), report)
	}
	for {
		got, p := try()
		if p == nil || p.Code != problem.QueueUnavailable || a.opts.Now().After(until) || !pause.For(ctx, retryEvery) {
			return got, p
		}
	}
}

func (a *API) acceptOnce(ctx context.Context, c *call, o offer, report receipt.Report) (acceptance, *problem.Problem) {
	if report.Window <= 0 {
		return a.accept(ctx, c, o)
	}
	own := o.id
	bounded := a.deadlines.Context(ctx)
	first, err := a.opts.Receipts.First(bounded, report, own)
	if err != nil {
		return acceptance{}, queueUnavailable(err)
	}
	o.id = first
	got, p := a.accept(ctx, c, o)
	if p == nil && got.queued && first != own {
		if err := a.opts.Receipts.Extend(bounded, report, first); err != nil {
			a.opts.Log.Debug().Err(err).Str("notification", first).Msg("the repetitions of a webhook that was late are recognised less long")
		}
	}
	return got, p
}

// id identifies the chat of a place.
func (p place) id() string { return cmp.Or(p.chat.ID, p.chat.Email, p.chat.Name) }
