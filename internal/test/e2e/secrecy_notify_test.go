package e2e

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// scripts has scripts post texts, files and alerts, rightly and wrongly.
func (s *secretive) scripts(said func() string) {
	s.Helper()
	type fields map[string]any
	file := func() fields {
		return fields{"name": said() + ".txt", "data": base64.StdEncoding.EncodeToString([]byte(said()))}
	}
	for _, test := range []struct {
		what, path string
		body       fields
		key        string
		want       int
	}{
		{"a text", "/send", fields{"message": said(), "title": said(), "link": "https://example.org/" + word()}, s.keys[0], http.StatusAccepted},
		{"a file", "/send", fields{"message": said(), "file": file()}, s.keys[1], http.StatusAccepted},
		{"metadata", "/send", fields{"message": said(), "metadata": fields{"note": said()}, "key": said(), "on_key": "update"}, s.keys[0], http.StatusAccepted},
		{"a mention", "/send", fields{"message": said() + " @mention[email:" + word() + "@example.org;" + word() + "]"}, s.keys[0], http.StatusAccepted},
		{"an alert", "/alertmanager", fields{"version": "4", "groupKey": said(), "status": "firing", "alerts": []fields{{
			"status": "firing", "labels": fields{"alertname": said()}, "annotations": fields{"summary": said()}, "startsAt": time.Now(),
		}}}, s.keys[0], http.StatusAccepted},
		{"an unknown field", "/send", fields{"message": said(), word(): said()}, s.keys[0], http.StatusBadRequest},
		{"another type", "/send", fields{"message": fields{"text": said()}}, s.keys[0], http.StatusBadRequest},
		{"an unknown chat", "/send", fields{"message": said(), "chat_id": said(), "bot": "slack"}, s.keys[0], http.StatusBadRequest},
		{"a wrong key", "/send", fields{"message": said()}, s.keys[0] + "x", http.StatusForbidden},
		{"a key in the address", "/send?token=" + s.keys[0], fields{"message": said()}, s.keys[0], http.StatusBadRequest},
	} {
		body, err := json.Marshal(test.body)
		if err != nil {
			s.Fatal(err)
		}
		if got, err := s.notify(test.path, "application/json", string(body), "X-API-Key", test.key); err != nil || got.status != test.want {
			s.Errorf("%s is answered %d %s, %v; want %d", test.what, got.status, got.raw, err, test.want)
		}
	}
	testenv.Eventually(s, "the messages are taken", func() bool { return s.entries() == 0 })
}
