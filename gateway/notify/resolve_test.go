package notify_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/gateway/notify"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
)

// other is a second platform, with one chat.
type other struct{}

func (other) Chat(_ context.Context, text string) (event.Chat, bool, error) {
	switch text {
	case "8dada2c8-67a6-4434-9dec-570d244e78ee", "general":
		return event.Chat{ID: "other-" + text}, true, nil
	case "maybe", "newbies":
		return event.Chat{Name: text}, false, nil
	}
	return event.Chat{}, true, nil
}

func (other) Thread(text string, _ event.Chat) (string, bool) { return text, text == "m1" }

func (other) Unsupported(event.Message) map[string]string { return nil }

func withOther(o *notify.Options) {
	o.Bots = append([]notify.Bot{{Name: "main", Source: "botx", Kind: "botx", ID: "24340000-67a6-4434-9dec-570d244e78ee", Platform: other{}}}, o.Bots...)
}

func TestResolve(t *testing.T) {
	t.Parallel()
	general := event.Chat{ID: "C1GENERAL", Name: "general"}
	for _, test := range []struct {
		key, body, code string
		bot             string
		chat            event.Chat
	}{
		{ciKey, `"chat_id":"alerts"`, "", "slack", event.Chat{ID: "C0ALERTS", Alias: "alerts"}},
		{ciKey, `"chat_id":"slack:#general"`, "", "slack", general},
		{ciKey, `"chat_id":"general","bot":"slack"`, "", "slack", general},
		{ciKey, `"chat_id":"C9"`, "unknown_chat", "", event.Chat{}},
		{ciKey, `"chat_id":"C0NINE"`, "", "slack", event.Chat{ID: "C0NINE"}},
		{ciKey, `"chat_id":"general"`, "ambiguous_chat", "", event.Chat{}},
		{ciKey, `"chat_id":"#general"`, "", "slack", general},
		{ciKey, `"chat_id":"deploy","bot":"slack"`, "", "slack", event.Chat{ID: "C1GENERAL", Name: "general", Alias: "deploy"}},
		{ciKey, `"chat_id":"8dada2c8-67a6-4434-9dec-570d244e78ee"`, "", "botx", event.Chat{ID: "other-8dada2c8-67a6-4434-9dec-570d244e78ee"}},
		{ciKey, `"chat_id":"maybe"`, "", "botx", event.Chat{Name: "maybe"}},
		{ciKey, `"chat_id":"alerts","bot":"main"`, "unknown_chat", "", event.Chat{}},
		{ciKey, `"chat_id":"main:general","bot":"slack"`, "bot_mismatch", "", event.Chat{}},
		{ciKey, `"chat_id":"general","bot_id":"24340000-67A6-4434-9dec-570d244e78ee"`, "", "botx", event.Chat{ID: "other-general"}},
		{ciKey, `"bot":"slack","bot_id":"24340000-67a6-4434-9dec-570d244e78ee"`, "bot_mismatch", "", event.Chat{}},
		{ciKey, `"bot":"second"`, "unknown_bot", "", event.Chat{}},
		{ciKey, `"bot_id":"x"`, "unknown_bot", "", event.Chat{}},
		{ciKey, `"chat_id":"teams:general"`, "unknown_chat", "", event.Chat{}},
		{ciKey, `"chat_id":"ada@example.com"`, "chat_not_allowed", "", event.Chat{}},
		{opsKey, `"chat_id":"Ada@example.com"`, "", "slack", event.Chat{Email: "ada@example.com"}},
		{listedKey, `"chat_id":"C0ALERTS"`, "", "slack", event.Chat{ID: "C0ALERTS"}},
		{listedKey, `"chat_id":"slack:ops-alerts"`, "", "slack", event.Chat{ID: "C0ALERTS", Name: "ops-alerts"}},
		{listedKey, `"chat_id":"C1GENERAL"`, "chat_not_allowed", "", event.Chat{}},
		{"people", `"chat_id":"ada@example.com"`, "", "slack", event.Chat{Email: "ada@example.com"}},
		{"people", `"chat_id":"eve@example.com"`, "chat_not_allowed", "", event.Chat{}},
	} {
		a := open(t, withOther, func(o *notify.Options) {
			o.Config.Keys = append(o.Config.Keys, key("people", "people", func(k *notifyconfig.Key) { k.Direct, k.Chats = true, []string{"ada@example.com"} }))
		})
		got := a.post(test.key, "/send", `{"message":"m",`+test.body+`}`)
		if string(got.Code) != test.code {
			t.Errorf("%s: %s, want %q", test.body, got.raw, test.code)
			continue
		}
		if test.code == "" {
			if m := a.last(1); m.Bot != test.bot || m.Chat != test.chat {
				t.Errorf("%s: %s %+v, want %s %+v", test.body, m.Bot, m.Chat, test.bot, test.chat)
			}
		}
	}
}

func TestResolve_WhichBot(t *testing.T) {
	t.Parallel()
	a := open(t, withOther)
	if err := a.rdb.Del(t.Context(), a.app+":{channels}:fresh").Err(); err != nil { // the directory is old
		t.Fatal(err)
	}
	got := a.send(`{"message":"m","chat_id":"newbies"}`)
	if a.is(got, 400, "missing_bot"); !strings.Contains(got.Error, "main, slack") {
		t.Error(got.Error)
	}
	a.is(a.send(`{"message":"m","chat_id":"newbies","bot":"slack"}`), 202, "")
	if m := a.last(1); m.Chat != (event.Chat{Name: "newbies"}) {
		t.Errorf("%+v", m.Chat)
	}
	if _, err := notify.New(notify.Options{Config: config(), Receipts: a.receipts, Blobs: a.blobs, Publisher: a.queue}); err == nil {
		t.Error("the alias of a bot that is not there")
	}
}

func TestResolve_DefaultOfTheEnvironment(t *testing.T) {
	t.Parallel()
	a := open(t, func(o *notify.Options) {
		o.Config.Chats = map[string]notifyconfig.Chat{"": {Bot: "slack", ID: "ops-alerts", Default: true}, "db": {Bot: "slack", ID: "#general"}}
	})
	a.is(a.send(`{"message":"m"}`), 202, "")
	if m := a.last(1); m.Chat != (event.Chat{ID: "C0ALERTS", Name: "ops-alerts"}) {
		t.Errorf("%+v", m.Chat)
	}
	if got := a.do("GET", "/api/v1/chats/alias/list", "", "X-API-Key", ciKey); got.raw != `[{"name":"db","id":"#general","bot":"slack","default":false}]`+"\n" {
		t.Error(got.raw)
	}
	for chat, want := range map[string]string{"d": "did you mean db?", "x": "or the chat's id"} {
		got := a.send(fmt.Sprintf(`{"message":"m","chat_id":%q}`, chat))
		if a.is(got, 400, "unknown_chat"); !strings.HasSuffix(got.Error, want) {
			t.Errorf("%s: %q", chat, got.Error)
		}
	}
}

func TestSend_Threads(t *testing.T) {
	t.Parallel()
	a := open(t)
	a.is(a.send(`{"message":"m","thread":"1795700000.000100"}`), 202, "")
	if m := a.last(1); m.Thread != "C0ALERTS/1795700000.000100" {
		t.Error(m.Thread)
	}
	for _, thread := range []string{"C1GENERAL/1795700000.000100", "x"} {
		a.is(a.send(fmt.Sprintf(`{"message":"m","thread":%q}`, thread)), 400, "unknown_thread")
	}
}
