// Package sim is a simulated Slack: a workspace with people and channels that sends signed
// events to a gateway over HTTP, or sends them over sockets, retries events that the gateway
// did not accept, and answers the Web API. People say things, edit, delete and react, type
// slash commands, press buttons, fill in modals and open the app's home; Workspace has a
// method for each. The demo, end-to-end tests and load tests use it.
//
// It knows Slack's protocols. It must not know how the bot works inside. It keeps messages
// in memory.
package sim

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/internal/slack/sim/blockkit"
	"github.com/gobridge/gopherbot/internal/slack/sim/socket"
)

// BotID and BotUserID are the bot's ids in a simulated workspace.
const (
	BotID     = "B0GOPHER"
	BotUserID = "U0GOPHER"
)

// Workspace is a simulated workspace. It is safe for concurrent use.
type Workspace struct {
	opts   Options
	outbox chan delivery
	socket *socket.Server

	mu       sync.Mutex
	people   []Person
	channels []Channel
	messages []*Message
	lastTS   time.Time
	journeys map[string]*Message // by event id
	events   map[string]string   // request id → event id
	feed     Feed
	calls    []Call
	faults   map[string][]Fault
	disturb  func(Call) Fault
	twice    bool // every event is sent twice

	triggers  []*trigger         // the oldest first
	responses []*responseURL     // the oldest first
	uploads   map[string]*File   // by id, until they are shared
	modals    map[string][]*View // by person, the root first
	homes     map[string]*View   // by person
	shown     []Shown
	mistakes  []string
	traffic   []Traffic
}

// Person is a member of the workspace.
type Person struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	RealName string `json:"real_name"`
	// Email is the person's address, "" for the bot.
	Email string `json:"email,omitempty"`
	Bot   bool   `json:"bot"`
}

// Channel is a public channel ("channel"), a private one ("group"), a group message of some
// people and the bot ("mpim"), or one person's direct messages with the bot ("im"), which have
// no name. Only a public channel can be joined.
type Channel struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Kind    string   `json:"kind"`
	Topic   string   `json:"topic"`
	Members []string `json:"members"`
	// Archived channels are not listed, and nothing can be posted in them.
	Archived bool `json:"archived"`
	// Restricted channels are those in which only admins may post. The bot is one.
	Restricted bool `json:"restricted"`
}

