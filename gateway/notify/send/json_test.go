package send_test

import (
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
	"github.com/gobridge/gopherbot/gateway/notify/send"
	"github.com/gobridge/gopherbot/internal/event"
)

func TestParseJSON(t *testing.T) {
	t.Parallel()
	r, p := send.ParseJSON([]byte(` {"chat_id":"alerts","message":"h\u00e9","opts":{"silent":true},"mentions":null,"metadata":{"a":[1]},"status":null} `))
	if p != nil || r.ChatID != "alerts" || r.Message != "hé" || r.Options != (event.MessageOptions{Silent: true}) || string(r.Metadata) != `{"a":[1]}` || r.Status != "" {
		t.Errorf("%+v, %v", r, p)
	}
}

func TestParseJSON_Refuses(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"chat_id":"x","message":"m","msg":1}`:   `field "msg" at byte `,
		`{"opts":{"loud":true}}`:                  `field "opts.loud" at byte `,
		`{"message":5}`:                           `field "message" at byte 11, which has another type`,
		`{"message":"a","message":"b"}`:           `field "message" at byte `,
		`{"metadata":{"a":1,"a":2}}`:              `field "metadata.a" at byte `,
		`{"Message":"a"}`:                         `field "Message"`,
		`{"message":"a"}{"message":"b"}`:          `more than one JSON value at byte 15`,
		`{"message":"a"} x`:                       `more than one JSON value`,
		"{\"message\":\"a\xffb\"}":                `not valid UTF-8 at byte `,
		"{\"mess\xffage\":\"a\"}":                 `not valid UTF-8 at byte `,
		`{"message":"\ud800"}`:                    `not valid`,
		`{"message":"a"`:                          `not valid JSON`,
		``:                                        `not valid JSON`,
		`[]`:                                      `field of the whole`,
		`{"` + strings.Repeat("n", 5000) + `":1}`: `nnn…"`,
	} {
		_, p := send.ParseJSON([]byte(body))
		if p == nil || p.Code != problem.InvalidJSON || !strings.Contains(p.Text, want) || len(p.Text) > 300 {
			t.Errorf("%.80s: %v, want %q", body, p, want)
		}
	}
}

// TestParseJSON_QuotesNoValues checks that an answer, which proxies may log, has no text.
func TestParseJSON_QuotesNoValues(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"message":"secret"`, `{"opts":"secret"}`, `{"message":"secret"}secret`, `{"message":"secret\x"}`} {
		if _, p := send.ParseJSON([]byte(body)); p == nil || strings.Contains(p.Text, "secret") {
			t.Errorf("%s: %v", body, p)
		}
	}
}

// FuzzParseJSON checks that a request that is accepted has its fields within their bounds,
// and the same hash each time.
func FuzzParseJSON(f *testing.F) {
	for _, body := range []string{
		`{"chat_id":"x","message":"m","metadata":{"a":1},"mentions":[{}],"file":{"name":"a/b","data":"aGk="},"ttl":"1h","key":"k","on_key":"update"}`,
		`{"message":"\ud83d\ude00","link":"https://example.com","title":"t"}`, `{"message":"a"}{}`, "{\"message\":\"\xff\"}",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, p := send.ParseJSON(body)
		if p != nil {
			return
		}
		checkAccepted(t, r)
	})
}
