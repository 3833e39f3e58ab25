package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	sharkfinsim "github.com/gobridge/gopherbot/internal/sharkfin/sim"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/workqueue"
)

// room is a simulated Sharkfin server with people, as the page shows it. People say things in the
// server, and it keeps all messages; the room notes their journeys and the traffic of the bot.
type room struct {
	listener net.Listener
	server   *sharkfinsim.Server
	bot      slacksim.Person

	mu       sync.Mutex
	feed     slacksim.Feed
	people   []slacksim.Person // the bot is the first
	channels []slacksim.Channel
	messages []*slacksim.Message
	byID     map[string]*slacksim.Message // by the server's ids
	requests map[string]string            // ids of messages by those of the requests that handle them
	traffic  []slacksim.Traffic
	armed    trap
}

const (
	// maxMessages is how many messages the page remembers. The server keeps all.
	maxMessages = 5000
	// The kinds of channels of the page.
	publicKind, privateKind, directKind = "channel", "group", "im"
)

// newRoom returns a room on a listener, with Ada, Rob and the bot in the channels general, newbies,
// reviews, random and others, and each of them in direct messages with the bot.
func newRoom(listener net.Listener, bot sharkfinsim.Identity, others []string) (*room, error) {
	r := &room{
		listener: listener, bot: slacksim.Person{ID: bot.Name, Name: bot.Name, RealName: bot.Name, Bot: true},
		byID: map[string]*slacksim.Message{}, requests: map[string]string{},
	}
	r.people = []slacksim.Person{r.bot, {ID: "ada", Name: "ada", RealName: "Ada"}, {ID: "rob", Name: "rob", RealName: "Rob"}}
	r.server = sharkfinsim.New(sharkfinsim.Options{
		Identities: []sharkfinsim.Identity{{Name: "ada"}, {Name: "rob"}, bot}, Posted: r.posted, Frame: r.frame,
	})
	members := []string{r.bot.ID, "ada", "rob"}
	add := func(name, topic, kind string) error {
		if slices.ContainsFunc(r.channels, func(c slacksim.Channel) bool { return c.ID == name }) {
			return nil
		}
		r.channels = append(r.channels, slacksim.Channel{ID: name, Name: name, Kind: kind, Topic: topic, Members: members})
		return r.server.AddChannel(name, kind == publicKind, members...)
	}
	err := errors.Join(
		add("general", "Announcements and whatever concerns everyone", publicKind),
		add("newbies", "Any question about Go, above all the first ones", publicKind),
		add("reviews", "Show your code", publicKind),
		add("random", "Everything else", publicKind),
	)
	for _, name := range others {
		err = errors.Join(err, add(name, "", publicKind))
	}
	err = errors.Join(err, add("organizers", "Where the meetup is planned.", privateKind))
	for _, p := range r.people[1:] {
		name, openErr := r.server.OpenDM(p.ID, r.bot.ID)
		err = errors.Join(err, openErr)
		r.channels = append(r.channels, slacksim.Channel{ID: name, Kind: directKind, Members: []string{p.ID, r.bot.ID}})
	}
	return r, err
}

// Abilities implements page.Workspace: people write, and that is all.
func (*room) Abilities() slacksim.Abilities { return slacksim.Abilities{Platform: "Sharkfin"} }

// Run serves the room until ctx ends.
func (r *room) Run(ctx context.Context) error {
	defer r.server.Close()
	return serve(ctx, r.listener, r, "the simulated Sharkfin")
}

// Watch implements page.Workspace.
func (r *room) Watch() (now slacksim.Snapshot, updates <-chan slacksim.Update, stop func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	updates, drop := r.feed.Watch()
	return r.snapshot(), updates, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		drop()
	}
}

// Snapshot implements workspace.
func (r *room) Snapshot() slacksim.Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.snapshot()
}

func (r *room) snapshot() slacksim.Snapshot {
	s := slacksim.Snapshot{
		Bot: r.bot, People: slices.Clone(r.people), Channels: slices.Clone(r.channels), Messages: make([]slacksim.Message, len(r.messages)),
		Modals: []slacksim.Modal{}, Homes: []slacksim.View{}, Errors: []slacksim.Shown{}, Traffic: append([]slacksim.Traffic{}, r.traffic...),
		Commands: []slacksim.Command{}, Shortcuts: []slacksim.Shortcut{},
	}
	for i, m := range r.messages {
		s.Messages[i] = *m
	}
	return s
}