// Message is something that was said.
type Message struct {
	Channel      string `json:"channel"`
	TS           string `json:"ts"`
	ThreadTS     string `json:"thread_ts"`
	User         string `json:"user"`
	Text         string `json:"text"`
	Subtype      string `json:"subtype"`
	EphemeralFor string `json:"ephemeral_for"`
	// Literal reports that the app had Slack read no marks in the text (mrkdwn: false).
	Literal     bool         `json:"literal,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
	// Blocks are checked Block Kit.
	Blocks []blockkit.Object `json:"blocks,omitempty"`
	// Edited is the timestamp of a person's last edit, "" for none.
	Edited    string     `json:"edited"`
	Files     []*File    `json:"files,omitempty"`
	Reactions []Reaction `json:"reactions"`
	// Journey is what became of the event that the message caused, nil for what
	// the bot says.
	Journey *Journey `json:"journey"`

	metadata metadata
	controls *controls // nil for what people say
}

// Attachment is a block below a message.
type Attachment struct {
	Title  string `json:"title"`
	Text   string `json:"text"`
	Footer string `json:"footer"`
	// Color is "good", "warning", "danger" or "#rrggbb", and Fallback the text for
	// notifications.
	Color    string `json:"color,omitempty"`
	Fallback string `json:"fallback,omitempty"`
	ImageURL string `json:"image_url,omitempty"`
	// Marks are the fields in which marks are read.
	Marks []string `json:"mrkdwn_in,omitempty"`
}

// Reaction is an emoji on a message and who put it there.
type Reaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
}

// ErrNotFound is returned for a person or channel that is not there.
var ErrNotFound = errors.New("not found")

// New returns a workspace with two people, the bot, and a few channels.
func New(opts Options) *Workspace {
	opts.setDefaults()
	w := &Workspace{
		opts:     opts,
		outbox:   make(chan delivery, 1000),
		journeys: map[string]*Message{},
		events:   map[string]string{},
		faults:   map[string][]Fault{},
		uploads:  map[string]*File{},
		modals:   map[string][]*View{},
		homes:    map[string]*View{},
	}
	w.socket = w.newSocket()
	w.people = []Person{{ID: BotUserID, Name: opts.BotName, RealName: opts.BotName, Bot: true}}
	for _, c := range []struct{ name, topic string }{
		{"general", "Announcements and whatever concerns everyone"},
		{"newbies", "Any question about Go, above all the first ones"},
		{"reviews", "Show your code"},
		{"showandtell", "What you made"},
		{"performance", "Faster, with numbers"},
		{"security", "Safe, and kept so"},
		{"jobs", "Offers and requests"},
		{"random", "Everything else"},
	} {
		w.channels = append(w.channels, Channel{
			ID: fmt.Sprintf("C%02d%s", len(w.channels)+1, strings.ToUpper(c.name)), Name: c.name, Kind: publicKind, Topic: c.topic,
			Members: []string{BotUserID},
		})
	}
	for _, name := range opts.Channels {
		if !slices.ContainsFunc(w.channels, func(c Channel) bool { return c.Name == name }) {
			w.channels = append(w.channels, w.newPublic(name))
		}
	}
	for _, name := range []string{"Ada", "Rob"} {
		p, _ := w.add(name)
		for i := range w.channels {
			if c := &w.channels[i]; c.Kind == publicKind && c.Name != "newbies" {
				c.Members = append(c.Members, p.ID)
			}
		}
	}
	return w
}

// Say sends a message of a person. text is in the form of Slack's client, with references
// in angle brackets. The person joins the channel first. Say returns the message's
// timestamp.
func (w *Workspace) Say(user, channel, text, thread string) (ts string, err error) {
	return w.say(user, channel, text, thread, nil)
}

func (w *Workspace) say(user, channel, text, thread string, file *File) (ts string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.join(user, channel); err != nil {
		return "", err
	}
	c := w.channel(channel)
	said := Message{Channel: channel, ThreadTS: thread, User: user, Text: text}
	if file != nil {
		said.Files = []*File{file}
	}
	m := w.post(said)
	event := map[string]any{
		"type": "message", "channel": channel, "channel_type": c.Kind, "user": user, "text": text,
		"ts": m.TS, "event_ts": m.TS, "team": w.opts.TeamID, "client_msg_id": rand.Text(),
	}
	if thread != "" {
		event["thread_ts"] = thread
	}
	if file != nil {
		event["subtype"], event["files"] = "file_share", []any{w.announce(file)}
	}
	return m.TS, w.send(event, m)
}

// post adds a message with the next timestamp. w.mu is held.
func (w *Workspace) post(m Message) *Message {
	now := time.Now().Truncate(time.Microsecond)
	if !now.After(w.lastTS) {
		now = w.lastTS.Add(time.Microsecond) // a timestamp is unique in its channel
	}
	w.lastTS = now
	m.TS = fmt.Sprintf("%d.%06d", now.Unix(), now.Nanosecond()/1000)
	m.Reactions = []Reaction{}
	w.messages = append(w.messages, &m)
	if len(w.messages) > w.opts.Remember {
		w.forget(w.messages[0])
		w.messages = w.messages[1:]
	}
	w.tell("message", m)
	return &m
}

// forget drops a message's journey. w.mu is held.
func (w *Workspace) forget(m *Message) {
	if m.Journey == nil {
		return
	}
	delete(w.journeys, m.Journey.EventID)
	for _, id := range m.Journey.requestIDs {
		delete(w.events, id)
	}
}

func (w *Workspace) channel(id string) *Channel {
	for i := range w.channels {
		if w.channels[i].ID == id {
			return &w.channels[i]
		}
	}
	return nil
}

func (w *Workspace) message(channel, ts string) *Message {
	for _, m := range slices.Backward(w.messages) { // as a rule it is a late one
		if m.Channel == channel && m.TS == ts {
			return m
		}
	}
	return nil
}

// Run sends events to the app until ctx ends. It returns when all deliveries and all
// sockets have ended.
func (w *Workspace) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	var err error
	wg.Go(func() { err = w.socket.Run(ctx) })
	for {
		select {
		case d := <-w.outbox:
			wg.Go(func() { w.deliver(ctx, d) })
		case <-ctx.Done():
			wg.Wait()
			return err
		}
	}
}
