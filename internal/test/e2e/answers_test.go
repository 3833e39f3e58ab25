package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/config"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

const (
	ada     = "U01ADA"
	rob     = "U02ROB"
	adasDM  = "D01ADA"
	general = "C01GENERAL"
	newbies = "C02NEWBIES"
	mention = "<@" + slacksim.BotUserID + "> "
)

func TestBot_EachKindOfDeclaration(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		do     func(b *bot) (ts string)
		method string
		want   map[string]string // of the call's form; "…" stands for the message's timestamp
	}{
		{"a command", func(b *bot) string { return b.say(ada, general, mention+"block forever? no: flip a coin") }, "", nil},
		{"a command with a mention", func(b *bot) string { return b.say(ada, general, mention+"flip a coin") },
			"chat.postMessage", map[string]string{"channel": general, "thread_ts": ""}},
		{"a command in a DM", func(b *bot) string { return b.say(ada, adasDM, "coin flip") },
			"chat.postMessage", map[string]string{"channel": adasDM}},
		{"a command in a thread", func(b *bot) string {
			parent := b.say(rob, general, "what shall we do?")
			ts, err := b.slack.Say(ada, general, mention+"flip a coin", parent)
			if err != nil {
				b.Fatal(err)
			}
			return ts
		}, "chat.postMessage", map[string]string{"channel": general, "thread_ts": "parent"}},
		{"a command for somebody else", func(b *bot) string { return b.say(ada, general, mention+"recommended channels <@"+rob+">") },
			"chat.postMessage", map[string]string{"text": "<@" + rob + "> Here are some good channels to start with:\n• <#C01GENERAL> – announcements, and anything for everyone"}},
		{"help, for nobody else's eyes", func(b *bot) string { return b.say(ada, general, mention+"help") },
			"chat.postEphemeral", map[string]string{"channel": general, "user": ada}},
		{"help about one command", func(b *bot) string { return b.say(ada, adasDM, "help coin flip") },
			"chat.postMessage", map[string]string{"channel": adasDM, "text": "`flip a coin` (or `flip coin`, `coin flip`, "}},
		{"a misspelt command", func(b *bot) string { return b.say(ada, general, mention+"flpi a coin?") },
			"chat.postMessage", map[string]string{"channel": general}},
		{"a part of a command", func(b *bot) string { return b.say(ada, general, mention+"coin?") },
			"chat.postEphemeral", map[string]string{"channel": general, "user": ada, "text": "Did you mean `flip a coin`?"}},
		{"a question", func(b *bot) string { return b.say(ada, general, mention+"what is a goroutine?") },
			"chat.postMessage", map[string]string{"channel": general, "text": "*goroutine*"}},
		{"a misspelt term", func(b *bot) string { return b.say(ada, adasDM, "defin gorotuine") },
			"chat.postMessage", map[string]string{"channel": adasDM, "text": "*goroutine*"}},
		{"a prefix", func(b *bot) string { return b.say(ada, general, "define goroutine") },
			"chat.postMessage", map[string]string{"channel": general, "text": "*goroutine*", "unfurl_links": "false"}},
		{"a reaction", func(b *bot) string { return b.say(ada, general, "I love bbq") },
			"reactions.add", map[string]string{"channel": general, "name": "bbqgopher", "timestamp": "…"}},
		{"someone joins the workspace", func(b *bot) string {
			if _, err := b.slack.JoinWorkspace(); err != nil {
				b.Fatal(err)
			}
			return ""
		}, "chat.postMessage", map[string]string{"channel": "D03GRACE", "text": "Welcome to Gophers!"}},
		{"someone joins #newbies", func(b *bot) string {
			if err := b.slack.JoinChannel(ada, newbies); err != nil {
				b.Fatal(err)
			}
			return ""
		}, "chat.postEphemeral", map[string]string{"channel": newbies, "user": ada, "text": "Welcome to <#C02NEWBIES>!"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBot(t)
			b.startAll()
			ts := test.do(b)
			if test.method == "" {
				b.settled()
				if calls := b.slack.Calls("chat.postMessage"); len(calls) > 0 {
					t.Errorf("answered: %+v", calls)
				}
				return
			}
			call := b.calls(test.method, 1)[0]
			for field, want := range test.want {
				switch {
				case want == "…":
					want = ts
				case want == "parent":
					want = b.slack.Snapshot().Messages[0].TS
				}
				if got := call.Form[field]; field == "text" && !strings.HasPrefix(got, want) || field != "text" && got != want {
					t.Errorf("%s: %q, want %q", field, got, want)
				}
			}
			b.settled()
			if calls := b.slack.Calls(test.method); len(calls) != 1 {
				t.Errorf("answered %d times: %+v", len(calls), calls)
			}
		})
	}
}

