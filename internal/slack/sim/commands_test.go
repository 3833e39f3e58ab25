package sim_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
)

// wantShown checks the code of an error that a person sees.
func wantShown(t *testing.T, err error, code string) {
	t.Helper()
	if shown, ok := errors.AsType[slacksim.Shown](err); !ok || shown.Code != code {
		t.Errorf("%v, want the person to see %s", err, code)
	}
}

func TestSlashCommand_Fields(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		if err := s.RemoveBot("C04SHOWANDTELL"); err != nil {
			t.Fatal(err)
		}
		if err := s.SlashCommand(t.Context(), "U01ADA", "C04SHOWANDTELL", "/gopher", "a=b & c"); err != nil {
			t.Fatal(err)
		}
		h := next(t, told)
		for name, want := range map[string]string{
			"team_id": "T1", "team_domain": "simulated", "channel_id": "C04SHOWANDTELL", "channel_name": "showandtell", "user_id": "U01ADA",
			"user_name": "ada", "command": "/gopher", "text": "a=b & c", "api_app_id": "A1", "is_enterprise_install": "false",
		} {
			if h.text(name) != want {
				t.Errorf("%s is %v, want %q", name, h.body[name], want)
			}
		}
		if h.kind != "slash_commands" || h.text("trigger_id") == "" || !strings.HasPrefix(h.text("response_url"), s.api) {
			t.Errorf("%+v", h)
		}
		if n := len(s.Snapshot().Messages); n != 0 {
			t.Errorf("the channel shows %d messages, want none", n)
		}
		// The bot is no member, and can answer.
		if status, body := s.respond(h.text("response_url"), `{"text":"hi"}`); status != 200 || body != "ok" {
			t.Errorf("%d %s", status, body)
		}
		if m := s.last(); m.Text != "hi" || m.EphemeralFor != "U01ADA" || m.Channel != "C04SHOWANDTELL" {
			t.Errorf("%+v", m)
		}
		if err := s.SlashCommand(t.Context(), "U01ADA", "D01ADA", "/gopher", ""); err != nil {
			t.Fatal(err)
		}
		if h := next(t, told); h.text("channel_name") != "directmessage" || h.text("text") != "" {
			t.Errorf("%+v", h)
		}
	})
}

func TestSlashCommand_Errors(t *testing.T) {
	t.Parallel()
	bothTransports(t, func(o *slacksim.Options) {
		short(o)
		o.Commands = []slacksim.Command{{Name: "/gopher"}}
	}, noAnswer, func(t *testing.T, s served, told <-chan heard) {
		wantShown(t, s.SlashCommand(t.Context(), "U01ADA", "C01GENERAL", "/gopher", "x"), "operation_timeout")
		next(t, told)
		wantShown(t, s.SlashCommand(t.Context(), "U01ADA", "C01GENERAL", "/other", "x"), "invalid_command")
		if len(told) > 0 {
			t.Error("a command was sent again, or one that is not registered")
		}
		if shown := s.Errors("U01ADA"); len(shown) != 2 || shown[0].Error() != `/gopher failed with the error "operation_timeout"` || len(s.Errors("U02ROB")) > 0 {
			t.Errorf("%v", shown)
		}
		s.Grant("chat:write")
		wantShown(t, s.SlashCommand(t.Context(), "U01ADA", "C01GENERAL", "/gopher", "x"), "invalid_command")
	})
	s := serve(t, socketMode)
	wantShown(t, s.SlashCommand(t.Context(), "U01ADA", "C01GENERAL", "/gopher", "x"), "dispatch_failed")
	for status, want := range map[int]string{500: "http_service_error", 404: "http_client_error"} {
		gateway := serverOf(t, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(status) })
		s := serve(t, func(o *slacksim.Options) { o.EventURL = gateway + "/slack/event" })
		wantShown(t, s.SlashCommand(t.Context(), "U01ADA", "C01GENERAL", "/gopher", "x"), want)
	}
}

func TestSlashCommand_ShouldEscape(t *testing.T) {
	t.Parallel()
	bothTransports(t, func(o *slacksim.Options) {
		o.Commands = []slacksim.Command{{Name: "/raw"}, {Name: "/escaped", ShouldEscape: true}}
	}, nothing, func(t *testing.T, s served, told <-chan heard) {
		for _, test := range []struct{ command, typed, want string }{
			{"/raw", "@ada in #general", "@ada in #general"},
			{"/raw", "<@U01ADA> in <#C01GENERAL|general>", "@ada in #general"},
			{"/escaped", "@ada in #general", "<@U01ADA> in <#C01GENERAL|general>"},
			{"/escaped", "<@U01ADA|ada> in <#C01GENERAL>", "<@U01ADA> in <#C01GENERAL|general>"},
			{"/escaped", "@nobody #nothing a@b.c", "@nobody #nothing a@b.c"},
		} {
			if err := s.SlashCommand(t.Context(), "U01ADA", "C01GENERAL", test.command, test.typed); err != nil {
				t.Fatal(err)
			}
			if got := next(t, told).text("text"); got != test.want {
				t.Errorf("%s %s: %q, want %q", test.command, test.typed, got, test.want)
			}
		}
	})
}

