package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/slack/blockkit"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/socket"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// diary notes what a bot is given, in any order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

// has checks the notes so far once nothing is on any stream.
func (d *diary) has(b *bot, want ...string) {
	b.Helper()
	b.settled()
	d.mu.Lock()
	defer d.mu.Unlock()
	got := slices.Sorted(slices.Values(d.lines))
	if slices.Sort(want); !slices.Equal(got, want) {
		b.Errorf("the bot was given %q, want %q", got, want)
	}
}

// diarist is the content of a bot that notes what it is given. Its form is validated for as
// long as it says, and has its closing reported; "menu" is answered with a button.
func diarist(d *diary) handler.Content {
	form := func(id string) *handler.Form {
		return &handler.Form{
			ID: id, Title: "A form", Fields: []handler.Field{{Name: "for", Label: "How long", Max: 20}},
			Validate: func(ctx context.Context, i handler.Interaction) (handler.Validation, error) {
				wait, err := time.ParseDuration(i.Values.First("for"))
				if err != nil {
					return handler.Validation{Errors: map[string]string{"for": "That is no duration."}}, nil
				}
				if !pause.For(ctx, wait) {
					return handler.Validation{}, ctx.Err()
				}
				return handler.Validation{}, nil
			},
			Run: func(_ context.Context, i handler.Interaction, _ handler.Responder) error {
				d.note("%s is submitted: %s", id, i.Values.First("for"))
				return nil
			},
			OnClose: func(_ context.Context, i handler.Interaction, _ handler.Responder) error {
				d.note("%s is closed", id)
				return nil
			},
		}
	}
	return handler.Content{Name: "diarist", Description: "Notes everything.", Mention: "diarist", Registry: func(handler.Services) (*handler.Registry, error) {
		return handler.NewRegistry(
			handler.Command{Trigger: "menu", Help: "shows a button", Run: func(ctx context.Context, _ handler.Message, r handler.Responder) error {
				return r.Reply(ctx, handler.Reply{Text: "Here it is.", Components: []handler.Component{{ID: "press", Label: "Press", Data: "a&b=c"}}})
			}},
			handler.Action{ID: "press", Help: "notes a press", Run: func(_ context.Context, i handler.Interaction, _ handler.Responder) error {
				d.note("pressed in %s of %s: %s", i.Channel.ID, i.Workspace, i.Data)
				return nil
			}},
			handler.SlashCommand{Command: "note", Help: "notes a text", Run: func(_ context.Context, i handler.Interaction, _ handler.Responder) error {
				d.note("noted in %s: %s", i.Workspace, i.Text)
				return nil
			}},
			handler.SlashCommand{Command: "form", Help: "shows a form", Form: form("root")},
			form("pushed"),
		)
	}}
}

// diarists runs a test with a diarist over each transport.
func diarists(t *testing.T, test func(b *bot, d *diary), change ...func(*slacksim.Options)) {
	t.Helper()
	overEach(t, func(_ *testing.T, b *bot, start func()) {
		d := &diary{}
		b.content = diarist(d)
		start()
		test(b, d)
	}, change...)
}

// menu has a diarist post its menu.
func (b *bot) menu() slacksim.Message {
	b.Helper()
	b.say(ada, general, "<@"+slacksim.BotUserID+"> menu")
	return b.hears("Here it is.")
}

// interacts sends what a test says that Slack sends, over the present transport. It returns
// the immediate answer.
func (b *bot) interacts(kind string, body json.RawMessage) (answer string, err error) {
	if b.slack.Socket().On() {
		said, err := b.slack.Socket().Deliver(b.Context(), socket.Envelope{Type: kind, Payload: body, AcceptsResponsePayload: true})
		return string(said), err
	}
	form, path := url.Values{"payload": {string(body)}}, "/slack/interactive"
	if kind == socket.SlashCommands {
		var fields map[string]string
		if err := json.Unmarshal(body, &fields); err != nil {
			return "", err
		}
		form, path = url.Values{}, "/slack/command"
		for name, value := range fields {
			form.Set(name, value)
		}
	}
	encoded := form.Encode()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.gateway+path, strings.NewReader(encoded))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	secret, _, _ := strings.Cut(b.environ["GOPHER_SLACK_REQUEST_SECRET"], ",")
	gatewayslack.Sign(r.Header, []byte(encoded), secret, time.Now())
	response, err := (&http.Client{Timeout: testenv.Timeout}).Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("the gateway answered %s", response.Status)
	}
	return string(said), err
}

// TestTraps_TwoPressesAtOnce has somebody press a button twice within 100 ms: these are two
// events. The same press sent twice is one.
func TestTraps_TwoPressesAtOnce(t *testing.T) {
	t.Parallel()
	diarists(t, func(b *bot, d *diary) {
		menu := b.menu()
		var pressing sync.WaitGroup
		for range 2 {
			pressing.Go(func() {
				if err := b.slack.Press(b.Context(), ada, general, menu.TS, "press"); err != nil {
					b.Error(err)
				}
			})
		}
		testenv.Wait(t, &pressing)
		pressed := "pressed in " + general + " of " + teamID + ": "
		d.has(b, pressed+"a&b=c", pressed+"a&b=c")
		for range 2 {
			if _, err := b.interacts(socket.Interactive, pressedPayload(b, 1, "press", "once")); err != nil {
				b.Error(err)
			}
		}
		d.has(b, pressed+"a&b=c", pressed+"a&b=c", pressed+"once")
	})
}

