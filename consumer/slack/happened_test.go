package slack_test

import (
	"errors"
	"testing"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestReactionAdded_Decodes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reaction, channel, emoji string
		want                     handler.Channel
	}{
		{"x", "C1", "x", handler.Channel{ID: "C1", Name: "newbies", Kind: handler.Public}},
		{"wave::skin-tone-3", "C1", "wave", handler.Channel{ID: "C1", Name: "newbies", Kind: handler.Public}},
		{"+1", "C9", "+1", handler.Channel{ID: "C9"}}, // private, or new
		{"x", "D1", "x", handler.Channel{ID: "D1", Kind: handler.Direct}},
	} {
		in, err := decode(t, channels, event(`{"type":"reaction_added","user":"U1","reaction":"`+test.reaction+`","item_user":"UBOT",`+
			`"item":{"type":"message","channel":"`+test.channel+`","ts":"1763660000.000100"},"event_ts":"1763660001.000100"}`), "reaction_added")
		got, ok := in.(consumer.ReactionAdded)
		if err != nil || !ok || got.Emoji != test.emoji || got.User != "U1" || got.Channel != test.want || got.Workspace != "T1" || got.Platform != "slack" {
			t.Errorf("%s: %+v (%v)", test.reaction, in, err)
			continue
		}
		if m := got.Message; m == nil || m.ID != "1763660000.000100" || m.User != "UBOT" || m.Channel != test.want || m.Time.UnixMicro() != 1763660000000100 {
			t.Errorf("%s: its message is %+v", test.reaction, got.Message)
		}
	}
}

func TestReactionAdded_DiscardsAndRejects(t *testing.T) {
	t.Parallel()
	const item = `"item":{"type":"message","channel":"C1","ts":"1.2"}`
	for payload, rejected := range map[string]bool{
		`{"user":"UBOT","reaction":"x",` + item + `}`:                                        false,
		`{"user":"U1","reaction":"x","item":{"type":"file","file":"F1"}}`:                    false,
		`{"user":"U1","reaction":"x","item":{"type":"file_comment","file":"F1"}}`:            false,
		`{"user":"U1","reaction":"x"}`:                                                       false,
		`{"reaction":"x",` + item + `}`:                                                      true,
		`{"user":"U1",` + item + `}`:                                                         true,
		`{"user":"U1","reaction":"x","item":{"type":"message","channel":"C1"}}`:              true,
		`{"user":"U1","reaction":"x","item":{"type":"message","ts":"1.2"}}`:                  true,
		`{"user":"U1","reaction":"::x","item":{"type":"message","channel":"C1","ts":"1.2"}}`: true,
		`not JSON`: true,
	} {
		_, err := decode(t, channels, event(payload), "reaction_added")
		if is[*workqueue.RejectError](err) != rejected || is[*workqueue.DiscardError](err) == rejected {
			t.Errorf("%s: %v", payload, err)
		}
	}
	_, err := decode(t, names(nil), event(`{"user":"U1","reaction":"x",`+item+`}`), "reaction_added")
	if !errors.Is(err, channeldir.ErrNotFilled) {
		t.Errorf("before the directory is filled: %v", err)
	}
}

func TestHomeOpened_Decodes(t *testing.T) {
	t.Parallel()
	for payload, shown := range map[string]string{
		`{"type":"app_home_opened","user":"U1","channel":"D1","tab":"home","event_ts":"1.2"}`:            "",
		`{"type":"app_home_opened","user":"U1","tab":"home","view":{"private_metadata":"ab12"}}`:         "ab12",
		`{"type":"app_home_opened","user":"U1","tab":"home","view":{"private_metadata":null,"id":"V1"}}`: "",
	} {
		in, err := decode(t, nil, event(payload), "home_opened")
		if got, ok := in.(consumer.HomeOpened); err != nil || !ok || got.User != "U1" || got.Shown != shown || got.Workspace != "T1" {
			t.Errorf("%s: %+v (%v)", payload, in, err)
		}
	}
	if _, err := decode(t, nil, event(`{"user":"U1","tab":"messages"}`), "home_opened"); !is[*workqueue.DiscardError](err) {
		t.Errorf("another tab: %v", err)
	}
	if _, err := decode(t, nil, event(`{"tab":"home"}`), "home_opened"); !is[*workqueue.RejectError](err) {
		t.Errorf("nobody: %v", err)
	}
}

// FuzzInteraction looks for a body that is neither decoded nor refused.
func FuzzInteraction(f *testing.F) {
	for _, seed := range []string{
		`{"command":"/a","user_id":"U1","channel_id":"C1"}`, `{"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":"a"}],"message":{"blocks":[{"type":"actions","elements":[{}]}]}}`,
		`{"type":"view_submission","user":{"id":"U1"},"view":{"type":"modal","callback_id":"?a","private_metadata":"{\"v\":1}","state":{"values":{"a":{"a":{"value":"x"}}}}}}`,
	} {
		f.Add(seed)
	}
	p := slack.New(slack.Options{Channels: channels, Bot: bot})
	f.Fuzz(func(t *testing.T, body string) {
		e := event(`{"v":1,"body":` + body + `}`)
		e.Type = "interaction"
		in, err := p.Decode(t.Context(), e)
		if err != nil {
			return
		}
		if got := in.(consumer.Interaction); got.ID == "" || got.User == "" || got.Kind == "" {
			t.Errorf("%q: %+v", body, got)
		}
	})
}
