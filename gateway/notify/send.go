package notify

import (
	"context"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"slices"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
	"github.com/gobridge/gopherbot/gateway/notify/send"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/lazyregexp"
	"github.com/gobridge/gopherbot/internal/mention"
)

const (
	jsonType = "application/json"
	formType = "multipart/form-data"
)

// send takes one message.
func (a *API) send(ctx context.Context, c *call) (reply, *problem.Problem) {
	wait, idempotencyKey, noParse, p := a.sendOptions(c)
	if p != nil {
		return reply{}, p
	}
	got, p := a.take(ctx, c, idempotencyKey, noParse)
	if p != nil {
		return reply{}, p
	}
	return a.settle(ctx, c, got, wait)
}

// idempotencyForm is the form of an idempotency key: visible ASCII.
var idempotencyForm = lazyregexp.New(`^[!-~]{1,128}$`)

// sendOptions reads what a request says beside its body.
func (a *API) sendOptions(c *call) (wait time.Duration, idempotencyKey string, noParse bool, p *problem.Problem) {
	if p := c.queryOf("wait", "no_parse"); p != nil {
		return 0, "", false, p
	}
	if given := c.query.Get("no_parse"); c.query.Has("no_parse") {
		if given != "true" && given != "false" {
			return 0, "", false, problem.New(problem.InvalidOption, "no_parse must be true or false")
		}
		noParse = given == "true"
	}
	keys := c.r.Header.Values("Idempotency-Key")
	if len(keys) > 1 || len(keys) == 1 && !idempotencyForm().MatchString(keys[0]) {
		return 0, "", false, problem.New(problem.InvalidOption, "Idempotency-Key must have 1 to 128 visible ASCII characters")
	}
	if len(keys) == 1 {
		idempotencyKey = keys[0]
	}
	wait, p = a.waitFor(c)
	return wait, idempotencyKey, noParse, p
}

// take reads, checks and accepts a message. The memory of its body is free when it returns.
func (a *API) take(ctx context.Context, c *call, idempotencyKey string, noParse bool) (acceptance, *problem.Problem) {
	body, release, p := a.bodies.open(c)
	if p != nil {
		return acceptance{}, p
	}
	defer release()
	request, p := a.parse(c, body)
	if p != nil {
		return acceptance{}, p
	}
	wanted, p := request.Check(a.opts.Config.MaxFile)
	if p != nil {
		return acceptance{}, p
	}
	wanted.Message.Parse = !noParse
	o := offer{id: newID(), fresh: true, content: wanted.Content, ttl: wanted.TTL}
	if idempotencyKey != "" {
		var err error
		if o.hash, err = wanted.Hash(); err != nil {
			return acceptance{}, problem.New(problem.InvalidJSON, "the request cannot be compared with others")
		}
		o.id, o.fresh, o.keep = derivedID(c.key.Name, idempotencyKey), false, max(a.opts.Config.KeepIdempotent, DedupWindow)
	}
	where, p := a.resolve(ctx, c.key, target{wanted.ChatID, wanted.Bot, wanted.BotID})
	if p != nil {
		return acceptance{}, p
	}
	c.bot, c.chat = where.bot.Name, where.chat.String()
	if o.message, p = a.address(c, wanted, where); p != nil {
		return acceptance{}, p
	}
	return a.accept(ctx, c, o)
}

// parse reads the body of a request as its header says.
func (a *API) parse(c *call, body io.Reader) (send.Request, *problem.Problem) {
	media, params, p := c.mediaType(jsonType, formType)
	if p != nil {
		return send.Request{}, p
	}
	if media == formType {
		boundary := params["boundary"]
		if boundary == "" || len(boundary) > 70 { // RFC 2046
			return send.Request{}, problem.New(problem.BadForm, "Content-Type names no boundary of the form")
		}
		return send.ParseForm(multipart.NewReader(body, boundary), a.opts.Config.MaxFile)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return send.Request{}, unread(err)
	}
	return send.ParseJSON(text)
}

// address completes a message that goes to a place, and checks what depends on that.
func (a *API) address(c *call, wanted send.Wanted, where place) (event.Message, *problem.Problem) {
	m := wanted.Message
	m.Bot, m.Chat, m.Broadcast = where.bot.Source, where.chat, c.key.Broadcast
	if m.Parse && !m.Broadcast && slices.ContainsFunc(mention.Find(m.Text), func(f mention.Mention) bool { return f.Kind == mention.All }) {
		return m, problem.New(problem.BroadcastNotAllowed, "this key may not notify everyone: leave out @mention[all], or add no_parse=true")
	}
	if m.Thread != "" {
		thread, ok := where.bot.Platform.Thread(m.Thread, m.Chat)
		if !ok {
			return m, problem.New(problem.UnknownThread, "thread names no message of that chat: want a sync_id, or the platform's id of a message")
		}
		m.Thread = thread
	}
	wishes := where.bot.Platform.Unsupported(m)
	if len(wishes) == 0 {
		return m, nil
	}
	names := slices.Sorted(maps.Keys(wishes))
	if !wanted.IgnoreUnsupported {
		var why []string
		for _, name := range names {
			why = append(why, fmt.Sprintf("%s (%s)", name, wishes[name]))
		}
		return m, problem.New(problem.UnsupportedOption, "the bot %s cannot do %s; leave it out, or give on_unsupported: ignore", where.bot.Name, strings.Join(why, ", "))
	}
	for _, name := range names {
		m.Warnings = append(m.Warnings, string(problem.UnsupportedOption)+":"+name)
		leaveOut(&m, name)
	}
	return m, nil
}

// leaveOut takes a wish out of a message.
func leaveOut(m *event.Message, name string) {
	switch name {
	case "opts.silent":
		m.Options.Silent = false
	case "opts.stealth":
		m.Options.Stealth = false
	case "opts.force_dnd":
		m.Options.ForceDND = false
	case "opts.no_notify":
		m.Options.NoNotify = false
	case "mentions":
		m.Mentions = nil
	}
}
