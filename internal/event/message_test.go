package event

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestMessage_RoundTrip(t *testing.T) {
	t.Parallel()
	want := Message{
		RequestID: "r1", Origin: Announcement, Bot: "slack", Chat: Chat{ID: "C1", Name: "golang-news"},
		Text: "Go 1.27 is out <!channel>", Format: Plain, Link: "https://go.dev/doc/go1.27", Title: "notes",
		CreatedAt: time.Unix(1795700000, 0).UTC(), ExpiresAt: time.Unix(1795800000, 0).UTC(),
		KeyName: "ci", TextBlob: &Blob{ID: "r1/text", Size: 5000, SHA256: "ab"}, Status: Error,
		Options: MessageOptions{Silent: true, NoNotify: true}, Metadata: json.RawMessage(`{"build":7}`), Mentions: json.RawMessage(`[]`),
		Parse: true, Broadcast: true, File: &File{Blob: Blob{ID: "r1/file", Size: 3, SHA256: "cd"}, Name: "report.pdf", Type: "application/pdf"},
		Images: []string{"https://example.com/graph.png"}, Thread: "C1/1795700000.000100", Subject: &Subject{Key: "deploy 42", On: Update},
		Group:    &Group{Key: "{}", Status: "firing", Newest: time.Unix(1795700000, 0).UTC(), Firing: []string{"Disk"}},
		Warnings: []string{"image_dropped"}, Shadow: true,
	}
	payload, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeMessage(payload)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("decoded %+v, %v; want %+v", got, err, want)
	}
}

// TestMessage_Encoding fixes the encoding, which earlier and later builds read.
func TestMessage_Encoding(t *testing.T) {
	t.Parallel()
	payload, err := Message{Origin: Announcement, Bot: "slack", Chat: Chat{Name: "news"}, Text: "hi"}.Encode()
	const want = `{"v":1,"source":"announcement","bot":"slack","chat":{"name":"news"},"text":"hi"}`
	if err != nil || string(payload) != want {
		t.Errorf("encoded %s, %v; want %s", payload, err, want)
	}
	got, err := DecodeMessage([]byte(strings.Replace(want, `"v":1`, `"v":1,"later":true`, 1)))
	if err != nil || got.Text != "hi" {
		t.Errorf("with a field that is not known: %+v, %v", got, err)
	}
}

func TestMessage_Rejects(t *testing.T) {
	t.Parallel()
	complete := Message{Origin: Announcement, Bot: "slack", Chat: Chat{Name: "news"}, Text: "hi"}
	for name, change := range map[string]func(*Message){
		"no bot":                    func(m *Message) { m.Bot = "" },
		"no origin":                 func(m *Message) { m.Origin = "" },
		"no chat":                   func(m *Message) { m.Chat = Chat{} },
		"no text, no link, no file": func(m *Message) { m.Text = "" },
		"an unknown status":         func(m *Message) { m.Status = "warn" },
		"an unknown follow-up":      func(m *Message) { m.Subject = &Subject{Key: "k", On: "edit"} },
		"an unknown format":         func(m *Message) { m.Format = "html" },
	} {
		m := complete
		change(&m)
		if _, err := m.Encode(); err == nil {
			t.Errorf("%s: encoded", name)
		}
	}
	for name, test := range map[string]struct {
		payload string
		version bool
	}{
		"a later version":  {`{"v":2,"source":"announcement","bot":"slack","chat":{"name":"news"},"text":"hi"}`, true},
		"no version":       {`{"channel":"news","text":"hi"}`, true},
		"not complete":     {`{"v":1,"source":"announcement","bot":"slack","chat":{}}`, false},
		"not JSON":         {`a diary of mine`, false},
		"of another type":  {`{"v":1,"text":["a diary of mine"]}`, false},
		"an empty payload": {``, false},
	} {
		_, err := DecodeMessage([]byte(test.payload))
		if err == nil || errors.Is(err, ErrVersion) != test.version {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "diary") {
			t.Errorf("%s: the error quotes the payload: %v", name, err)
		}
	}
}
