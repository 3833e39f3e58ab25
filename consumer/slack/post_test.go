package slack_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
)

// Interactions as Slack reports them.
const (
	slashed   = `{"command":"/gopher","text":"coin","team_id":"T1","channel_id":"C1","channel_name":"newbies","user_id":"U1","response_url":"HOOK","trigger_id":"1.2.3"}`
	pressed   = `{"type":"block_actions",` + who + `,"channel":{"id":"C1","name":"newbies"},"container":{"type":"message","message_ts":"1763660000.000100","channel_id":"C1"},"message":{"ts":"1763660000.000100","user":"UBOT"},"response_url":"HOOK","actions":[{"type":"button","action_id":"more"}]}`
	inThread  = `{"type":"block_actions",` + who + `,"channel":{"id":"C1","name":"newbies"},"container":{"type":"message","message_ts":"1763660000.000100","channel_id":"C1"},"message":{"ts":"1763660000.000100","thread_ts":"1763659999.000100","user":"UBOT"},"response_url":"HOOK","actions":[{"type":"button","action_id":"more"}]}`
	ephemeral = `{"type":"block_actions",` + who + `,"channel":{"id":"C1","name":"newbies"},"container":{"type":"message","message_ts":"1763660000.000100","channel_id":"C1","is_ephemeral":true},"response_url":"HOOK","actions":[{"type":"button","action_id":"more"}]}`
	chosen    = `{"type":"message_action",` + who + `,"callback_id":"share","channel":{"id":"C1","name":"newbies"},"message_ts":"1763660000.000100","message":{"ts":"1763660000.000100","user":"U2"},"response_url":"HOOK"}`
	global    = `{"type":"shortcut",` + who + `,"callback_id":"look-up"}`
	homePress = `{"type":"block_actions",` + who + `,"view":{"type":"home"},"actions":[{"type":"button","action_id":"search-help"}]}`
)

// formOf returns the submission of a form with an origin, without the opening brace.
func formOf(origin string) string {
	return `{"type":"view_submission",` + who + `,"view":{"id":"V1","type":"modal","callback_id":"suggest","private_metadata":"{` + strings.ReplaceAll(origin, `"`, `\"`) + `}"}}`
}

var (
	plainForm   = formOf(`"v":1`)
	slashedForm = formOf(`"v":1,"c":"C1","s":true,"r":"HOOK","a":` + fmt.Sprint(time.Now().Unix()))
	oldForm     = formOf(`"v":1,"c":"C1","s":true,"r":"HOOK","a":` + fmt.Sprint(time.Now().Add(-31*time.Minute).Unix()))
	pressedForm = formOf(`"v":1,"c":"C1","m":"1763660000.000100","t":"1763659999.000100","p":true,"r":"HOOK","a":` + fmt.Sprint(time.Now().Unix()))
	chosenForm  = formOf(`"v":1,"c":"C1","m":"1763660000.000100"`)
)

// verbs are what handlers do.
var verbs = map[string]func(context.Context, handler.Responder) error{
	"reply":     func(ctx context.Context, r handler.Responder) error { return r.Reply(ctx, handler.Text("hi")) },
	"ephemeral": func(ctx context.Context, r handler.Responder) error { return r.ReplyEphemeral(ctx, handler.Text("hi")) },
	"dm":        func(ctx context.Context, r handler.Responder) error { return r.DM(ctx, handler.Text("hi")) },
	"react":     func(ctx context.Context, r handler.Responder) error { return r.React(ctx, "wave") },
	"edit":      func(ctx context.Context, r handler.Responder) error { return r.Edit(ctx, handler.Text("new")) },
	"remove":    func(ctx context.Context, r handler.Responder) error { return r.Edit(ctx, handler.Reply{}) },
	"post": func(ctx context.Context, r handler.Responder) error {
		return r.PostIn(ctx, "reviews", handler.Text("hi"))
	},
}

