package sim_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/slack-go/slack"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestWorkspace_History reads a channel and a thread page by page with slack-go.
func TestWorkspace_History(t *testing.T) {
	t.Parallel()
	w := workspace("")
	server := httptest.NewServer(w.API())
	defer server.Close()
	client := &http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	api := slack.New("xoxb-1", slack.OptionAPIURL(server.URL+"/"), slack.OptionHTTPClient(client))
	post := func(text, thread string) string {
		t.Helper()
		_, ts, err := api.PostMessageContext(t.Context(), "C01GENERAL", slack.MsgOptionText(text, false), slack.MsgOptionTS(thread),
			slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "e", EventPayload: map[string]any{"key": text}}))
		if err != nil {
			t.Fatal(err)
		}
		return ts
	}
	first := post("one", "")
	post("two", "")
	post("three", "")
	post("in the thread", first)
	if _, err := api.PostEphemeralContext(t.Context(), "C01GENERAL", "U01ADA", slack.MsgOptionText("psst", false)); err != nil {
		t.Fatal(err)
	}

	var got []string
	params := slack.GetConversationHistoryParameters{ChannelID: "C01GENERAL", Limit: 2, IncludeAllMetadata: true}
	for {
		page, err := api.GetConversationHistoryContext(t.Context(), &params)
		if err != nil || len(page.Messages) > 2 {
			t.Fatal(page, err)
		}
		for _, m := range page.Messages {
			if m.Metadata.EventPayload["key"] != m.Text || m.User != slacksim.BotUserID || m.BotID != slacksim.BotID {
				t.Errorf("%+v", m)
			}
			got = append(got, m.Text)
		}
		if params.Cursor = page.ResponseMetaData.NextCursor; params.Cursor == "" {
			break
		}
	}
	if want := []string{"three", "two", "one"}; !slices.Equal(got, want) {
		t.Errorf("history %q, want %q", got, want)
	}

	params = slack.GetConversationHistoryParameters{ChannelID: "C01GENERAL", Oldest: first}
	page, err := api.GetConversationHistoryContext(t.Context(), &params)
	if err != nil || len(page.Messages) != 2 || page.Messages[0].Metadata.EventType != "" {
		t.Errorf("after the first, without metadata: %+v (%v)", page, err)
	}
	thread, _, _, err := api.GetConversationRepliesContext(t.Context(), &slack.GetConversationRepliesParameters{ChannelID: "C01GENERAL", Timestamp: first})
	if err != nil || len(thread) != 2 || thread[0].Text != "one" || thread[1].Text != "in the thread" {
		t.Errorf("replies: %+v (%v)", thread, err)
	}
	w.Grant("chat:write", "im:history")
	if _, err := api.GetConversationHistoryContext(t.Context(), &params); err == nil || err.Error() != "missing_scope" {
		t.Errorf("without the scope for channels: %v", err)
	}
}

// TestWorkspace_Faults says with each fault whether the call is answered and
// whether it had its effect.
func TestWorkspace_Faults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		fault    slacksim.Fault
		answered bool
	}{
		{"none", slacksim.Fault{Recorded: true}, true},
		{"late", slacksim.Fault{Late: time.Hour, Recorded: true}, false},
		{"hang", slacksim.Fault{Hang: true}, false},
		{"hang, recorded", slacksim.Fault{Hang: true, Recorded: true}, false},
		{"cut", slacksim.Fault{Cut: true}, false},
		{"cut, recorded", slacksim.Fault{Cut: true, Recorded: true}, false},
		{"502, recorded", slacksim.Fault{Status: 502, Recorded: true}, false},
		{"error", slacksim.Fault{Error: "fatal_error"}, false},
		{"error, recorded", slacksim.Fault{Error: "fatal_error", Recorded: true}, false},
		{"no JSON, recorded", slacksim.Fault{Body: "<html>", Recorded: true}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := workspace("")
			server := httptest.NewServer(w.API())
			defer server.Close()
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 500 * time.Millisecond}
			api := slack.New("xoxb-1", slack.OptionAPIURL(server.URL+"/"), slack.OptionHTTPClient(client))
			call := func(ctx context.Context) error {
				_, _, err := api.PostMessageContext(ctx, "C01GENERAL", slack.MsgOptionText("hi", false))
				return err
			}
			w.Disturb(func(c slacksim.Call) slacksim.Fault {
				if c.Method != "chat.postMessage" || c.Form["text"] != "hi" {
					t.Errorf("disturbs %+v", c)
				}
				return test.fault
			})
			if err := call(t.Context()); (err == nil) != test.answered {
				t.Errorf("answered: %v", err)
			}
			if got := len(w.Snapshot().Messages) == 1; got != test.fault.Recorded {
				t.Errorf("recorded: %v", got)
			}
			w.Disturb(nil)
			if err := call(t.Context()); err != nil {
				t.Errorf("after that: %v", err)
			}
		})
	}
}
