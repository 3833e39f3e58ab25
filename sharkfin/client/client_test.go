package client_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

func TestClient_Requests(t *testing.T) {
	t.Parallel()
	s, ctx := start(t, sim.Options{Version: "v0.4"}), t.Context()
	c := s.dial(t)
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	must("ping", c.Ping(ctx))
	version, err := c.Version(ctx)
	if must("version", err); version != "v0.4" {
		t.Errorf("version %q", version)
	}
	permissions, err := c.Capabilities(ctx)
	if must("capabilities", err); !slices.Contains(permissions, "send_message") || slices.Contains(permissions, "invite_channel") {
		t.Errorf("permissions %q", permissions)
	}
	must("state", c.SetState(ctx, "active"))
	if err := c.SetState(ctx, "asleep"); err == nil || !strings.Contains(err.Error(), "state must be") {
		t.Errorf("state: %v", err)
	}
	users, err := c.Users(ctx)
	if must("users", err); len(users) != 4 || users[3] != (client.User{Username: "gopher", Type: "service"}) {
		t.Errorf("users %+v", users)
	}
	must("create", c.CreateChannel(ctx, "square", false))
	channels, err := c.Channels(ctx)
	if must("channels", err); !slices.Equal(channels, []client.Channel{{Name: "town", Public: true, Member: true}, {Name: "square", Member: true}}) {
		t.Errorf("channels %+v", channels)
	}
	refused, ok := errors.AsType[*client.ServerError](c.InviteToChannel(ctx, "square", "alice"))
	if !ok || refused.Status != 0 || refused.Message != "permission denied: invite_channel" {
		t.Errorf("invite: %v", refused)
	}
	if err := s.SetRole("gopher", "admin"); err != nil {
		t.Fatal(err)
	}
	must("invite", c.InviteToChannel(ctx, "square", "alice"))
	if members := s.Members("square"); !slices.Contains(members, "alice") {
		t.Errorf("members %q", members)
	}
	must("set", c.SetSetting(ctx, "color", "blue"))
	settings, err := c.GetSettings(ctx)
	if must("get", err); settings["color"] != "blue" {
		t.Errorf("settings %v", settings)
	}
	must("register", c.Register(ctx))
	id, err := c.RegisterWebhook(ctx, "http://localhost:1/")
	must("webhook", err)
	hooks, err := c.ListWebhooks(ctx)
	if must("webhooks", err); len(hooks) != 1 || hooks[0].ID != id {
		t.Errorf("webhooks %v", hooks)
	}
	must("webhook", c.UnregisterWebhook(ctx, id))
}

func TestClient_Messages(t *testing.T) {
	t.Parallel()
	s, ctx := start(t, sim.Options{}), t.Context()
	c := s.dial(t)
	first := s.say(t, "alice", "hello @gopher", false)
	id, err := c.SendMessage(ctx, "town", "hello @alice", &client.SendOpts{ThreadID: &first, Metadata: new(`["any JSON"]`)})
	if err != nil {
		t.Fatal(err)
	}
	messages, err := c.History(ctx, "town", &client.HistoryOpts{After: &first, Limit: new(200)})
	if err != nil || len(messages) != 1 {
		t.Fatalf("history: %v, %v", messages, err)
	}
	if m := messages[0]; m.ID != id || m.Channel != "town" || m.From != "gopher" || *m.ThreadID != first || m.Mentions[0] != "alice" || *m.Metadata != `["any JSON"]` {
		t.Errorf("history: %+v", m)
	}
	if replies, err := c.History(ctx, "town", &client.HistoryOpts{ThreadID: &first, Before: new(id + 1)}); err != nil || len(replies) != 1 {
		t.Errorf("replies: %v, %v", replies, err)
	}
	counts, err := c.UnreadCounts(ctx)
	if want := []client.UnreadCount{{Channel: "town", Type: "channel", UnreadCount: 1, MentionCount: 1}}; err != nil || !slices.Equal(counts, want) {
		t.Errorf("counts: %v, %v", counts, err)
	}
	if unread, err := c.UnreadMessages(ctx, "town", &client.UnreadOpts{MentionsOnly: true}); err != nil || len(unread) != 1 || unread[0].ID != 0 || unread[0].Channel != "town" {
		t.Errorf("unread: %v, %v", unread, err)
	}
	if unread, err := c.UnreadMessages(ctx, "", nil); err != nil || len(unread) != 0 {
		t.Errorf("unread again: %v, %v", unread, err)
	}
	s.say(t, "bob", "one more", false)
	for _, id := range []int64{first, 0} {
		if err := c.MarkRead(ctx, "town", id); err != nil {
			t.Error(err)
		}
	}
	if counts, err := c.UnreadCounts(ctx); err != nil || len(counts) != 0 {
		t.Errorf("counts: %v, %v", counts, err)
	}
	var all []string
	for m, err := range c.All(ctx, "town", 0) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m.Body)
	}
	if !slices.Equal(all, []string{"hello @gopher", "hello @alice", "one more"}) {
		t.Errorf("all: %q", all)
	}
	if _, err := c.SendMessage(ctx, "nowhere", "hello", nil); err == nil || !strings.Contains(err.Error(), "channel not found") {
		t.Errorf("send: %v", err)
	}
	if _, err := c.SendMessage(ctx, "town", "hello", &client.SendOpts{Metadata: new("not json")}); err == nil || !strings.Contains(err.Error(), "nothing was sent") {
		t.Errorf("send: %v", err)
	}
}