// TestResponder_AnswersInteractions where they happened.
func TestResponder_AnswersInteractions(t *testing.T) {
	t.Parallel()
	const (
		ok        = ""
		outside   = `200 {"ok":false,"error":"not_in_channel"}`
		dm        = "conversations.open users=U1\nchat.postMessage channel=D1 text=hi"
		asHook    = "response_url response_type=in_channel text=hi"
		asHookToo = "response_url response_type=ephemeral text=hi"
	)
	for _, test := range []struct {
		name, body, verbs string
		answers           map[string][]string
		want              string
	}{
		{"a slash command", slashed, "reply", nil, asHook},
		{"a slash command", slashed, "ephemeral", nil, asHookToo},
		{"a slash command", slashed, "dm", nil, dm},
		{"a slash command", slashed, "post", nil, "chat.postMessage channel=C2 text=hi"},
		{"a slash command, 5 times", slashed, "reply reply reply reply reply reply", nil, strings.Repeat(asHook+"\n", 5) + "chat.postMessage channel=C1 text=hi"},
		{"a slash command, privately 6 times", slashed, "ephemeral ephemeral ephemeral ephemeral ephemeral ephemeral", nil, strings.Repeat(asHookToo+"\n", 5) + "chat.postEphemeral channel=C1 user=U1 text=hi"},
		{"a slash command, used", slashed, "reply", map[string][]string{"response_url": {`404 {"ok":false,"error":"used_url"}`}}, asHook + "\nchat.postMessage channel=C1 text=hi"},
		{"a slash command, expired", slashed, "reply", map[string][]string{"response_url": {"404 expired_url"}, "chat.postMessage": {outside, ok}}, asHook + "\nchat.postMessage channel=C1 text=hi\n" + dm},
		{"a slash command, 410", slashed, "ephemeral", map[string][]string{"response_url": {"410 <html>"}, "chat.postEphemeral": {`200 {"ok":false,"error":"user_not_in_channel"}`}}, asHookToo + "\nchat.postEphemeral channel=C1 user=U1 text=hi\n" + dm},
		{"a press", pressed, "reply", nil, "chat.postMessage channel=C1 text=hi"},
		{"a press", pressed, "ephemeral", nil, "chat.postEphemeral channel=C1 user=U1 text=hi"},
		{"a press", pressed, "react", nil, "reactions.add channel=C1"},
		{"a press where the bot is not", pressed, "reply", map[string][]string{"chat.postMessage": {outside}}, "chat.postMessage channel=C1 text=hi\n" + asHook},
		{"a press where the bot is not", pressed, "ephemeral", map[string][]string{"chat.postEphemeral": {`200 {"ok":false,"error":"channel_not_found"}`}}, "chat.postEphemeral channel=C1 user=U1 text=hi\n" + asHookToo},
		{"a press in a thread", inThread, "reply", nil, "chat.postMessage channel=C1 thread_ts=1763659999.000100 text=hi"},
		{"a press in a thread", inThread, "ephemeral", nil, "chat.postEphemeral channel=C1 thread_ts=1763659999.000100 user=U1 text=hi"},
		{"a press in a thread where the bot is not", inThread, "reply", map[string][]string{"chat.postMessage": {outside}}, "chat.postMessage channel=C1 thread_ts=1763659999.000100 text=hi\nresponse_url thread_ts=1763659999.000100 response_type=in_channel text=hi"},
		{"a message shortcut", chosen, "reply", nil, "chat.postMessage channel=C1 thread_ts=1763660000.000100 text=hi"},
		{"a message shortcut", chosen, "ephemeral", nil, "chat.postEphemeral channel=C1 user=U1 text=hi"},
		{"a message shortcut", chosen, "reply edit remove", nil, "chat.postMessage channel=C1 thread_ts=1763660000.000100 text=hi\nchat.update channel=C1 ts=1763660001.000100 text=new\nchat.delete channel=C1 ts=1763660001.000100"},
		{"a shortcut", global, "reply", nil, dm},
		{"a shortcut", global, "ephemeral", nil, dm},
		{"a press on the home page", homePress, "reply", nil, dm},
		{"a form without an origin", plainForm, "reply", nil, dm},
		{"a form of a slash command", slashedForm, "reply", nil, asHook},
		{"a form of a slash command, 31 minutes ago", oldForm, "reply", nil, "chat.postMessage channel=C1 text=hi"},
		{"a form of a press", pressedForm, "reply", nil, "chat.postMessage channel=C1 thread_ts=1763659999.000100 text=hi"},
		{"a form of a message shortcut", chosenForm, "reply", nil, "chat.postMessage channel=C1 thread_ts=1763660000.000100 text=hi"},
		// The pressed message is replaced, or what was said first.
		{"a press", pressed, "reply edit", nil, "chat.postMessage channel=C1 text=hi\nchat.update channel=C1 ts=1763660000.000100 text=new"},
		{"a press", pressed, "remove", nil, "chat.delete channel=C1 ts=1763660000.000100"},
		{"a press on a message that is gone", pressed, "remove", map[string][]string{"chat.delete": {`200 {"ok":false,"error":"message_not_found"}`}}, "chat.delete channel=C1 ts=1763660000.000100"},
		{"a press on an ephemeral message", ephemeral, "edit", nil, "response_url replace_original=true text=new"},
		{"a press on an ephemeral message", ephemeral, "remove", nil, "response_url delete_original=true"},
		{"a slash command", slashed, "ephemeral reply edit", nil, asHookToo + "\n" + asHook + "\nresponse_url replace_original=true text=new"},
		{"a slash command", slashed, "reply remove", nil, asHook + "\nresponse_url delete_original=true"},
		{"a slash command, used", slashed, "reply edit", map[string][]string{"response_url": {"404 used_url"}}, asHook + "\nchat.postMessage channel=C1 text=hi\nchat.update channel=C1 ts=1763660002.000100 text=new"},
		{"a form of a press", pressedForm, "edit", nil, "chat.update channel=C1 ts=1763660000.000100 text=new"},
		{"a shortcut", global, "reply edit", nil, dm + "\nchat.update channel=D1 ts=1763660002.000100 text=new"},
	} {
		t.Run(test.name+": "+test.verbs, func(t *testing.T) {
			t.Parallel()
			a := newWebAPI(t, test.answers)
			r := a.used(t, test.body)
			for verb := range strings.FieldsSeq(test.verbs) {
				if err := verbs[verb](t.Context(), r); err != nil {
					t.Errorf("%s: %v", verb, err)
				}
			}
			if got := a.made(); got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestResponder_EditsNothing when there is nothing that could be.
func TestResponder_EditsNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, before string }{
		"a slash command, before it says anything": {slashed, "dm"},
		"a message of somebody else's":             {chosen, "dm"},
		"after an ephemeral message":               {chosen, "ephemeral"},
	} {
		a := newWebAPI(t, nil)
		r := a.used(t, test.body)
		if err := verbs[test.before](t.Context(), r); err != nil {
			t.Fatal(err)
		}
		calls := a.made()
		for _, verb := range []string{"edit", "remove"} {
			if err := verbs[verb](t.Context(), r); !errors.Is(err, handler.ErrUnsupported) || a.made() != calls {
				t.Errorf("%s: %s: %v", name, verb, err)
			}
		}
	}
}

// TestResponder_OutcomeOfAnAnswer through a response_url, and of an edit.
func TestResponder_OutcomeOfAnAnswer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		body, verb, method, answer string
		want                       consumer.OutcomeKind
		calls                      int
	}{
		{slashed, "reply", "response_url", "cut", consumer.Unknown, 1},
		{slashed, "ephemeral", "response_url", "500 oops", consumer.Unknown, 1},
		{slashed, "reply", "response_url", `200 {"ok":false,"error":"internal_error"}`, consumer.Unknown, 1},
		{slashed, "reply", "response_url", "408", consumer.Unknown, 1},
		{slashed, "reply", "response_url", "429 slow down", consumer.RateLimited, 1},
		{slashed, "reply", "response_url", "302", consumer.Temporary, 1},
		{slashed, "reply", "response_url", "407", consumer.Temporary, 1},
		{ephemeral, "edit", "response_url", "404 used_url", consumer.Gone, 1},
		{ephemeral, "remove", "response_url", "404 expired_url", consumer.Gone, 1},
		{ephemeral, "edit", "response_url", "404 <html>", consumer.Final, 1},
		{pressed, "reply", "chat.postMessage", `200 {"ok":false,"error":"internal_error"}`, consumer.Unknown, 1},
		{pressed, "reply", "chat.postMessage", `200 {"ok":false,"error":"invalid_blocks"}`, consumer.Final, 1},
		{pressed, "edit", "chat.update", `200 {"ok":false,"error":"message_not_found"}`, consumer.Gone, 1},
		{pressed, "edit", "chat.update", `200 {"ok":false,"error":"cant_update_message"}`, consumer.Final, 1},
		{pressed, "edit", "chat.update", `200 {"ok":false,"error":"internal_error"}`, consumer.Temporary, 1}, // to repeat it changes nothing
		{pressed, "remove", "chat.delete", `500`, consumer.Temporary, 1},
	} {
		a := newWebAPI(t, map[string][]string{test.method: {test.answer}})
		err := verbs[test.verb](t.Context(), a.used(t, test.body))
		if got := a.platform.Outcome(err); err == nil || got.Kind != test.want {
			t.Errorf("%s, answered %s: %+v, want %v (%v)", test.verb, test.answer, got, test.want, err)
		}
		if n := strings.Count(a.made(), "\n") + 1; n != test.calls {
			t.Errorf("%s, answered %s: %d calls: %s", test.verb, test.answer, n, a.made())
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error has the address: %v", err)
		}
	}
}

