package sharkfin_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	wire "github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
)

// TestResponder_Posts where each method does, over the server's tools, so that it is pushed.
func TestResponder_Posts(t *testing.T) {
	t.Parallel()
	s := start(t)
	root := s.say(t, "the first")
	inThread := s.say(t, "in the thread")
	inThread.Thread = root.ID
	direct := inTown(root.ID)
	direct.Channel = handler.Channel{ID: "dm-bob-gopher", Kind: handler.Direct}
	direct.User = "bob"
	if name, err := s.OpenDM("bob", "gopher"); err != nil || name != direct.Channel.ID {
		t.Fatal(name, err)
	}
	p := s.platform()
	for _, test := range []struct {
		name            string
		in              consumer.Message
		do              func(consumer.Responder, context.Context, handler.Reply) error
		channel, thread string
	}{
		{"reply", root, consumer.Responder.Reply, "town", ""},
		{"reply in a thread", inThread, consumer.Responder.Reply, "town", root.ID},
		{"begin a thread", root, inAThread, "town", root.ID},
		{"begin a thread in one", inThread, inAThread, "town", root.ID},
		{"ephemerally", inThread, consumer.Responder.ReplyEphemeral, "dm-alice-gopher", ""},
		{"directly", root, consumer.Responder.DM, "dm-alice-gopher", ""},
		{"elsewhere", inThread, func(r consumer.Responder, ctx context.Context, reply handler.Reply) error {
			return r.PostIn(ctx, "#town", reply)
		}, "town", ""},
		{"reply to a direct message", direct, consumer.Responder.Reply, "dm-bob-gopher", ""},
		{"begin a thread in direct messages", direct, inAThread, "dm-bob-gopher", ""},
		{"ephemerally there", direct, consumer.Responder.ReplyEphemeral, "dm-bob-gopher", ""},
	} {
		r := p.Responder(test.in, "the-id")
		if err := test.do(r, consumer.WithPostKey(t.Context(), "key of "+test.name), handler.Text(test.name)); err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		said := s.said(test.channel)
		last := said[len(said)-1]
		thread := ""
		if last.ThreadID != nil {
			thread = wire.Ref{Channel: "", ID: *last.ThreadID}.String()[1:]
		}
		mark, ok := wire.ReadMark(last.Metadata)
		if last.Body != test.name || thread != test.thread || !ok || mark.Post != "key of "+test.name || mark.REST {
			t.Errorf("%s: said %+v in the thread %q, marked %+v", test.name, last, thread, mark)
		}
		if link := r.Link(); link != "" {
			t.Errorf("%s: the link is %q", test.name, link)
		}
	}
	if n := s.Stats().Requests["POST /api/v1/channels/{}/messages"]; n != 0 {
		t.Errorf("%d posts by REST, which nobody sees", n)
	}
}

func inAThread(r consumer.Responder, ctx context.Context, reply handler.Reply) error {
	reply.InThread = true
	return r.Reply(ctx, reply)
}

// TestResponder_NothingIsPrivate: bob has joined the direct messages of alice and the bot, as the
// server lets anybody. What is for one person's eyes is refused for both.
func TestResponder_NothingIsPrivate(t *testing.T) {
	t.Parallel()
	s := start(t)
	channel, err := s.OpenDM("alice", "gopher")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Join("bob", channel); err != nil {
		t.Fatal(err)
	}
	p := s.platform()
	for _, user := range []string{"alice", "bob"} {
		m := inTown("1")
		m.User = user
		err := p.Responder(m, "").ReplyEphemeral(t.Context(), handler.Text("private"))
		if code, _ := p.Explain(err); err == nil || p.Outcome(err).Kind != consumer.Final || code != "not_private" || !strings.Contains(err.Error(), "others are in") {
			t.Errorf("%s: %v", user, err)
		}
	}
	if said := s.said(channel); len(said) != 0 {
		t.Errorf("it said %+v", said)
	}
}

func TestResponder_Unsupported(t *testing.T) {
	t.Parallel()
	s := start(t)
	r := s.platform().Responder(inTown("1"), "")
	without := s.restPlatform().Responder(inTown("1"), "")
	for name, err := range map[string]error{
		"React": r.React(t.Context(), "tada"), "Edit": r.Edit(t.Context(), handler.Text("x")), "OpenForm": r.OpenForm(t.Context(), &handler.Form{}, ""),
		"DM without tools": without.DM(t.Context(), handler.Text("x")), "ReplyEphemeral without tools": without.ReplyEphemeral(t.Context(), handler.Text("x")),
	} {
		if !errors.Is(err, handler.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestResponder_PostsByREST where a proxy hides the tools. The mark says so, because the server
// pushes such a message to nobody, the bot's own socket included.
func TestResponder_PostsByREST(t *testing.T) {
	t.Parallel()
	s := start(t)
	m := s.say(t, "x")
	r := s.restPlatform().Responder(m, "")
	if err := inAThread(r, consumer.WithPostKey(t.Context(), "k"), handler.Text("hi")); err != nil {
		t.Fatal(err)
	}
	said := s.said("town")
	mark, ok := wire.ReadMark(said[0].Metadata)
	if len(said) != 1 || !ok || mark != (wire.Mark{Post: "k", REST: true}) || said[0].ThreadID == nil {
		t.Errorf("%+v", said)
	}
	if n := s.Stats().Requests["POST /mcp"]; n != 0 {
		t.Errorf("%d calls of tools", n)
	}
}

// TestOutbox_Metadata goes along with the mark. Numbers stay as they are.
func TestOutbox_Metadata(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.platform()
	n := consumer.Notice{Message: message("hi")}
	n.Metadata = json.RawMessage(`{"n":12345678901234567890,"gopher":"mine"}`)
	c, err := p.Compose(t.Context(), n, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Outbox.Post(consumer.WithPostKey(t.Context(), "k"), c.Parts[0], ""); err != nil {
		t.Fatal(err)
	}
	said := s.said("town")
	if len(said) != 1 || *said[0].Metadata != `{"gopher":"k","n":12345678901234567890}` {
		t.Errorf("%+v", said)
	}
	c.Parts[0].Notice.Metadata = json.RawMessage(`[1]`)
	if _, err := c.Outbox.Post(t.Context(), c.Parts[0], ""); p.Outcome(err).Kind != consumer.Final {
		t.Error(err)
	}
}

// TestResponder_SendsTheRequestID with its calls.
func TestResponder_SendsTheRequestID(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.Fail(sim.Fault{Path: "/mcp", Status: 503, ShowID: true})
	r := s.platform().Responder(inTown("1"), "the-id")
	if err := r.Reply(t.Context(), handler.Text("x")); err == nil || !strings.Contains(err.Error(), "the-id") {
		t.Error(err)
	}
}
