package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
)

// actionTimeout is how long a handler may run.
const actionTimeout = 5 * time.Second

func (t *tool) chat() *cobra.Command {
	var channel bool
	c := &cobra.Command{
		Use:   "chat",
		Short: "Talk to the bot's handlers in the terminal, with no Slack and no Redis",
		Long: `Talks to the handlers in the terminal, with no Slack and no Redis. Each line is a
message: a direct one to the bot, or with --channel one in a public channel, where
the bot is spoken to with @` + t.Content.MentionName() + `. What people in Slack would see comes back.

  /join           somebody joins the workspace
  /join newbies   somebody joins a channel
  /quit           ends it, as does the end of the input

Nothing is remembered from one line to the next, and nothing is uploaded.`,
		Example: `  gopherbot chat
  echo 'flip a coin' | gopherbot chat
  gopherbot chat --channel --json <messages.txt | jq -c '.did[].text'`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			registry, err := t.Content.Registry(handler.Services{Channels: byName{}, HTTP: offline{}})
			if err != nil {
				return err
			}
			s := &conversation{tool: t, registry: registry, channel: handler.Channel{ID: "D1", Kind: handler.Direct}}
			if channel {
				s.channel = handler.Channel{ID: "C1", Name: "general", Kind: handler.Public}
			}
			return s.run(c.Context())
		},
	}
	c.Flags().BoolVar(&channel, "channel", false, "speak in a public channel")
	return t.withJSON(c)
}

// byName is a directory of channels that are called by their names.
type byName struct{}

func (byName) Name(_ context.Context, id string) (string, error) { return id, nil }

// offline is the transport of the handlers' own requests: there are none.
type offline struct{}

// RoundTrip implements http.RoundTripper.
func (offline) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("chat makes no requests to %s, and uploads nothing", r.URL.Host)
}

// conversation is one run of chat.
type conversation struct {
	*tool
	registry *handler.Registry
	channel  handler.Channel
	said     int
}

// maxLine is how many bytes a line may have: Slack takes 40,000 characters.
const maxLine = 160_000

// run answers each line of the input, until that or ctx ends.
func (s *conversation) run(ctx context.Context) error {
	lines, ended := s.lines(ctx)
	for {
		if s.Terminal && !s.json {
			fmt.Fprint(s.Out, "you> ")
		}
		select {
		case <-ctx.Done():
			return nil
		case line, ok := <-lines:
			if !ok {
				return <-ended
			}
			line = strings.TrimSpace(line)
			if line == "/quit" {
				return nil
			}
			if line == "" {
				continue
			}
			if err := s.show(s.answer(ctx, line)); err != nil {
				return err
			}
		}
	}
}

// lines reads the input on the side, since a read from a terminal cannot be
// interrupted; the read that is under way when ctx ends is left behind.
func (s *conversation) lines(ctx context.Context) (<-chan string, <-chan error) {
	lines, ended := make(chan string), make(chan error, 1)
	go func() {
		defer close(lines)
		in := bufio.NewScanner(s.In)
		in.Buffer(nil, maxLine)
		for in.Scan() {
			select {
			case lines <- in.Text():
			case <-ctx.Done():
				return
			}
		}
		if err := in.Err(); err != nil {
			err = fmt.Errorf("read the input: %w", err)
			ended <- err
			return
		}
		ended <- nil
	}()
	return lines, ended
}

// exchange is a message and the answers to it.
type exchange struct {
	Say string `json:"say"`
	Did []did  `json:"did"`
}

// did is one thing that the bot did.
type did struct {
	Action string `json:"action"` // the declaration's name
	// Kind is reply, only_to_you, direct_message, reaction or error.
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// answer runs the matches of a line.
func (s *conversation) answer(ctx context.Context, line string) exchange {
	e := exchange{Say: line, Did: []did{}}
	for _, action := range s.matching(line) {
		r := &listener{action: action.Name}
		if err := run(ctx, action, r); err != nil {
			r.note("error", err.Error())
		}
		e.Did = append(e.Did, r.heard...)
	}
	return e
}

// matching returns the actions for a line.
func (s *conversation) matching(line string) []handler.Match {
	const you = "U1"
	if joined, rest, _ := strings.Cut(line, " "); joined == "/join" {
		j := handler.Join{Platform: "terminal", Workspace: "T1", User: you, Time: time.Now()}
		name := strings.TrimPrefix(strings.TrimSpace(rest), "#")
		if name == "" {
			return s.registry.WorkspaceJoin(j)
		}
		j.Channel = handler.Channel{ID: name, Name: name, Kind: handler.Public}
		return s.registry.ChannelJoin(j)
	}
	text, mentioned := strings.CutPrefix(line, "@"+s.Content.MentionName())
	if mentioned {
		text = strings.TrimLeft(text, ":, ")
	}
	s.said++
	return s.registry.Message(handler.Message{
		Platform: "terminal", Workspace: "T1", Channel: s.channel, ID: strconv.Itoa(s.said), User: you,
		Text: text, RawText: markup.EscapeReferences(text), Mentioned: mentioned, Time: time.Now(),
	})
}

// run runs an action. Its panic is its author's to read, and not the end of the
// conversation.
func run(ctx context.Context, action handler.Match, r handler.Responder) (err error) {
	ctx, cancel := context.WithTimeout(ctx, actionTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return action.Run(ctx, r)
}

// listener is the Responder of one match: it records the calls.
type listener struct {
	action string
	heard  []did
}

func (l *listener) note(kind, text string) { l.heard = append(l.heard, did{l.action, kind, text}) }

func (l *listener) say(kind string, reply handler.Reply) error {
	text := reply.Text
	if a := reply.Attachment; a != nil {
		text = strings.TrimSpace(strings.Join([]string{text, a.Title, a.Text, a.Footer}, "\n"))
	}
	l.note(kind, text)
	return nil
}

// React implements handler.Responder.
func (l *listener) React(_ context.Context, emoji string) error {
	l.note("reaction", emoji)
	return nil
}

// Reply implements handler.Responder.
func (l *listener) Reply(_ context.Context, reply handler.Reply) error { return l.say("reply", reply) }

// ReplyEphemeral implements handler.Responder.
func (l *listener) ReplyEphemeral(_ context.Context, reply handler.Reply) error {
	return l.say("only_to_you", reply)
}

// DM implements handler.Responder.
func (l *listener) DM(_ context.Context, reply handler.Reply) error {
	return l.say("direct_message", reply)
}

// show prints the answers to a line: as a line of JSON for scripts.
func (s *conversation) show(e exchange) error {
	if s.json {
		encoder := json.NewEncoder(s.Out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(e)
	}
	if len(e.Did) == 0 {
		_, err := fmt.Fprintln(s.Out, "(the bot keeps silent)")
		return err
	}
	for _, d := range e.Did {
		if err := showDid(s.Out, s.Content.MentionName(), d); err != nil {
			return err
		}
	}
	return nil
}

// notes mark answers that not everybody sees, and errors.
var notes = map[string]string{"only_to_you": " (only to you)", "direct_message": " (direct message)", "error": " (error)"}

func showDid(w io.Writer, bot string, d did) error {
	if d.Kind == "reaction" {
		_, err := fmt.Fprintf(w, "%s reacts with :%s:\n", bot, d.Text)
		return err
	}
	_, err := fmt.Fprintf(w, "%s%s> %s\n", bot, notes[d.Kind], strings.ReplaceAll(markup.Plain(markup.Parse(d.Text)), "\n", "\n    "))
	return err
}