// TestResponder_PostsToSlackAlone: the address is a field of a form that anybody could
// send, if a secret leaked.
func TestResponder_PostsToSlackAlone(t *testing.T) {
	t.Parallel()
	elsewhere := newWebAPI(t, nil)
	a := newWebAPI(t, nil)
	for _, address := range []string{elsewhere.hook(), "https://hooks.slack.com.example.org/x", "http://hooks.slack.com/x", "https://hooks.slack.com@127.0.0.1/", "https://hooks.slack.com:1/x", "file:///etc/passwd", "x", "//"} {
		r := a.used(t, strings.ReplaceAll(slashed, "HOOK", address))
		if err := r.Reply(t.Context(), handler.Text("hi")); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	if got := elsewhere.made(); got != "" {
		t.Errorf("another server got %s", got)
	}
	if got, want := a.made(), strings.TrimSpace(strings.Repeat("chat.postMessage channel=C1 text=hi\n", 8)); got != want {
		t.Errorf("%s, want it posted by the API", got)
	}
}

// TestResponder_CannotTell whether a lost answer of a response_url was one.
func TestResponder_CannotTell(t *testing.T) {
	t.Parallel()
	a := newWebAPI(t, nil)
	for _, kind := range []consumer.PostKind{consumer.PostReply, consumer.PostEphemeral} {
		found, err := a.used(t, slashed).(consumer.Finder).Posted(t.Context(), consumer.Post{Kind: kind, Key: "k", Since: time.Now()})
		if found || !errors.Is(err, consumer.ErrCannotTell) {
			t.Errorf("%s: %v (%v)", kind, found, err)
		}
	}
	if a.made() != "" {
		t.Errorf("it looked: %s", a.made())
	}
	found, err := a.used(t, chosen).(consumer.Finder).Posted(t.Context(), consumer.Post{Kind: consumer.PostReply, Key: "k", Since: time.Now()})
	if found || err != nil || a.last()["ts"] != "1763660000.000100" {
		t.Errorf("%v (%v): %s", found, err, a.made())
	}
}
