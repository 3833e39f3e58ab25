package slack_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
)

// answering returns a Responder for a message, or for a join when it is the
// zero value, and the simulated workspace that it speaks to.
func answering(t *testing.T, m handler.Message) (consumer.Responder, *slacksim.Workspace) {
	t.Helper()
	return answeringIn(t, m, nil)
}

const general = "C01GENERAL"

func texts(calls []slacksim.Call) []string {
	var list []string
	for _, c := range calls {
		list = append(list, c.Form["text"])
	}
	return list
}

// TestResponder_BeginsThreads replies with InThread, and without.
func TestResponder_BeginsThreads(t *testing.T) {
	t.Parallel()
	const asked, earlier = "1763660000.000100", "1763650000.000100"
	for name, test := range map[string]struct {
		m    handler.Message
		want string // the thread of the reply
	}{
		"in a channel":        {handler.Message{ID: asked, Channel: handler.Channel{ID: general, Kind: handler.Public}}, asked},
		"in a thread":         {handler.Message{ID: asked, Thread: earlier, Channel: handler.Channel{ID: general, Kind: handler.Public}}, earlier},
		"in a direct message": {handler.Message{ID: asked, Channel: handler.Channel{ID: "D01ADA", Kind: handler.Direct}}, ""},
		"in a thread of a DM": {handler.Message{ID: asked, Thread: earlier, Channel: handler.Channel{ID: "D01ADA", Kind: handler.Direct}}, earlier},
	} {
		r, workspace := answering(t, test.m)
		long := handler.Reply{Text: strings.Repeat("long\n", 2000), InThread: true}
		for _, err := range []error{r.Reply(t.Context(), long), r.Reply(t.Context(), handler.Text("short")), r.ReplyEphemeral(t.Context(), handler.Reply{Text: "alone", InThread: true})} {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		calls := workspace.Calls("chat.postMessage")
		if len(calls) < 3 {
			t.Fatalf("%s: %d calls", name, len(calls))
		}
		for _, c := range calls[:len(calls)-1] {
			if got := c.Form["thread_ts"]; got != test.want {
				t.Errorf("%s: in thread %q, want %q", name, got, test.want)
			}
		}
		if test.want != "" && !strings.Contains(r.Link(), "thread_ts="+test.want) {
			t.Errorf("%s: the link %s", name, r.Link())
		}
		for _, c := range append(calls[len(calls)-1:], workspace.Calls("chat.postEphemeral")...) {
			if got := c.Form["thread_ts"]; got != test.m.Thread {
				t.Errorf("%s: %s in thread %q, want that of the message", name, c.Method, got)
			}
		}
	}
}

func TestResponder_NotifiesOnlyMentioned(t *testing.T) {
	t.Parallel()
	r, workspace := answering(t, handler.Message{Channel: handler.Channel{ID: general}, Mentions: []string{"U02ROB"}})
	loud := handler.Reply{
		Text: "<!channel> <!here|x> <!everyone> <!subteam^S1>", MentionUsers: true,
		Attachment: &handler.Attachment{Title: "<!here>", Text: "<!channel>", Footer: "<!everyone>"},
	}
	for _, err := range []error{r.Reply(t.Context(), loud), r.ReplyEphemeral(t.Context(), loud), r.DM(t.Context(), loud)} {
		if err != nil {
			t.Error(err)
		}
	}
	calls := append(workspace.Calls("chat.postMessage"), workspace.Calls("chat.postEphemeral")...)
	if len(calls) != 3 {
		t.Fatalf("%d calls", len(calls))
	}
	for _, c := range calls {
		if strings.Contains(c.Form["text"]+c.Form["attachments"], "<!") || !strings.HasPrefix(c.Form["text"], "<@U02ROB> &lt;!channel&gt;") {
			t.Errorf("%s: %+v", c.Method, c.Form)
		}
	}
}

// TestResponder_AddressesTenPeople has somebody mention a whole workspace.
func TestResponder_AddressesTenPeople(t *testing.T) {
	t.Parallel()
	var mentions []string
	for i := range 3000 {
		mentions = append(mentions, fmt.Sprintf("U%d", i))
	}
	r, workspace := answering(t, handler.Message{Channel: handler.Channel{ID: general}, Mentions: mentions})
	if err := r.Reply(t.Context(), handler.Reply{Text: "hi", MentionUsers: true}); err != nil {
		t.Fatal(err)
	}
	want := []string{"<@U0> <@U1> <@U2> <@U3> <@U4> <@U5> <@U6> <@U7> <@U8> <@U9> hi"}
	if got := texts(workspace.Calls("chat.postMessage")); !slices.Equal(got, want) {
		t.Errorf("%.200q", got)
	}
}

func TestResponder_SplitsLongReplies(t *testing.T) {
	t.Parallel()
	r, workspace := answering(t, handler.Message{Channel: handler.Channel{ID: general}, Mentions: []string{"U02ROB"}})
	code := "```\n" + strings.Repeat("x\n", 1500) + "```"
	long := handler.Reply{
		Text: strings.Repeat("line\n", 300) + code, MentionUsers: true, Unfurl: true, Attachment: &handler.Attachment{Title: "title"},
	}
	if err := r.Reply(t.Context(), long); err != nil {
		t.Fatal(err)
	}
	calls := workspace.Calls("chat.postMessage")
	want := []string{"<@U02ROB> " + strings.TrimSpace(strings.Repeat("line\n", 300)), code}
	if got := texts(calls); !slices.Equal(got, want) {
		t.Fatalf("%d parts: %.200q", len(got), got)
	}
	if calls[0].Form["attachments"] != "" || !strings.Contains(calls[1].Form["attachments"], "title") || calls[0].Form["unfurl_links"] != "true" {
		t.Errorf("%.200v", calls)
	}
	short, err := r.Render(t.Context(), handler.Reply{Text: "hi", Attachment: long.Attachment})
	if err != nil || len(short) != 1 || short[0].Text != "hi" || short[0].Unfurl || short[0].Attachment == nil || *short[0].Attachment != *long.Attachment {
		t.Errorf("%+v (%v)", short, err)
	}
}

func TestResponder_LinksFirstReply(t *testing.T) {
	t.Parallel()
	for _, thread := range []string{"", "1763660000.000100"} {
		r, workspace := answering(t, handler.Message{Channel: handler.Channel{ID: general}, Thread: thread})
		for _, err := range []error{r.ReplyEphemeral(t.Context(), handler.Text("for you")), r.DM(t.Context(), handler.Text("for you"))} {
			if err != nil || r.Link() != "" {
				t.Errorf("nothing is for all to see, and the link is %q (%v)", r.Link(), err)
			}
		}
		for _, text := range []string{"one", "two"} {
			if err := r.Reply(t.Context(), handler.Text(text)); err != nil {
				t.Fatal(err)
			}
		}
		messages := workspace.Snapshot().Messages
		ts := messages[len(messages)-2].TS
		want := "https://gophers.slack.example/archives/" + general + "/p" + strings.Replace(ts, ".", "", 1)
		if thread != "" {
			want += "?thread_ts=" + thread + "&cid=" + general
		}
		if got := r.Link(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
