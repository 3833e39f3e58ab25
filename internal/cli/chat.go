package cli

import (
	"bufio"
	"context"
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

// actionTimeout bounds the run of a handler.
const actionTimeout = 5 * time.Second

func (t *tool) chat() *cobra.Command {
	var channel bool
	c := &cobra.Command{
		Use:   "chat",
		Short: "Chat with the bot's handlers in the terminal, without Slack and Redis",
		Long: `Runs the bot's handlers in the terminal, without Slack and Redis. Each line of the input
is a direct message to the bot, or with --channel a message in a public channel, where
@` + t.Content.MentionName() + ` mentions the bot. The command prints the bot's replies.

  /NAME TEXT      a slash command of the bot's, such as /NAME help
  /join           a person joins the workspace
  /join newbies   a person joins a channel
  /quit           ends the command, like the end of the input

Each line is handled on its own: there are no cooldowns. Handlers' HTTP requests fail, so
nothing is uploaded.`,
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
	c.Flags().BoolVar(&channel, "channel", false, "send the messages in a public channel")
	return t.withJSON(c)
}

// byName is a directory of channels whose ids are their names.
type byName struct{}

func (byName) Name(_ context.Context, id string) (string, error) { return id, nil }

// offline is the transport of the handlers' own requests. All of them fail.
type offline struct{}

// RoundTrip implements http.RoundTripper.
func (offline) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("request to %s: chat makes no requests", r.URL.Host)
}

// conversation is one run of chat.
type conversation struct {
	*tool
	registry *handler.Registry
	channel  handler.Channel
	messages int
}

// maxLine is the maximum number of bytes of a line: Slack accepts 40,000 characters.
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

// lines reads the input in a goroutine, because a read from a terminal cannot be
// interrupted. A read in progress when ctx ends is abandoned.
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

// did is one action of the bot.
type did struct {
	Action string `json:"action"` // the declaration's name
	// Kind is reply, in_thread, only_to_you, direct_message, edit, channel, form, reaction or error.
	Kind string `json:"kind"`
	Text string `json:"text"`
	// Controls are the labels of the buttons, menus and links below the text.
	Controls []string `json:"controls,omitempty"`
}

// answer runs the matches of a line.
func (s *conversation) answer(ctx context.Context, line string) exchange {
	e := exchange{Say: line, Did: []did{}}
	for _, action := range s.matching(line) {
		r := &recorder{action: action.Name, slash: strings.HasPrefix(line, "/"), threads: s.channel.Kind != handler.Direct}
		if err := run(ctx, action, r); err != nil {
			r.note("error", err.Error())
		}
		e.Did = append(e.Did, r.calls...)
	}
	return e
}

// matching returns the actions for a line.
func (s *conversation) matching(line string) []handler.Match {
	const you = "U1"
	joined, rest, _ := strings.Cut(line, " ")
	if joined == "/join" {
		j := handler.Join{Platform: "terminal", Workspace: "T1", User: you, Time: time.Now()}
		name := strings.TrimPrefix(strings.TrimSpace(rest), "#")
		if name == "" {
			return s.registry.WorkspaceJoin(j)
		}
		j.Channel = handler.Channel{ID: name, Name: name, Kind: handler.Public}
		return s.registry.ChannelJoin(j)
	}
	if name, slash := strings.CutPrefix(joined, "/"); slash {
		i := handler.Interaction{
			Platform: "terminal", Workspace: "T1", Channel: s.channel, User: you, Text: rest, RawText: markup.EscapeReferences(rest), Time: time.Now(),
		}
		if matches := s.registry.SlashCommand(name, i); len(matches) > 0 {
			return matches
		}
	}
	text, mentioned := strings.CutPrefix(line, "@"+s.Content.MentionName())
	if mentioned {
		text = strings.TrimLeft(text, ":, ")
	}
	s.messages++
	return s.registry.Message(handler.Message{
		Platform: "terminal", Workspace: "T1", Channel: s.channel, ID: strconv.Itoa(s.messages), User: you,
		Text: text, RawText: markup.EscapeReferences(text), Mentioned: mentioned, Time: time.Now(),
	})
}

// run runs an action. It returns a panic as an error, for the author of the handler.
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

// recorder is the Responder of one match: it records the calls.
type recorder struct {
	action string
	slash  bool // the line is a slash command, which alone can open a form
	// threads says that the conversation has threads, as those in channels have.
	threads bool
	calls   []did
}

func (l *recorder) note(kind, text string) {
	l.calls = append(l.calls, did{Action: l.action, Kind: kind, Text: text})
}

func (l *recorder) reply(kind string, reply handler.Reply) error {
	text := reply.Text
	if a := reply.Attachment; a != nil {
		text = strings.TrimSpace(strings.Join([]string{text, a.Title, a.Text, a.Footer}, "\n"))
	}
	l.note(kind, text)
	for _, c := range reply.Components {
		made := &l.calls[len(l.calls)-1]
		made.Controls = append(made.Controls, c.Label)
	}
	return nil
}

// React implements handler.Responder.
func (l *recorder) React(_ context.Context, emoji string) error {
	l.note("reaction", emoji)
	return nil
}

// Reply implements handler.Responder.
func (l *recorder) Reply(_ context.Context, reply handler.Reply) error {
	if reply.InThread && l.threads {
		return l.reply("in_thread", reply)
	}
	return l.reply("reply", reply)
}

// ReplyEphemeral implements handler.Responder.
func (l *recorder) ReplyEphemeral(_ context.Context, reply handler.Reply) error {
	return l.reply("only_to_you", reply)
}

// DM implements handler.Responder.
func (l *recorder) DM(_ context.Context, reply handler.Reply) error {
	return l.reply("direct_message", reply)
}

// PostIn implements handler.Responder.
func (l *recorder) PostIn(_ context.Context, channel string, reply handler.Reply) error {
	reply.Text = "#" + channel + ": " + reply.Text
	return l.reply("channel", reply)
}

// Edit implements handler.Responder.
func (l *recorder) Edit(_ context.Context, reply handler.Reply) error {
	return l.reply("edit", reply)
}

// OpenForm implements handler.Responder. The terminal shows no forms: it names them.
func (l *recorder) OpenForm(_ context.Context, form *handler.Form, _ string) error {
	if form.Fallback != "" {
		return l.reply("reply", handler.Text(form.Fallback))
	}
	if !l.slash {
		return handler.ErrUnsupported
	}
	l.note("form", form.Title)
	return nil
}

// show prints the answers to a line: as a line of JSON for scripts.
func (s *conversation) show(e exchange) error {
	if s.json {
		return writeJSON(s.Out, e, "")
	}
	if len(e.Did) == 0 {
		_, err := fmt.Fprintln(s.Out, "(no reply)")
		return err
	}
	for _, d := range e.Did {
		if err := showDid(s.Out, s.Content.MentionName(), d); err != nil {
			return err
		}
	}
	return nil
}

// notes mark private answers and errors.
var notes = map[string]string{"in_thread": " (in a thread)", "only_to_you": " (only to you)", "direct_message": " (direct message)", "edit": " (replaces the message)", "channel": " (in another channel)", "form": " (opens a form)", "error": " (error)"}

func showDid(w io.Writer, bot string, d did) error {
	if d.Kind == "reaction" {
		_, err := fmt.Fprintf(w, "%s reacts with :%s:\n", bot, d.Text)
		return err
	}
	text := markup.Plain(markup.Parse(d.Text))
	if len(d.Controls) > 0 {
		text += "\n[" + strings.Join(d.Controls, "] [") + "]"
	}
	_, err := fmt.Fprintf(w, "%s%s> %s\n", bot, notes[d.Kind], strings.ReplaceAll(text, "\n", "\n    "))
	return err
}
