package handlertest_test

import (
	"context"
	"testing"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
)

var list = []handler.Declaration{
	handler.Command{
		Trigger: "everything", Help: "does all that a handler can do",
		Run: func(ctx context.Context, m handler.Message, r handler.Responder) error {
			for _, err := range []error{
				r.React(ctx, "wave"), r.Reply(ctx, handler.Text("to all")), r.DM(ctx, handler.Text("to you, elsewhere")),
				r.ReplyEphemeral(ctx, handler.Text("to you")), r.Reply(ctx, handler.Text("in "+m.Channel.ID+", by "+m.User)),
			} {
				if err != nil {
					return err
				}
			}
			return nil
		},
	},
	handler.Reaction{
		Words: []string{"vim"}, Emoji: []string{"emacs"}, OneIn: 10, Examples: []handler.Example{{Say: "vim", Want: "^:emacs:$"}},
	},
	handler.WorkspaceJoin{Text: "welcome"},
	handler.ChannelJoin{Channel: "newbies", Text: "hi"},
}

func TestResult_HoldsEverySay(t *testing.T) {
	t.Parallel()
	registry := handlertest.Registry(t, list...)
	for _, test := range []struct{ got, want string }{
		{
			handlertest.Say(t, registry, "everything").String(),
			"reaction: wave\nreply: to all\ndm: to you, elsewhere\nephemeral: to you\nreply: in D1, by U1",
		},
		{
			handlertest.Mention(t, registry, "everything").String(),
			"reaction: wave\nreply: to all\ndm: to you, elsewhere\nephemeral: to you\nreply: in C1, by U1",
		},
		{handlertest.SayInChannel(t, registry, "everything").String(), ""},
		{handlertest.JoinWorkspace(t, registry).String(), "dm: welcome"},
		{handlertest.JoinChannel(t, registry, "newbies").String(), "ephemeral: hi"},
		{handlertest.JoinChannel(t, registry, "general").String(), ""},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
}

func TestExamples(t *testing.T) { handlertest.Examples(t, handlertest.Registry(t, list...)) }
