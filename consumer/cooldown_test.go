package consumer_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// answers are two static answers, one for messages to the bot and one for all, and
// welcomes with a cooldown of a day.
var answers = []handler.Declaration{
	handler.Command{Trigger: "books", Help: "h", Text: "some books"},
	handler.Phrase{Phrases: []string{"flipped"}, Help: "h", Text: "put back"},
	handler.Help{Trigger: "help", Help: "h"},
	handler.WorkspaceJoin{Text: "welcome", Cooldown: 24 * time.Hour},
	handler.ChannelJoin{Channel: "newbies", Text: "one", Cooldown: 24 * time.Hour},
	handler.ChannelJoin{Channel: "newbies", Text: "two"},
}

const (
	keyOfBooks   = `answer/slack/T1/C1/command "books"/`
	keyOfWelcome = "welcome/slack/T1/U1/workspace welcome"
)

// in is a message that mentions the bot in a channel.
func in(channel, text string, mentions ...string) handler.Message {
	return handler.Message{
		Platform: "slack", Workspace: "T1", Channel: handler.Channel{ID: channel, Kind: handler.Public}, Text: text, Mentioned: true,
		Mentions: mentions,
	}
}

// TestDispatcher_Cooldown publishes events one after the other, each when the one
// before has been handled, and checks all posts.
func TestDispatcher_Cooldown(t *testing.T) {
	t.Parallel()
	const (
		pointer = "(I said that in this channel a moment ago: <link to some books|here it is>.)"
		soon    = "(I am about to answer that in this channel; somebody was faster.)"
	)
	const unknown = "(I don't know that one, sorry. Say `help` to see what I can do.)"
	inDM := func(text string) handler.Message {
		m := in("D1", text)
		m.Channel.Kind = handler.Direct
		return m
	}
	by := func(user string, m handler.Message) handler.Message {
		m.User = user
		return m
	}
	direct := inDM("books")
	member := func(user string) handler.Join { return handler.Join{Platform: "slack", Workspace: "T1", User: user} }
	newbie := func(user string) handler.Join {
		j := member(user)
		j.Channel = handler.Channel{ID: "C1", Name: "newbies"}
		return j
	}
	for _, test := range []struct {
		name   string
		warm   bool // there is no cooldown, instead of an hour
		shadow bool
		before func(d deployment)
		events []any
		fails  []error
		want   []string
		free   string // a key that nobody holds in the end
	}{
		{
			name:   "an answer in the same channel",
			events: []any{in("C1", "books"), in("C1", "Books?"), in("C2", "books"), in("C1", "books")},
			want:   []string{"some books", pointer, "some books", pointer},
		},
		{
			name:   "that the bot does not know something, to a person in any channel",
			events: []any{in("C1", "zebra"), in("C1", "yak"), in("C2", "zebra"), by("U2", in("C1", "zebra"))},
			want:   []string{unknown, unknown},
		},
		{
			name:   "but always in direct messages",
			events: []any{inDM("zebra"), inDM("zebra")},
			want:   []string{"I don't know that one, sorry. Say `help` to see what I can do.", "I don't know that one, sorry. Say `help` to see what I can do."},
		},
		{
			name:   "not in a direct message",
			events: []any{direct, direct},
			want:   []string{"some books", "some books"},
		},
		{
			name:   "not for other people",
			events: []any{in("C1", "books"), in("C1", "books", "U2"), in("C1", "books", "U3", "U2"), in("C1", "books", "U2", "U3")},
			want:   []string{"some books", "some books", "some books", pointer},
		},
		{
			name:   "what nobody asked for is left out without a word",
			events: []any{in("C1", "he flipped it"), in("C1", "flipped"), in("C2", "flipped")},
			want:   []string{"put back", "put back"},
		},
		{
			name:   "not without a cooldown",
			warm:   true,
			events: []any{in("C1", "books"), in("C1", "books")},
			want:   []string{"some books", "some books"},
		},
		{
			name:   "a welcome to the same person",
			events: []any{member("U1"), member("U1"), member("U2"), newbie("U1"), newbie("U1")},
			want:   []string{"DM: welcome", "DM: welcome", "(one)", "(two)", "(two)"},
		},
		{
			name:   "what failed is tried again",
			events: []any{in("C1", "books"), member("U1")},
			fails:  []error{errors.New("try again"), nil, errors.New("try again")},
			want:   []string{"some books", "DM: welcome"},
		},
		{
			name:   "what failed for good leaves the next one to answer",
			events: []any{in("C1", "books"), in("C1", "books")},
			fails:  []error{errFinal},
			want:   []string{"some books"},
		},
		{
			name: "what its own event had begun when its consumer died",
			before: func(d deployment) {
				d.begin(keyOfBooks, "Ev1")
				d.begin(keyOfWelcome, "Ev2")
			},
			events: []any{in("C1", "books"), member("U1")},
			want:   []string{"some books", "DM: welcome"},
		},
		{
			name: "what its own event had done when its consumer died",
			before: func(d deployment) {
				d.done(keyOfBooks, "Ev1")
				d.done(keyOfWelcome, "Ev2")
			},
			events: []any{in("C1", "books"), member("U1")},
		},
		{
			name: "what another event has begun",
			before: func(d deployment) {
				d.begin(keyOfBooks, "another")
				d.begin(keyOfWelcome, "another")
			},
			events: []any{in("C1", "books"), member("U1")},
			want:   []string{soon},
		},
		{
			name:   "in shadow mode nothing is remembered of what was not said",
			shadow: true,
			events: []any{member("U1"), in("C1", "books")},
			want:   []string{"some books"},
			free:   keyOfWelcome,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := &platform{fails: test.fails}
			over := make(chan error, 100)
			opts := consumer.Options{Platforms: slackOnly(p), Cooldown: time.Hour, Shadow: test.shadow}
			if test.warm {
				opts.Cooldown = 0
			}
			d := deploy(t, opts, func(outcome error) { over <- outcome }, answers...)
			if test.before != nil {
				test.before(d)
			}
			for i, e := range test.events {
				eventType := event.Type(event.Slack, event.MessagePublic)
				if j, ok := e.(handler.Join); ok {
					eventType = event.Type(event.Slack, event.WorkspaceJoin)
					if j.Channel.Name != "" {
						eventType = event.Type(event.Slack, event.ChannelJoin)
					}
				}
				d.publish(eventType, "Ev"+string(rune('1'+i)), time.Now(), e)
				for outcome := testenv.Next(t, over); outcome != nil && !errors.Is(outcome, errFinal); {
					outcome = testenv.Next(t, over)
				}
			}
			if test.free != "" {
				d.begin(test.free, "somebody")
			}
			if got := p.heard(); !slices.Equal(got, test.want) {
				t.Errorf("heard %q\nwant  %q", got, test.want)
			}
		})
	}
}

