package notify

import (
	"context"
	"slices"
	"strings"

	"github.com/gobridge/gopherbot/gateway/notify/apikey"
	"github.com/gobridge/gopherbot/gateway/notify/problem"
	"github.com/gobridge/gopherbot/internal/event"
)

// place is a chat of a bot.
type place struct {
	bot  Bot
	chat event.Chat
}

// same reports whether both are one chat, by whichever of id, address and name both have.
func (p place) same(other place) bool {
	a, b := p.chat, other.chat
	switch {
	case p.bot.Name != other.bot.Name:
		return false
	case a.ID != "" || b.ID != "":
		return a.ID == b.ID
	case a.Email != "" || b.Email != "":
		return a.Email == b.Email
	default:
		return a.Name == b.Name
	}
}

// target is what a request says about the place.
type target struct{ chat, bot, botID string }

// resolve returns the place that a request means, if its key may post there.
func (a *API) resolve(ctx context.Context, key *apikey.Key, t target) (place, *problem.Problem) {
	named, p := a.namedBot(t)
	if p != nil {
		return place{}, p
	}
	if t.chat == "" {
		var ok bool
		if t.chat, ok = a.defaultAlias(); !ok {
			return place{}, problem.New(problem.MissingChat, "give chat_id: there is no default chat")
		}
	}
	found, p := a.locate(ctx, named, t.chat, func() []string { return a.near(ctx, key, t.chat) })
	if p != nil {
		return place{}, p
	}
	_, isAlias := a.opts.Config.Chats[t.chat]
	switch {
	case !key.MayUse(found.bot.Name):
		return place{}, problem.New(problem.Forbidden, "this key may not use the bot %s", found.bot.Name)
	case found.chat.Email != "" && !isAlias && !key.Direct:
		return place{}, problem.New(problem.ChatNotAllowed, "this key may not send to people by their e-mail addresses")
	}
	allowed, p := a.allowed(ctx, key, found)
	switch {
	case p != nil:
		return place{}, p
	case !allowed:
		return place{}, problem.New(problem.ChatNotAllowed, "this key may not send to that chat")
	}
	return found, nil
}

// namedBot returns the bot that a request names, nil if it names none.
func (a *API) namedBot(t target) (*Bot, *problem.Problem) {
	var named *Bot
	for _, by := range []struct {
		given string
		is    func(Bot) bool
	}{
		{t.bot, func(b Bot) bool { return b.Name == t.bot }},
		{t.botID, func(b Bot) bool { return strings.EqualFold(b.ID, t.botID) }},
	} {
		if by.given == "" {
			continue
		}
		i := slices.IndexFunc(a.opts.Bots, by.is)
		switch {
		case i < 0:
			return nil, problem.New(problem.UnknownBot, "there is no such bot: want %s", a.botNames())
		case named != nil && named.Name != a.opts.Bots[i].Name:
			return nil, problem.New(problem.BotMismatch, "bot and bot_id are two bots")
		}
		named = &a.opts.Bots[i]
	}
	return named, nil
}

// locate returns the one place that a text names: as an alias, after the name of a bot, or in
// a platform's form.
func (a *API) locate(ctx context.Context, named *Bot, text string, near func() []string) (place, *problem.Problem) {
	of, alias := text, ""
	if chat, ok := a.opts.Config.Chats[text]; ok {
		of, alias = chat.ID, text
		if bot, ok := a.bot(chat.Bot); ok && named == nil {
			named = &bot
		}
	} else if name, rest, ok := strings.Cut(text, ":"); ok {
		if bot, ok := a.bot(name); ok {
			if named != nil && named.Name != bot.Name {
				return place{}, problem.New(problem.BotMismatch, "chat_id names the bot %s, and the request another", bot.Name)
			}
			named, of = &bot, rest
		}
	}
	bots := a.opts.Bots
	if named != nil {
		bots = []Bot{*named}
	}
	sure, maybe, p := lookUp(ctx, bots, of)
	if p != nil {
		return place{}, p
	}
	candidates := sure
	if len(sure) == 0 {
		candidates = maybe
	}
	switch {
	case len(candidates) == 0:
		return place{}, unknownChat(near())
	case len(sure) > 1:
		return place{}, problem.New(problem.AmbiguousChat, "several bots know a chat of that name: give bot, one of %s", a.botNames())
	case len(candidates) > 1:
		return place{}, problem.New(problem.MissingBot, "give bot, one of %s", a.botNames())
	}
	found := candidates[0]
	found.chat.Alias = alias
	return found, nil
}

// lookUp returns the places that a text names, those that exist for sure apart.
func lookUp(ctx context.Context, bots []Bot, text string) (sure, maybe []place, p *problem.Problem) {
	for _, bot := range bots {
		chat, known, err := bot.Platform.Chat(ctx, text)
		switch {
		case err != nil:
			return nil, nil, queueUnavailable(err)
		case chat == event.Chat{}:
		case known:
			sure = append(sure, place{bot, chat})
		default:
			maybe = append(maybe, place{bot, chat})
		}
	}
	return sure, maybe, nil
}

// allowed reports whether a place is on the key's list. The entries are compared as places:
// a chat has several names.
func (a *API) allowed(ctx context.Context, key *apikey.Key, where place) (bool, *problem.Problem) {
	if len(key.Chats) == 0 || where.chat.Alias != "" && slices.Contains(key.Chats, where.chat.Alias) {
		return true, nil
	}
	for _, entry := range key.Chats {
		listed, p := a.locate(ctx, nil, entry, func() []string { return nil })
		switch {
		case p == nil && listed.same(where):
			return true, nil
		case p != nil && p.Cause != nil:
			return false, p
		}
	}
	return false, nil
}

func (a *API) bot(name string) (Bot, bool) {
	i := slices.IndexFunc(a.opts.Bots, func(b Bot) bool { return b.Name == name })
	if i < 0 {
		return Bot{}, false
	}
	return a.opts.Bots[i], true
}

func (a *API) botNames() string {
	names := make([]string, len(a.opts.Bots))
	for i, b := range a.opts.Bots {
		names[i] = b.Name
	}
	return strings.Join(names, ", ")
}

// defaultAlias returns the alias of the default chat, "" if that has none.
func (a *API) defaultAlias() (string, bool) {
	for name, chat := range a.opts.Config.Chats {
		if chat.Default {
			return name, true
		}
	}
	return "", false
}
