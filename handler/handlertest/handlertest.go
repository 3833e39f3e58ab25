// Package handlertest runs handlers in tests: it sends messages to a registry and
// records the answers, without a chat platform, a queue or a network. Texts are
// recorded in the dialect of handler/markup, as handlers write them.
package handlertest

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/handler"
)

// Result has the answers of the bot, in order in each list.
type Result struct {
	Replies    []handler.Reply
	Ephemerals []handler.Reply
	DMs        []handler.Reply
	Reactions  []string
	// Posts are in other channels.
	Posts []Post
	// Edits replace a message; the zero Reply removes it.
	Edits []handler.Reply
	// Opened are the forms that were opened.
	Opened []Opened

	lines []string
}

// String returns everything in the order that it was done, a line each:
// "reply: heads", "ephemeral: …", "dm: …", "in channel: …", "reaction: gopher", "edit: …" or
// "form: its id".
func (h Result) String() string { return strings.Join(h.lines, "\n") }

// Registry builds a registry and fails the test when it cannot.
func Registry(t testing.TB, declarations ...handler.Declaration) *handler.Registry {
	t.Helper()
	registry, err := handler.NewRegistry(declarations...)
	if err != nil {
		t.Fatalf("the registry has mistakes:\n%v", err)
	}
	return registry
}

// Say says text to the bot in a direct message.
func Say(t testing.TB, registry *handler.Registry, text string) Result {
	t.Helper()
	return Send(t, registry, handler.Message{Text: text, Channel: handler.Channel{ID: "D1", Kind: handler.Direct}})
}

// Mention says text to the bot in a public channel, by a mention.
func Mention(t testing.TB, registry *handler.Registry, text string) Result {
	t.Helper()
	return Send(t, registry, handler.Message{Text: text, Mentioned: true})
}

// SayInChannel says text in a public channel, to nobody in particular.
func SayInChannel(t testing.TB, registry *handler.Registry, text string) Result {
	t.Helper()
	return Send(t, registry, handler.Message{Text: text})
}

// Send sends the bot a message. Fields that every platform sets, and that are empty
// in m, are filled in: a public channel, a user, an id, a time.
func Send(t testing.TB, registry *handler.Registry, m handler.Message) Result {
	t.Helper()
	if m.Platform == "" {
		m.Platform, m.Workspace = "test", "T1"
	}
	if m.Channel.Kind == 0 {
		m.Channel = handler.Channel{ID: "C1", Kind: handler.Public}
	}
	if m.User == "" {
		m.User = "U1"
	}
	if m.ID == "" {
		m.ID = "1"
	}
	if m.Time.IsZero() {
		m.Time = time.Now()
	}
	if m.RawText == "" {
		m.RawText = m.Text
	}
	return run(t, registry, registry.Message(m))
}

// JoinWorkspace lets someone join the workspace.
func JoinWorkspace(t testing.TB, registry *handler.Registry) Result {
	t.Helper()
	return run(t, registry, registry.WorkspaceJoin(handler.Join{Platform: "test", Workspace: "T1", User: "U1", Time: time.Now()}))
}

// JoinChannel lets someone join a public channel, named without "#".
func JoinChannel(t testing.TB, registry *handler.Registry, name string) Result {
	t.Helper()
	return run(t, registry, registry.ChannelJoin(handler.Join{
		Platform: "test", Workspace: "T1", User: "U1", Time: time.Now(),
		Channel: handler.Channel{ID: "C1", Name: name, Kind: handler.Public},
	}))
}

// Examples runs every Example of the registry as a test of its own.
func Examples(t *testing.T, registry *handler.Registry) {
	t.Helper()
	for _, entry := range registry.Infos() {
		for _, example := range entry.Examples {
			t.Run(example.Say, func(t *testing.T) {
				want, err := regexp.Compile(example.Want)
				if err != nil {
					t.Fatalf("%s: Want is no regular expression: %v", entry.Name, err)
				}
				var heard Result
				if entry.Kind == handler.SlashInfo {
					if heard = SlashCommand(t, registry, example.Say); !heard.matches(want) {
						t.Errorf("%s: no answer matches %q:\n%s", entry.Name, example.Want, heard)
					}
					return
				}
				// A declaration with OneIn does not run for every message.
				for try := range max(1, 100*entry.OneIn) {
					heard = Send(t, registry, handler.Message{
						Text: example.Say, ID: strconv.Itoa(try + 1), Channel: handler.Channel{ID: "D1", Kind: handler.Direct},
					})
					if heard.matches(want) {
						return
					}
				}
				t.Errorf("%s: no answer matches %q:\n%s", entry.Name, example.Want, heard)
			})
		}
	}
}

func (h Result) matches(want *regexp.Regexp) bool {
	for _, list := range [][]handler.Reply{h.Replies, h.Ephemerals, h.DMs} {
		for _, reply := range list {
			if want.MatchString(reply.Text) {
				return true
			}
		}
	}
	for _, opened := range h.Opened {
		if want.MatchString(opened.Form.Title) {
			return true
		}
	}
	for _, emoji := range h.Reactions {
		if want.MatchString(":" + emoji + ":") {
			return true
		}
	}
	return false
}

func run(t testing.TB, registry *handler.Registry, actions []handler.Match) Result {
	t.Helper()
	var heard Result
	defer func() {
		posts := make([]handler.Reply, len(heard.Posts))
		for i, post := range heard.Posts {
			posts[i] = post.Reply
		}
		for _, list := range [][]handler.Reply{heard.Replies, heard.Ephemerals, heard.DMs, heard.Edits, posts} {
			for _, reply := range list {
				if err := check(registry, reply); err != nil {
					t.Errorf("the reply %q: %v", reply.Text, err)
				}
			}
		}
	}()
	for _, action := range actions {
		if err := action.Run(t.Context(), (*recorder)(&heard)); err != nil {
			t.Errorf("%s: %v", action.Name, err)
		}
	}
	return heard
}

// recorder is a Responder that records the calls.
type recorder Result

func (r *recorder) React(_ context.Context, emoji string) error {
	r.Reactions = append(r.Reactions, emoji)
	r.lines = append(r.lines, "reaction: "+emoji)
	return nil
}

func (r *recorder) Reply(_ context.Context, reply handler.Reply) error {
	r.Replies = append(r.Replies, reply)
	r.lines = append(r.lines, "reply: "+reply.Text)
	return nil
}

func (r *recorder) ReplyEphemeral(_ context.Context, reply handler.Reply) error {
	r.Ephemerals = append(r.Ephemerals, reply)
	r.lines = append(r.lines, "ephemeral: "+reply.Text)
	return nil
}

func (r *recorder) DM(_ context.Context, reply handler.Reply) error {
	r.DMs = append(r.DMs, reply)
	r.lines = append(r.lines, "dm: "+reply.Text)
	return nil
}

func (r *recorder) PostIn(_ context.Context, channel string, reply handler.Reply) error {
	r.Posts = append(r.Posts, Post{channel, reply})
	r.lines = append(r.lines, "in "+channel+": "+reply.Text)
	return nil
}

func (r *recorder) Edit(_ context.Context, reply handler.Reply) error {
	r.Edits = append(r.Edits, reply)
	r.lines = append(r.lines, "edit: "+reply.Text)
	return nil
}

func (r *recorder) OpenForm(_ context.Context, form *handler.Form, data string) error {
	r.Opened = append(r.Opened, Opened{form, data})
	r.lines = append(r.lines, "form: "+form.ID)
	return nil
}
