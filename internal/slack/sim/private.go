package sim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The kinds of channels, as events name them.
// Source: https://docs.slack.dev/reference/events/message
const (
	publicKind  = "channel"
	privateKind = "group"
	directKind  = "im"
	groupKind   = "mpim" // a group message
)

// scopeSuffixes are the scopes of each kind of channel without their last part, such as "history".
var scopeSuffixes = map[string]string{publicKind: "channels:", privateKind: "groups:", directKind: "im:", groupKind: "mpim:"}

// hasOf reports whether the app has a kind's scope, such as "history". w.mu is held.
func (w *Workspace) hasOf(kind, last string) bool { return w.has(scopeSuffixes[kind] + last) }

// seenBy reports whether someone can see a channel.
func (c *Channel) seenBy(user string) bool {
	return c.Kind == publicKind || slices.Contains(c.Members, user)
}

// CreatePrivateChannel makes a private channel of people and the bot, and returns its id.
// Slack tells apps of no private channel that is made.
func (w *Workspace) CreatePrivateChannel(name, topic string, people ...string) (id string, err error) {
	return w.open(Channel{Name: name, Kind: privateKind, Topic: topic}, people)
}

// OpenGroupMessage begins a group message of people and the bot, and returns its id. Its
// name is made of the members' names, as in Slack.
func (w *Workspace) OpenGroupMessage(people ...string) (id string, err error) {
	return w.open(Channel{Kind: groupKind}, people)
}

func (w *Workspace) open(c Channel, people []string) (id string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	names := []string{w.opts.BotName}
	for _, user := range people {
		p := w.person(user)
		if p == nil || p.Bot {
			return "", fmt.Errorf("person %q: %w", user, ErrNotFound)
		}
		names = append(names, p.Name)
	}
	if len(people) == 0 {
		return "", errors.New("a private conversation needs people")
	}
	if c.Kind == groupKind {
		c.Name = "mpdm-" + strings.Join(names, "--") + "-1"
	}
	c.ID = fmt.Sprintf("C%02dPRIVATE", len(w.channels)+1)
	c.Members = append(slices.Clone(people), BotUserID)
	w.channels = append(w.channels, c)
	w.tell("channel", c)
	return c.ID, nil
}

// nameForApps returns the name of a channel in slash commands and interactions, which hide
// those of private channels.
// Source: https://docs.slack.dev/interactivity/implementing-slash-commands
func (c *Channel) nameForApps() string {
	switch c.Kind {
	case directKind:
		return "directmessage"
	case privateKind:
		return "privategroup"
	default:
		return c.Name
	}
}
