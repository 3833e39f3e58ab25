package slack_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/event"
)

// directory has the channel general.
type directory struct {
	err   error
	fresh bool
}

func (d directory) ID(_ context.Context, name string) (string, error) {
	if name == "general" && d.err == nil {
		return "C1GENERAL", nil
	}
	return "", d.err
}

func (d directory) Fresh(context.Context) (bool, error) { return d.fresh, nil }

func TestChats_Chat(t *testing.T) {
	t.Parallel()
	fresh, old, empty := directory{fresh: true}, directory{}, directory{err: channeldir.ErrNotFilled}
	general := event.Chat{ID: "C1GENERAL", Name: "general"}
	for _, test := range []struct {
		in    directory
		text  string
		want  event.Chat
		known bool
	}{
		{fresh, "#general", general, true},
		{fresh, "general", general, true},
		{old, "general", general, true},
		{fresh, "newbies", event.Chat{}, true},
		{old, "newbies", event.Chat{Name: "newbies"}, false},
		{empty, "#general", event.Chat{Name: "general"}, false},
		{empty, "#новости", event.Chat{Name: "новости"}, false},
		{empty, "C012ABCDEF0", event.Chat{ID: "C012ABCDEF0"}, true},
		{empty, "G012", event.Chat{ID: "G012"}, true},
		{empty, "D012", event.Chat{ID: "D012"}, true},
		{empty, "Ada@Example.com", event.Chat{Email: "ada@example.com"}, true},
		{empty, "U012ABC", event.Chat{}, true},
		{empty, "#", event.Chat{}, true},
		{empty, "##general", event.Chat{}, true},
		{empty, "General", event.Chat{}, true},
		{empty, "a b", event.Chat{}, true},
		{empty, "a\xff", event.Chat{}, true},
		{empty, "@here", event.Chat{}, true},
		{empty, strings.Repeat("a", 81), event.Chat{}, true},
	} {
		if got, known, err := slack.NewChats(test.in).Chat(t.Context(), test.text); got != test.want || known != test.known || err != nil {
			t.Errorf("%q: %+v, %v, %v; want %+v, %v", test.text, got, known, err, test.want, test.known)
		}
	}
	away := errors.New("away")
	if _, _, err := slack.NewChats(directory{err: away}).Chat(t.Context(), "general"); !errors.Is(err, away) {
		t.Errorf("the directory is away: %v", err)
	}
}

func TestChats_Thread(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, chat, want string }{
		{"C012/1795700000.000100", "C012", "C012/1795700000.000100"},
		{"1795700000.000100", "C012", "C012/1795700000.000100"},
		{"1795700000.000100", "", "1795700000.000100"},
		{"C012/1795700000.000100", "", "C012/1795700000.000100"},
		{"C013/1795700000.000100", "C012", ""},
		{"/1795700000.000100", "", ""},
		{"x/1795700000.000100", "", ""},
		{"1795700000", "C012", ""},
		{"C012/1795700000.000100/x", "C012", ""},
		{"6fafda2c-2f4a-5f1c-b9a4-1a2b3c4d5e6f", "C012", ""},
	} {
		if got, ok := slack.NewChats(directory{}).Thread(test.text, event.Chat{ID: test.chat}); got != test.want || ok != (test.want != "") {
			t.Errorf("%q in %q: %q, %v; want %q", test.text, test.chat, got, ok, test.want)
		}
	}
}

func TestChats_Unsupported(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		m    event.Message
		want []string
	}{
		"nothing": {event.Message{Text: "@mention[huid:x]"}, nil},
		"all": {event.Message{
			Options: event.MessageOptions{Silent: true, Stealth: true, ForceDND: true, NoNotify: true}, Mentions: []byte(`[{}]`), Text: "@mention[huid:x]", Parse: true,
		}, []string{"mention[huid]", "mentions", "opts.force_dnd", "opts.no_notify", "opts.silent", "opts.stealth"}},
		"an id of Slack": {event.Message{Text: "@mention[huid:U012ABC] @mention[all]", Parse: true}, nil},
	} {
		got := slices.Sorted(maps.Keys(slack.NewChats(directory{}).Unsupported(test.m)))
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
