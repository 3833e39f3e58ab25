package notifyconfig

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// bots reads the section bots.
func (v value) bots(c *Config) {
	v.entries(func(name string, v value) {
		if !namePattern().MatchString(name) {
			v.wrong("%s is not the name of a bot: want %s", quote(name), nameForm)
			return
		}
		// express-botx has no other platform, and its documents do not name it.
		platform := "botx"
		text := func(v value) { v.text() }
		v.object(fields{
			"platform": func(v value) { platform = v.oneOf("botx", event.Slack) },
			"host":     text, "id": text, "secret": text, "token": text, "timeout": text,
		})
		switch {
		case platform == "botx":
			v.wrong("it is a bot of eXpress, and %s; Slack's bot exists by itself and is called %s", laterRelease, event.Slack)
		case platform == event.Slack && name != event.Slack:
			v.wrong("Slack's bot exists by itself and is called %s: remove this one", event.Slack)
		case platform == event.Slack:
			c.Bots[name] = Bot{Platform: platform}
		}
	})
}

// bot reads the name of a bot that exists.
func (v value) bot(c *Config) string {
	name := v.text()
	known := slices.Concat(v.in.Bots, slices.Collect(maps.Keys(c.Bots)))
	slices.Sort(known)
	known = slices.Compact(known)
	if name != "" && !slices.Contains(known, name) {
		v.wrong("there is no bot %s%s", quote(name), hint(name, known))
		return ""
	}
	return name
}

// platforms returns the platforms of bots.
func (c *Config) platforms(bots []string) []string {
	var list []string
	for _, name := range bots {
		platform := name
		if bot, ok := c.Bots[name]; ok {
			platform = bot.Platform
		}
		if !slices.Contains(list, platform) {
			list = append(list, platform)
		}
	}
	return list
}

var chatPattern = lazyregexp.New(`^#?[^\s#<>@|&=,:/"']{1,80}$`)

const chatForm = "a channel's name or id, such as #ops-alerts or C012ABCDEF0"

// chats reads the section chats, and reports whether one is the default.
func (v value) chats(c *Config) (hasDefault bool) {
	defaultName := ""
	v.entries(func(name string, v value) {
		if !isAlias(name) {
			v.wrong("%s is not an alias: want 1 to 80 characters without spaces", quote(name))
			return
		}
		chat := v.chat(c)
		if chat.Default && defaultName != "" {
			v.wrong("%s is the default, too: only one chat can be", quote(defaultName))
		}
		if chat.Default {
			defaultName = name
		}
		c.Chats[name] = chat
	})
	return defaultName != ""
}

func isAlias(name string) bool {
	n := len([]rune(name))
	return n >= 1 && n <= 80 && !strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

// chat reads the chat of an alias: its id alone, or a mapping.
func (v value) chat(c *Config) (chat Chat) {
	if v.isScalar() && !v.isNull() {
		chat.ID = v.chatID()
		return chat
	}
	has := v.object(fields{
		"id":      func(v value) { chat.ID = v.chatID() },
		"bot":     func(v value) { chat.Bot = v.bot(c) },
		"default": func(v value) { v.flag(&chat.Default) },
	})
	v.require(has, "id")
	return chat
}

// chatID reads a chat in its platform's own form.
func (v value) chatID() string {
	id := v.reference()
	if id != "" && !chatPattern().MatchString(id) {
		v.wrong("%s is not a chat: want %s", quote(id), chatForm)
		return ""
	}
	return id
}

// chatName reads an alias, or a chat in its platform's own form, with its bot before it if
// need be.
func (v value) chatName(c *Config) string {
	name := v.reference()
	if _, ok := c.Chats[name]; ok || name == "" {
		return name
	}
	rest := name
	if bot, id, ok := strings.Cut(name, ":"); ok && slices.Contains(append(slices.Collect(maps.Keys(c.Bots)), v.in.Bots...), bot) {
		rest = id
	}
	if !chatPattern().MatchString(rest) {
		v.wrong("%s is not a chat: want an alias of chats, or %s", quote(name), chatForm)
		return ""
	}
	return name
}