// Say implements page.Workspace. Its timestamps have the server's ids, which are whole.
func (r *room) Say(user, channel, text, thread string) (ts string, err error) {
	if err := r.check(user, channel); err != nil {
		return "", err
	}
	p := sharkfinsim.Post{From: user, Channel: channel, Body: text}
	if thread != "" {
		_, id, _ := strings.Cut(thread, ".")
		if p.ThreadID, err = strconv.ParseInt(id, 10, 64); err != nil {
			return "", fmt.Errorf("there is no message %q", thread)
		}
	}
	id, err := r.server.Say(p)
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byID[strconv.FormatInt(id, 10)].TS, nil
}

// check returns an error for what a person may not do.
func (r *room) check(user, channel string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	person := slices.ContainsFunc(r.people[1:], func(p slacksim.Person) bool { return p.ID == user })
	i := slices.IndexFunc(r.channels, func(c slacksim.Channel) bool { return c.ID == channel })
	if !person || i < 0 || !slices.Contains(r.channels[i].Members, user) {
		return fmt.Errorf("person %q in channel %q: %w", user, channel, slacksim.ErrNotFound)
	}
	return nil
}

// JoinChannel implements page.Workspace. Everybody is in every channel.
func (r *room) JoinChannel(user, channel string) error { return r.check(user, channel) }

// posted notes a message of the server.
func (r *room) posted(m sharkfinsim.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := strconv.FormatInt(m.ID, 10)
	said := &slacksim.Message{Channel: m.Channel, TS: timestamp(m), User: m.From, Text: m.Body, Reactions: []slacksim.Reaction{}}
	if m.ThreadID != nil {
		if root := r.byID[strconv.FormatInt(*m.ThreadID, 10)]; root != nil {
			said.ThreadTS = root.TS
		}
	}
	if m.From != r.bot.ID {
		said.Journey = slacksim.NewJourney(id, time.Now())
	}
	r.byID[id] = said
	i, _ := slices.BinarySearchFunc(r.messages, said, func(a, b *slacksim.Message) int { return cmp.Compare(a.TS, b.TS) })
	r.messages = slices.Insert(r.messages, i, said)
	if len(r.messages) > maxMessages {
		delete(r.byID, strings.TrimLeft(r.messages[0].TS[11:], "0"))
		r.messages = r.messages[1:]
	}
	r.feed.Tell("message", *said)
}

// timestamp is the time of a message in whole seconds and its id, so that the order of timestamps
// is that of messages.
func timestamp(m sharkfinsim.Message) string { return fmt.Sprintf("%010d.%09d", m.SentAt.Unix(), m.ID) }

// accepted notes the request that handles an event.
func (r *room) accepted(e workqueue.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests[e.RequestID] = e.ID
}

// change replaces the journey of a message, if to makes another of it. r.mu is held.
func (r *room) change(id string, to func(*slacksim.Journey) (*slacksim.Journey, bool)) {
	m := r.byID[id]
	if m == nil || m.Journey == nil {
		return
	}
	if j, ok := to(m.Journey); ok {
		m.Journey = j
		r.feed.Tell("message", *m)
	}
}

// Step implements workspace.
func (r *room) Step(eventID, name string, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.change(eventID, func(j *slacksim.Journey) (*slacksim.Journey, bool) { return j.WithStep(name, at) })
}

// Note implements workspace.
func (r *room) Note(eventID, note string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.change(eventID, func(j *slacksim.Journey) (*slacksim.Journey, bool) { return j.WithNote(note) })
}

// Outcome implements workspace.
func (r *room) Outcome(eventID, outcome string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.change(eventID, func(j *slacksim.Journey) (*slacksim.Journey, bool) { return j.WithOutcome(outcome) })
}

// Journey implements workspace.
func (r *room) Journey(channel, ts string) (slacksim.Journey, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range slices.Backward(r.messages) {
		if m.Channel == channel && m.TS == ts {
			if m.Journey == nil {
				return slacksim.Journey{}, false
			}
			return *m.Journey, true
		}
	}
	return slacksim.Journey{}, false
}