func TestClient_MentionGroups(t *testing.T) {
	t.Parallel()
	s, ctx := start(t, sim.Options{}), t.Context()
	c := s.dial(t)
	if groups, err := c.ListMentionGroups(ctx); err != nil || len(groups) != 0 {
		t.Errorf("groups: %v, %v", groups, err)
	}
	id, err := c.CreateMentionGroup(ctx, "ops")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"alice", "bob"} {
		if err := c.AddMentionGroupMember(ctx, "ops", name); err != nil {
			t.Error(err)
		}
	}
	if err := c.RemoveMentionGroupMember(ctx, "ops", "bob"); err != nil {
		t.Error(err)
	}
	want := client.MentionGroup{ID: id, Slug: "ops", CreatedBy: "gopher", Members: []string{"alice"}}
	if g, err := c.GetMentionGroup(ctx, "ops"); err != nil || !reflect.DeepEqual(*g, want) {
		t.Errorf("group: %+v, %v", g, err)
	}
	if groups, err := c.ListMentionGroups(ctx); err != nil || len(groups) != 1 || !reflect.DeepEqual(groups[0], want) {
		t.Errorf("groups: %v, %v", groups, err)
	}
	if err := c.DeleteMentionGroup(ctx, "ops"); err != nil {
		t.Error(err)
	}
	if _, err := c.GetMentionGroup(ctx, "ops"); err == nil {
		t.Error("the group is still there")
	}
}

func TestDMList_ReadsParticipantAndParticipants(t *testing.T) {
	t.Parallel()
	for _, without := range [][]sim.Oddity{nil, {sim.DMRows, sim.NullLists}} {
		s, ctx := start(t, sim.Options{Without: without}), t.Context()
		c := s.dial(t)
		if dms, err := c.DMList(ctx); err != nil || len(dms) != 0 {
			t.Errorf("none: %v, %v", dms, err)
		}
		opened, err := c.DMOpen(ctx, "alice")
		if err != nil || *opened != (client.DMOpenResult{Channel: "dm-alice-gopher", Participant: "alice", Created: true}) {
			t.Fatalf("open: %v, %v", opened, err)
		}
		if dms, err := c.DMList(ctx); err != nil || !reflect.DeepEqual(dms, []client.DM{{Channel: "dm-alice-gopher", Participants: []string{"alice"}}}) {
			t.Errorf("without %q: %v, %v", without, dms, err)
		}
		if err := s.Join("bob", opened.Channel); err != nil {
			t.Fatal(err)
		}
		dms, err := c.DMList(ctx)
		if err != nil || len(dms) != 1 {
			t.Fatalf("of three: %v, %v", dms, err)
		}
		if slices.Sort(dms[0].Participants); !slices.Equal(dms[0].Participants, []string{"alice", "bob"}) {
			t.Errorf("of three: %v", dms)
		}
		if _, err := c.DMOpen(ctx, "nobody"); err == nil {
			t.Error("opened a conversation with nobody")
		}
	}
}