func TestBot_Cooldown(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.startAll()
	b.say(ada, general, mention+"recommended channels")
	first := b.calls("chat.postMessage", 1)[0]
	b.settled()
	b.say(rob, general, mention+"channels")
	pointer := b.calls("chat.postEphemeral", 1)[0]
	said := b.slack.Snapshot().Messages
	i := slices.IndexFunc(said, func(m slacksim.Message) bool { return m.User == slacksim.BotUserID })
	if link := "/archives/" + general + "/p" + strings.ReplaceAll(said[i].TS, ".", ""); pointer.Form["user"] != rob || !strings.Contains(pointer.Form["text"], link) {
		t.Errorf("%v, want a link for %s to the answer %q", pointer.Form, rob, first.Form["text"])
	}
	b.say(rob, "C08RANDOM", mention+"channels")
	b.calls("chat.postMessage", 2)
}

// message is the envelope of what ada says in #general.
func message(eventID, ts, text string) string {
	return fmt.Sprintf(`{"type":"event_callback","team_id":%q,"api_app_id":%q,"event_id":%q,"event_time":%d,"event":`+
		`{"type":"message","channel":%q,"channel_type":"channel","user":%q,"text":%q,"ts":%q}}`,
		teamID, appID, eventID, time.Now().Unix(), general, ada, text, ts)
}

func now() string { return fmt.Sprintf("%d.000100", time.Now().Unix()) }

func TestBot_BadRequestsAreNotQueued(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.start(config.Gateway)
	body := message("Ev1", now(), "hi")
	sign := func(secret string, skew time.Duration) func(*http.Request) {
		return func(r *http.Request) { gatewayslack.Sign(r.Header, []byte(body), secret, time.Now().Add(skew)) }
	}
	for _, test := range []struct {
		name   string
		body   string
		change func(*http.Request)
		status int
	}{
		{"forged", body, sign("a guess", 0), 401},
		{"stale", body, sign(signingSecret, -6*time.Minute), 401},
		{"future-dated", body, sign(signingSecret, 6*time.Minute), 401},
		{"tampered", strings.Replace(body, "hi", "ho", 1), sign(signingSecret, 0), 401},
		{"unsigned", body, func(r *http.Request) { r.Header.Del("X-Slack-Signature") }, 401},
		{"another app", strings.Replace(body, appID, "A0OTHER", 1), nil, 403},
		{"another workspace", strings.Replace(body, teamID, "T0OTHER", 1), nil, 200},
		{"without a channel type", strings.Replace(body, "channel_type", "kind", 1), nil, 200},
		{"broken", body[:len(body)-1], nil, 400},
	} {
		if status := b.post(test.body, test.change); status != test.status {
			t.Errorf("%s: %d, want %d", test.name, status, test.status)
		}
		if n := b.entries(); n > 0 {
			t.Errorf("%s: %d entries on the streams", test.name, n)
		}
	}
	for i := range 2 { // the second is a replay
		if status := b.post(body, nil); status != 200 || b.entries() != 1 {
			t.Errorf("time %d: %d, and %d entries on the streams", i+1, status, b.entries())
		}
	}
}

func TestBot_DeduplicatesMessages(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.startAll()
	ts := now()
	for _, id := range []string{"Ev1", "Ev2"} {
		if status := b.post(message(id, ts, mention+"flip a coin"), nil); status != 200 {
			t.Fatal(status)
		}
	}
	b.calls("chat.postMessage", 1)
	b.settled()
	if calls := b.slack.Calls("chat.postMessage"); len(calls) != 1 {
		t.Errorf("answered %d times", len(calls))
	}
}

func TestBot_OldMessagesAreDiscarded(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.startAll()
	old := fmt.Sprintf("%d.000100", time.Now().Add(-31*time.Second).Unix())
	if status := b.post(message("Ev1", old, mention+"flip a coin"), nil); status != 200 {
		t.Fatal(status)
	}
	b.settled()
	if calls := b.slack.Calls("chat.postMessage"); len(calls) > 0 {
		t.Errorf("answered: %+v", calls)
	}
}

func TestBot_WelcomeCooldown(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.startAll()
	b.start(config.Consumer) // a second one, with the same memory
	join := func(user string, n int) {
		t.Helper()
		body := fmt.Sprintf(`{"type":"event_callback","team_id":%q,"api_app_id":%q,"event_id":"EvJoin%s%d","event_time":%d,"event":`+
			`{"type":"member_joined_channel","user":%q,"channel":%q,"channel_type":"C"}}`, teamID, appID, user, n, time.Now().Unix(), user, newbies)
		if status := b.post(body, nil); status != 200 {
			t.Fatal(status)
		}
	}
	for _, user := range []string{ada, rob} {
		if err := b.slack.JoinChannel(user, newbies); err != nil {
			t.Fatal(err)
		}
		for n := range 5 { // and again, and again
			join(user, n)
		}
	}
	b.calls("chat.postEphemeral", 2)
	b.settled()
	if calls := b.slack.Calls("chat.postEphemeral"); len(calls) != 2 || calls[0].Form["user"] == calls[1].Form["user"] {
		t.Errorf("%d welcomes, want one each: %+v", len(calls), calls)
	}
}

