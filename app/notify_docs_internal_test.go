package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
)

// TestServeNotifyDocs has the documents at the root, with the gateway's address and the
// API's path, unless the configuration is against it.
func TestServeNotifyDocs(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{true, false} {
		server := gateway.New(zerolog.Nop())
		e := env{config: config.Config{PublicURL: "https://bot.example.org/"}, notify: notifyconfig.Config{Docs: on}}
		e.serveNotifyDocs(server, "/notify/v1/")
		for path, status := range map[string]int{"/docs": http.StatusMovedPermanently, "/docs/": http.StatusOK, "/docs/openapi.yaml": http.StatusOK, "/notify/v1/docs/": http.StatusNotFound} {
			if !on {
				status = http.StatusNotFound
			}
			got := httptest.NewRecorder()
			server.ServeHTTP(got, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
			if got.Code != status {
				t.Errorf("docs %v: %s is %d, want %d", on, path, got.Code, status)
			}
			if status == http.StatusOK && !strings.Contains(got.Body.String(), "https://bot.example.org/notify/v1") {
				t.Errorf("%s does not have the address of the API", path)
			}
		}
	}
}