// TestTraps_ClosedAfterSubmission closes a form whose submission is still being validated:
// its taking and its closing are both reported, each once. A form that was taken is not
// closed. One that had an error is corrected, which is a new event.
func TestTraps_ClosedAfterSubmission(t *testing.T) {
	t.Parallel()
	diarists(t, func(b *bot, d *diary) {
		opens := func(wait string) {
			b.Helper()
			b.must(b.slack.SlashCommand(b.Context(), ada, general, "/form", ""))
			testenv.Eventually(b, "the form is open", func() bool { return len(b.slack.Modal(ada).Views) == 1 })
			b.must(b.slack.Fill(b.Context(), ada, "for", "for", wait))
			b.settled() // the event of the command is handled
		}
		opens("soon")
		b.must(b.slack.Submit(b.Context(), ada))
		d.has(b) // it is no duration
		b.must(b.slack.Fill(b.Context(), ada, "for", "for", "1ms"))
		b.must(b.slack.Submit(b.Context(), ada))
		d.has(b, "root is submitted: 1ms")

		opens("500ms")
		submitted := make(chan error, 1)
		go func() { submitted <- b.slack.Submit(b.Context(), ada) }()
		testenv.Eventually(b, "the form is being validated", func() bool { return b.entries() > 0 })
		b.must(b.slack.Close(b.Context(), ada))
		b.must(testenv.Next(b, submitted))
		d.has(b, "root is closed", "root is submitted: 1ms", "root is submitted: 500ms")
	})
}

// TestTraps_StackedViews closes a stack of views by the × of the one on top, of which Slack
// names the root. What it sends twice is reported once; the view on top is another's event.
func TestTraps_StackedViews(t *testing.T) {
	t.Parallel()
	diarists(t, func(b *bot, d *diary) {
		closed := func(id, root, form string, cleared bool) json.RawMessage {
			body := interactionPayload(b, 0, "view_closed", map[string]any{"is_cleared": cleared, "view": map[string]any{
				"id": id, "root_view_id": root, "type": "modal", "callback_id": blockkit.FormCallback(form, true),
				"private_metadata": `{"v":1,"c":"` + general + `","n":"general"}`, "blocks": []any{}, "state": map[string]any{"values": map[string]any{}},
			}})
			return json.RawMessage(strings.Replace(string(body), `"trigger_id":"`+trigger(0)+`",`, "", 1)) // there is none
		}
		for _, body := range []json.RawMessage{
			closed("V1", "V1", "root", true), closed("V1", "V1", "root", true), closed("V2", "V1", "pushed", false),
		} {
			if answer, err := b.interacts(socket.Interactive, body); err != nil || answer != "" {
				b.Errorf("answered %q (%v)", answer, err)
			}
		}
		d.has(b, "root is closed", "pushed is closed")
	})
}

// TestTraps_Organization has the app installed for an organization: what people press has no
// team.
func TestTraps_Organization(t *testing.T) {
	t.Parallel()
	diarists(t, func(b *bot, d *diary) {
		b.must(b.slack.Press(b.Context(), ada, general, b.menu().TS, "press"))
		b.must(b.slack.SlashCommand(b.Context(), ada, general, "/note", "a&b=c"))
		d.has(b, "pressed in "+general+" of "+teamID+": a&b=c", "noted in "+teamID+": a&b=c")
	}, func(o *slacksim.Options) { o.Organization = true })
}

// TestTraps_Malformed sends interactions that are not as they should be, or another's. They
// are acknowledged over sockets, since a repetition would not mend them; nothing runs.
func TestTraps_Malformed(t *testing.T) {
	t.Parallel()
	diarists(t, func(b *bot, d *diary) {
		good := string(pressedPayload(b, 1, "press", "no"))
		for name, body := range map[string]string{
			"another app":       strings.Replace(good, appID, "A0OTHER", 1),
			"another workspace": strings.ReplaceAll(good, teamID, "T0OTHER"),
			"no trigger":        strings.Replace(good, `"trigger_id"`, `"trigger"`, 1),
			"no type":           strings.Replace(good, `"type":"block_actions"`, `"typo":"block_actions"`, 1),
			"a legacy type":     strings.Replace(good, "block_actions", "dialog_submission", 1),
			"no object":         `[]`,
			"a large one":       strings.Replace(good, `"no"`, `"`+strings.Repeat("x", 2<<20)+`"`, 1),
		} {
			if _, err := b.interacts(socket.Interactive, json.RawMessage(body)); err != nil && b.slack.Socket().On() {
				b.Errorf("%s: not acknowledged: %v", name, err)
			}
		}
		d.has(b)
		dead, err := b.inspector().ListDeadLetters(b.Context(), event.Type(event.Slack, event.Interaction), "", 10)
		if err != nil || len(dead) > 0 {
			b.Errorf("dead letters: %v (%v)", dead, err)
		}
	})
}