// TestSlack_RefusalIsNotRepeated answers a question, and reacts, where that is
// refused: one call is made, nobody is asked to ask again, and what has lost its
// target leaves no dead letter.
func TestSlack_RefusalIsNotRepeated(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method, code string
		dead         int64
	}{
		{"chat.postMessage", "is_archived", 0},
		{"chat.postMessage", "thread_not_found", 0},
		{"chat.postMessage", "channel_not_found", 0},
		{"chat.postMessage", "restricted_action", 1},
		{"chat.postMessage", "cannot_reply_to_message", 1},
		{"chat.postMessage", "messages_tab_disabled", 1},
		{"reactions.add", "message_not_found", 0},
		{"reactions.add", "thread_locked", 1},
		{"reactions.add", "not_reactable", 1},
	} {
		t.Run(test.method+" "+test.code, func(t *testing.T) {
			t.Parallel()
			b := newBot(t)
			b.startAll()
			b.slack.Fail(test.method, slacksim.Fault{Error: test.code}, slacksim.Fault{Error: test.code})
			said := mention + "flip a coin"
			if test.method == "reactions.add" {
				said = "bbq tonight? the door code is 4711"
			}
			b.say(ada, general, said)
			testenv.Eventually(t, "it was tried", func() bool { return len(b.slack.Calls(test.method)) == 1 })
			b.settled()
			dead := b.rdb.XLen(t.Context(), b.environ["GOPHER_APP"]+":{message_public.0}:dead").Val()
			if calls := len(b.slack.Calls(test.method)); calls != 1 || dead != test.dead {
				t.Errorf("%d calls and %d dead letters, want 1 and %d", calls, dead, test.dead)
			}
			if calls := b.slack.Calls("chat.postEphemeral"); len(calls) > 0 {
				t.Errorf("said to whoever asked: %+v", calls)
			}
		})
	}
}

func TestBot_ShadowMode(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.environ["ENV"] = "staging"
	b.startAll()
	b.say(ada, general, "I love bbq")
	if err := b.slack.JoinChannel(ada, newbies); err != nil {
		t.Fatal(err)
	}
	b.say(ada, general, mention+"flip a coin")
	b.say(ada, adasDM, "flip a coin")
	b.calls("chat.postMessage", 2)
	b.settled()
	for _, method := range []string{"reactions.add", "chat.postEphemeral"} {
		if calls := b.slack.Calls(method); len(calls) > 0 {
			t.Errorf("%s was called: %+v", method, calls)
		}
	}
	for _, want := range []string{`"would":"react"`, `"would":"reply to the author alone"`} {
		if !strings.Contains(b.log.String(), want) {
			t.Errorf("not in the log: %s", want)
		}
	}
}

func TestBot_WelcomeWaitsForTheDirectory(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.start(config.Gateway)
	b.start(config.Consumer)
	if err := b.slack.JoinChannel(ada, newbies); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the welcome has failed once", func() bool {
		return strings.Contains(b.log.String(), "the channel directory has not been filled yet")
	})
	b.start(config.BGTasks)
	b.calls("chat.postEphemeral", 1)
	b.settled()
}

// TestSecrecy_Logs greps everything that is logged, at the most
// talkative level, for what must not be there.
func TestSecrecy_Logs(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.startAll()
	b.slack.Fail("chat.postMessage", slacksim.Fault{Status: 500}, slacksim.Fault{Error: "restricted_action"})
	b.say(ada, general, "a private matter: bbq")
	b.say(ada, adasDM, "flip a coin")
	b.say(ada, general, mention+"recommended channels")
	b.post(message("Ev9", now(), "a private matter"), func(r *http.Request) { r.Header.Del("X-Slack-Signature") })
	b.calls("chat.postMessage", 1) // the other was refused for good
	b.calls("reactions.add", 1)
	b.settled()
	for _, secret := range []string{signingSecret, botToken, "a private matter", "Here are some good channels", "heads", "tails"} {
		if strings.Contains(b.log.String(), secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
	for _, line := range []string{`"outcome":"queued"`, `"outcome":"handled"`, `"outcome":"failed"`, `"outcome":"unauthorized"`, "an event became a dead letter"} {
		if !strings.Contains(b.log.String(), line) {
			t.Errorf("not in the log: %s", line)
		}
	}
}