func TestSlashCommand_ImmediateAnswer(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, func(h heard) any {
		return object{"text": "for " + h.text("text"), "response_type": h.text("text")}
	}, func(t *testing.T, s served, _ <-chan heard) {
		for kind, forWhom := range map[string]string{"in_channel": "", "ephemeral": "U01ADA"} {
			if err := s.SlashCommand(t.Context(), "U01ADA", "C01GENERAL", "/gopher", kind); err != nil {
				t.Fatal(err)
			}
			if m := s.last(); m.Text != "for "+kind || m.EphemeralFor != forWhom {
				t.Errorf("%+v", m)
			}
		}
		var typed []string
		for _, m := range s.Snapshot().Messages {
			if m.Subtype == "slash_command" {
				typed = append(typed, m.Text)
			}
		}
		if fmt.Sprint(typed) != "[/gopher in_channel]" {
			t.Errorf("others see that %q were typed", typed)
		}
	})
}

// typed has Ada type a command, and returns its response_url.
func typed(t *testing.T, s served, told <-chan heard) string {
	t.Helper()
	if err := s.SlashCommand(t.Context(), "U01ADA", "C01GENERAL", "/gopher", ""); err != nil {
		t.Fatal(err)
	}
	return next(t, told).text("response_url")
}

func TestResponseURL_IsSpent(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		address := typed(t, s, told)
		for _, refused := range []struct{ body, want string }{
			{`no JSON`, "invalid_payload"}, {`{}`, "no_text"}, {`{"blocks":[{"type":"header"}]}`, "invalid_blocks"},
		} {
			if status, body := s.respond(address, refused.body); status != 400 || !strings.Contains(body, refused.want) {
				t.Errorf("%s: %d %s", refused.body, status, body)
			}
		}
		for range 5 {
			if status, body := s.respond(address, `{"text":"hi"}`); status != 200 {
				t.Errorf("%d %s", status, body)
			}
		}
		if status, body := s.respond(address, `{"text":"hi"}`); status != 404 || !strings.Contains(body, "used_url") {
			t.Errorf("the sixth: %d %s", status, body)
		}
		if status, body := s.respond(s.api+"response/none", `{"text":"hi"}`); status != 404 {
			t.Errorf("an unknown one: %d %s", status, body)
		}
		s.Fail("response_url", slacksim.Fault{Status: 503})
		if status, _ := s.respond(address, `{"text":"hi"}`); status != 503 {
			t.Errorf("with a fault: %d", status)
		}
		if n := len(s.Calls("response_url")); n != 11 {
			t.Errorf("%d calls, want 11", n)
		}
	})
}

func TestResponseURL_Expires(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		address := typed(t, s, told)
		if status, body := s.respond(address, `{"text":"hi"}`); status != 200 {
			t.Errorf("%d %s", status, body)
		}
		s.clock.forward(30*time.Minute + time.Second)
		if status, body := s.respond(address, `{"text":"hi"}`); status != 404 || !strings.Contains(body, "expired_url") {
			t.Errorf("%d %s", status, body)
		}
	})
}

func TestResponseURL_Verbs(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		address := typed(t, s, told)
		do := func(body string) {
			t.Helper()
			if status, answer := s.respond(address, body); status != 200 {
				t.Errorf("%s: %d %s", body, status, answer)
			}
		}
		do(`{"text":"one"}`)
		do(`{"text":"two","replace_original":true,"response_type":"in_channel"}`)
		if all := s.Snapshot().Messages; len(all) != 1 || all[0].Text != "two" || all[0].EphemeralFor != "U01ADA" {
			t.Errorf("replaced: %+v", all)
		}
		do(`{"delete_original":true}`)
		if all := s.Snapshot().Messages; len(all) != 0 {
			t.Errorf("deleted: %+v", all)
		}
		if status, body := s.respond(address, `{"delete_original":true}`); status != 400 || !strings.Contains(body, "message_not_found") {
			t.Errorf("%d %s", status, body)
		}
		do(`{"text":"three","response_type":"in_channel","replace_original":false,"thread_ts":"1.2"}`)
		if m := s.last(); m.ThreadTS != "1.2" || m.EphemeralFor != "" {
			t.Errorf("%+v", m)
		}
		do(`{"text":"four","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"*four*"}}],"thread_ts":"1.2"}`)
		if m := s.last(); m.ThreadTS != "" || m.EphemeralFor != "U01ADA" || len(m.Blocks) != 1 {
			t.Errorf("%+v", m)
		}
	})
}
