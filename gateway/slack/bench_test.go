package slack_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/workqueue"
)

// discard is a ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header             { return d.header }
func (d discard) Write(p []byte) (int, error)     { return len(p), nil }
func (d discard) WriteHeader(int)                 {}
func (d discard) SetReadDeadline(time.Time) error { return nil }

// BenchmarkIngress tells what a request costs without net/http's server and without
// Redis: verified, decoded, given to a queue that does nothing, logged and answered.
func BenchmarkIngress(b *testing.B) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	g, err := slack.New(slack.Options{
		AppID: appID, TeamID: teamID, SigningSecrets: []string{secret}, Now: func() time.Time { return now }, Log: zerolog.New(null),
		Publisher: publisher(func(context.Context, workqueue.Event) (workqueue.Result, error) { return workqueue.Queued, nil }),
	})
	if err != nil {
		b.Fatal(err)
	}
	server := gateway.New(zerolog.Nop())
	server.Handle("POST /slack/event", g.Routes()["POST /slack/event"])
	body := envelope(strings.Replace(message, "a \\u003c b", strings.Repeat("some text ", 60), 1))
	r := httptest.NewRequestWithContext(b.Context(), "POST", "/slack/event", nil)
	r.Header.Set("Content-Type", "application/json")
	slack.Sign(r.Header, []byte(body), secret, now)
	reader := strings.NewReader(body)
	r.ContentLength = int64(len(body))
	b.ReportAllocs()
	for b.Loop() {
		reader.Reset(body)
		r.Body = io.NopCloser(reader)
		server.ServeHTTP(discard{http.Header{}}, r)
	}
}