func TestJoinAndCreate_OverTheSocket(t *testing.T) {
	t.Parallel()
	s, ctx := start(t, sim.Options{}), t.Context()
	c := s.dial(t)
	s.channel(t, "square", true, "alice")
	for range 2 {
		if err := c.JoinChannel(ctx, "square"); err != nil {
			t.Error(err)
		}
	}
	if err := c.JoinChannel(ctx, "nowhere"); err == nil {
		t.Error("joined a channel that does not exist")
	}
	if err := c.CreateChannel(ctx, "square", true); !errors.Is(err, client.ErrConflict) {
		t.Errorf("create: %v", err)
	}
	if err := s.SetRole("gopher", "user"); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateChannel(ctx, "park", true); err == nil || errors.Is(err, client.ErrConflict) {
		t.Errorf("create without permission: %v", err)
	}
}

func TestMetadata_IsATextByEveryWay(t *testing.T) {
	t.Parallel()
	s, ctx := start(t, sim.Options{}), t.Context()
	c := s.dial(t)
	const metadata = `{"gopher":"h1"}`
	if _, err := c.SendMessage(ctx, "town", "by the socket", &client.SendOpts{Metadata: new(metadata)}); err != nil {
		t.Fatal(err)
	}
	m, err := next(t, c, "message.new").AsMessage()
	if err != nil || m.Metadata == nil || *m.Metadata != metadata {
		t.Errorf("pushed: %+v, %v", m, err)
	}
	if _, err := s.rest().SendMessage(ctx, "town", "by REST", &client.SendOpts{Metadata: new(metadata)}); err != nil {
		t.Fatal(err)
	}
	history, err := c.History(ctx, "town", nil)
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.rest().ListMessages(ctx, "town", nil)
	if err != nil {
		t.Fatal(err)
	}
	if all := append(history, list...); len(all) != 4 || slices.ContainsFunc(all, func(m client.Message) bool { return m.Metadata == nil || *m.Metadata != metadata }) {
		t.Errorf("read: %+v", all)
	}
	// An object, as in a webhook of another version, becomes a text, too.
	s.Inject("gopher", []byte(`{"type":"message.new","d":{"id":9,"metadata":{"gopher": "h1"}}}`))
	next(t, c, "message.new")
	if m, err := (client.Event{Type: "message.new", Data: []byte(`{"id":9,"metadata":{"gopher": "h1"}}`)}).AsMessage(); err != nil || *m.Metadata != `{"gopher": "h1"}` {
		t.Errorf("an object: %+v, %v", m, err)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	c := s.dial(t)
	id := s.say(t, "alice", "hello @gopher", false)
	m, err := next(t, c, "message.new").AsMessage()
	if err != nil || m.ID != id || m.Channel != "town" || m.ChannelType != "channel" || m.From != "alice" || m.Body != "hello @gopher" || !slices.Equal(m.Mentions, []string{"gopher"}) {
		t.Errorf("%+v, %v", m, err)
	}
	alice, err := client.Dial(t.Context(), s.address(), client.WithAPIKey("alice-key"))
	if err != nil {
		t.Fatal(err)
	}
	e := next(t, c, "presence")
	if p, err := e.AsPresence(); err != nil || *p != (client.PresenceUpdate{Username: "alice", Status: "online", State: "idle"}) {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := e.AsMessage(); err == nil {
		t.Error("presence is no message")
	}
	alice.Close()
	if p, err := next(t, c, "presence").AsPresence(); err != nil || p.Status != "offline" {
		t.Errorf("%+v, %v", p, err)
	}
	s.PushCapabilities("gopher")
	next(t, c, "capabilities")
	for _, data := range []string{"", "null", "[]", "{", `{"id":"x"}`} {
		if m, err := (client.Event{Data: []byte(data)}).AsMessage(); err == nil {
			t.Errorf("%q is %+v", data, m)
		}
	}
}

func TestTimeout_OverTheSocket(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	c := s.dial(t)
	s.LoseReplies("gopher", 1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := c.Ping(ctx); !errors.Is(err, client.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if err := c.Ping(ctx); !errors.Is(err, client.ErrTimeout) {
		t.Errorf("of a context that has ended: %v", err)
	}
	testenv.Eventually(t, "the client answers again", func() bool { return c.Ping(t.Context()) == nil })
}
