package send_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
	"github.com/gobridge/gopherbot/gateway/notify/send"
	"github.com/gobridge/gopherbot/internal/event"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("é", n) }
	for body, want := range map[string]problem.Code{
		`{"message":"hi"}`: "",
		`{"message":"` + strings.Repeat("x", send.MaxMessage) + `"}`:   "",
		`{"message":"` + strings.Repeat("x", send.MaxMessage+1) + `"}`: problem.MessageTooLong,
		`{}`:                  problem.EmptyMessage,
		`null`:                problem.EmptyMessage,
		`{"message":" \n\t"}`: problem.EmptyMessage,
		`{"message":" ","file":{"name":"x","data":"aGk="}}`:                  "",
		`{"message":"m","status":"error"}`:                                   "",
		`{"message":"m","status":"warn"}`:                                    problem.InvalidStatus,
		`{"message":"m","format":"html"}`:                                    problem.InvalidOption,
		`{"message":"m","routing_mode":"mixed"}`:                             "",
		`{"message":"m","routing_mode":"fast"}`:                              problem.InvalidOption,
		`{"message":"m","on_unsupported":"ignore"}`:                          "",
		`{"message":"m","on_unsupported":"warn"}`:                            problem.InvalidOption,
		`{"message":"m","metadata":null}`:                                    "",
		`{"message":"m","metadata":[]}`:                                      problem.InvalidMetadata,
		`{"message":"m","metadata":5}`:                                       problem.InvalidMetadata,
		`{"message":"m","metadata":{"a":"` + long(send.MaxMetadata) + `"}}`:  problem.InvalidMetadata,
		`{"message":"m","mentions":{}}`:                                      problem.InvalidMentions,
		`{"message":"m","mentions":null}`:                                    "",
		`{"message":"m","mentions":[]}`:                                      "",
		`{"message":"m","mentions":[1]}`:                                     problem.InvalidMentions,
		`{"message":"m","ttl":"10s"}`:                                        "",
		`{"message":"m","ttl":"9s"}`:                                         problem.InvalidOption,
		`{"message":"m","ttl":"25h"}`:                                        problem.InvalidOption,
		`{"message":"m","ttl":"4"}`:                                          problem.InvalidOption,
		`{"message":"m","key":"deploy 42","on_key":"update"}`:                "",
		`{"message":"m","key":"deploy 42"}`:                                  problem.InvalidOption,
		`{"message":"m","on_key":"post"}`:                                    problem.InvalidOption,
		`{"message":"m","key":"k","on_key":"edit"}`:                          problem.InvalidOption,
		`{"message":"m","key":"` + long(128) + `","on_key":"post"}`:          "",
		`{"message":"m","key":"` + long(129) + `","on_key":"post"}`:          problem.InvalidOption,
		`{"message":"m","link":"https://example.com/a?b","title":"t"}`:       "",
		`{"message":"m","link":"javascript:alert(1)"}`:                       problem.InvalidOption,
		`{"message":"m","link":"example.com"}`:                               problem.InvalidOption,
		`{"message":"m","link":"https://"}`:                                  problem.InvalidOption,
		`{"message":"m","title":"t"}`:                                        problem.InvalidOption,
		`{"message":"m","link":"https://e.com","title":"` + long(257) + `"}`: problem.InvalidOption,
		`{"file":{"name":"x","data":"aGk="}}`:                                "",
		`{"file":{"name":"x","data":"aGk"}}`:                                 problem.BadFile,
		`{"file":{"name":"x","data":"aG\nk="}}`:                              problem.BadFile,
		`{"file":{"name":"x","data":"data:text/plain;base64,aGk="}}`:         problem.BadFile,
		`{"file":{"name":"x","data":"aGl="}}`:                                problem.BadFile,
		`{"file":{"name":"x","data":""}}`:                                    problem.BadFile,
		`{"file":{"data":"aGk="}}`:                                           problem.BadFile,
		`{"file":{"name":"../..","data":"aGk="}}`:                            problem.BadFile,
		`{"file":{"name":"` + strings.Repeat("n", 256) + `","data":"aGk="}}`: problem.BadFile,
	} {
		r, p := send.ParseJSON([]byte(body))
		if p != nil {
			t.Errorf("%.100s: %v", body, p)
			continue
		}
		if _, p := r.Check(maxFile); (p == nil) != (want == "") || p != nil && (p.Code != want || p.Text == "") {
			t.Errorf("%.100s: %v, want %q", body, p, want)
		}
	}
}

func TestCheck_Files(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]problem.Code{maxFile: "", maxFile + 1: problem.TooLarge, 2 * maxFile: problem.TooLarge} {
		r := send.Request{File: &send.File{Name: "x", Data: base64.StdEncoding.EncodeToString(make([]byte, size))}}
		if _, p := r.Check(maxFile); (p == nil) != (want == "") || p != nil && p.Code != want {
			t.Errorf("%d bytes: %v, want %q", size, p, want)
		}
	}
	for given, want := range map[string]string{"../../x": "x", `C:\a\b.txt`: "b.txt", "a\x00b\n\u202ec": "abc", " x ": "x", "x": "x"} {
		w, p := send.Request{File: &send.File{Name: given, Data: "aGk="}}.Check(maxFile)
		if p != nil || w.Message.File.Name != want {
			t.Errorf("%q: %+v, %v; want %q", given, w.Message.File, p, want)
		}
	}
}

func TestCheck_Fields(t *testing.T) {
	t.Parallel()
	r, p := send.ParseJSON([]byte(`{"chat_id":"c","bot":"slack","bot_id":"i","message":"m","status":"ok","metadata":{ "a": 1 },"mentions":[ {"a":1} ],
		"format":"mrkdwn","thread":"C1/1.2","link":"https://e.com","title":"t","key":"k","on_key":"thread","ttl":"90s","on_unsupported":"ignore","opts":{"no_notify":true}}`))
	if p != nil {
		t.Fatal(p)
	}
	w, p := r.Check(maxFile)
	if p != nil {
		t.Fatal(p)
	}
	m := w.Message
	if w.ChatID != "c" || w.Bot != "slack" || w.BotID != "i" || w.TTL != 90*time.Second || !w.IgnoreUnsupported {
		t.Errorf("%+v", w)
	}
	if m.Origin != event.API || m.Text != "m" || m.Status != event.OK || string(m.Metadata) != `{"a":1}` || string(m.Mentions) != `[{"a":1}]` ||
		m.Format != event.Native || m.Thread != "C1/1.2" || m.Link != "https://e.com" || m.Title != "t" || *m.Subject != (event.Subject{Key: "k", On: event.InThread}) || !m.Options.NoNotify {
		t.Errorf("%+v", m)
	}
}