func (d deployment) begin(key, owner string) {
	d.Helper()
	if holder, _, _, err := d.memory.Reserve(d.Context(), key, owner); err != nil || holder != owner {
		d.Fatal(holder, err)
	}
}

func (d deployment) done(key, owner string) {
	d.Helper()
	d.begin(key, owner)
	if err := d.memory.Commit(d.Context(), key, owner, "", time.Minute); err != nil {
		d.Fatal(err)
	}
}

// forgetful is a memory that fails at first, and then remembers nothing.
type forgetful struct{ begun atomic.Int32 }

var errAway = errors.New("away")

func (f *forgetful) Reserve(_ context.Context, _, owner string) (string, bool, string, error) {
	if f.begun.Add(1) == 1 {
		return "", false, "", errAway
	}
	return owner, false, "", nil
}
func (f *forgetful) Commit(context.Context, string, string, string, time.Duration) error {
	return errAway
}
func (f *forgetful) Release(context.Context, string, string) error { return errAway }

func TestDispatcher_CooldownStoreFails(t *testing.T) {
	t.Parallel()
	p := &platform{}
	outcomes := make(chan error, 10)
	d := deploy(t, consumer.Options{Platforms: slackOnly(p), Deduper: &forgetful{}, Cooldown: time.Hour}, func(err error) { outcomes <- err }, answers...)
	d.publish(event.Type(event.Slack, event.MessagePublic), "Ev1", time.Now(), in("C1", "books"))
	if err := testenv.Next(t, outcomes); err == nil {
		t.Error("that nobody knows whether it was said is no error")
	}
	if err := testenv.Next(t, outcomes); err != nil {
		t.Errorf("what was said is said, whether it is remembered or not: %v", err)
	}
	if got := p.heard(); !slices.Equal(got, []string{"some books"}) {
		t.Errorf("heard %q", got)
	}
}
