package notify_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestUnfinishedBody checks that nothing of a body that ends early is sent.
func TestUnfinishedBody(t *testing.T) {
	t.Parallel()
	a := open(t)
	reader, writer := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "POST", a.url+"/api/v1/send", reader)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-API-Key", ciKey)
	done := make(chan error, 1)
	go func() {
		response, err := http.DefaultClient.Do(r)
		if err == nil {
			response.Body.Close()
		}
		done <- err
	}()
	_, _ = io.WriteString(writer, `{"message":"m`)
	cancel()
	if err := testenv.Next(t, done); err == nil {
		t.Error("it was answered")
	}
	writer.Close()
	testenv.Eventually(t, "the server has given up", func() bool { return strings.Contains(a.log.String(), `"code":"invalid_json"`) })
	if n := len(a.queued()); n != 0 {
		t.Errorf("%d messages were queued", n)
	}
}
