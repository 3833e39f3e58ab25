package notification_test

import (
	"testing"

	"github.com/gobridge/gopherbot/internal/notification"
)

func TestNotification_RoundTrip(t *testing.T) {
	t.Parallel()
	want := notification.Notification{Channel: "general", Text: "Go 1.30 <is> here", Link: "https://go.dev/dl/", Title: "Downloads"}
	payload, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := notification.Decode(payload); err != nil || got != want {
		t.Errorf("%+v (%v), want %+v", got, err, want)
	}
}

func TestDecode_Rejects(t *testing.T) {
	t.Parallel()
	for _, n := range []notification.Notification{{Text: "nowhere"}, {Channel: "general", Title: "only a title"}} {
		if payload, err := n.Encode(); err == nil {
			t.Errorf("%+v is encoded: %s", n, payload)
		}
	}
	for _, payload := range []string{``, `{`, `[]`, `{}`, `{"channel":"general"}`, `{"channel":1,"text":"x"}`} {
		if n, err := notification.Decode([]byte(payload)); err == nil {
			t.Errorf("%s is decoded: %+v", payload, n)
		}
	}
}
