package docs_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/notify/docs"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// serve returns the address of a gateway with the documents.
func serve(t *testing.T, opts docs.Options) string {
	t.Helper()
	server := gateway.New(zerolog.Nop())
	for pattern, handler := range docs.Handlers(opts) {
		server.Handle(pattern, handler)
	}
	h := httptest.NewServer(server)
	t.Cleanup(h.Close)
	return h.URL
}

// do makes a request without following a redirect. headers are names and values in turn.
func do(t *testing.T, method, address string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{Timeout: testenv.Timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

// TestHandlers_Server has the address of the API in the page and in the document: the
// configured one, or that of the request. It is never what X-Forwarded-Host says.
func TestHandlers_Server(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		opts    docs.Options
		headers []string
		want    string
	}{
		"configured":         {docs.Options{PublicURL: "https://bot.example.org/"}, []string{"Host", "evil.example"}, "https://bot.example.org/api/v1"},
		"below a path":       {docs.Options{PublicURL: "https://example.org/bot/"}, nil, "https://example.org/bot/api/v1"},
		"the host":           {docs.Options{}, []string{"Host", "bot.example.org:8080"}, "http://bot.example.org:8080/api/v1"},
		"X-Forwarded-Host":   {docs.Options{Proxied: true}, []string{"Host", "bot.example.org", "X-Forwarded-Host", "evil.example"}, "http://bot.example.org/api/v1"},
		"behind a proxy":     {docs.Options{Proxied: true}, []string{"Host", "bot.example.org", "X-Forwarded-Proto", "https"}, "https://bot.example.org/api/v1"},
		"no proxy":           {docs.Options{}, []string{"Host", "bot.example.org", "X-Forwarded-Proto", "https"}, "http://bot.example.org/api/v1"},
		"a host with markup": {docs.Options{}, []string{"Host", `"'<b>`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.opts.BasePath, test.opts.Version = "/api/v1", `v1.2.3+"<x>`
			address := serve(t, test.opts)
			_, document := do(t, http.MethodGet, address+"/docs/openapi.yaml", test.headers...)
			_, page := do(t, http.MethodGet, address+"/docs/", test.headers...)
			if strings.Contains(document+page, "gopherbot.invalid") || strings.Contains(document+page, docs.VersionMark) {
				t.Error("a mark was not replaced")
			}
			if strings.Contains(page, "<x>") || strings.Contains(page, "<b>") {
				t.Error("the page has the markup of a version or a host")
			}
			if test.want == "" {
				return
			}
			if !strings.Contains(document, `url: "`+test.want+`"`) || !strings.Contains(document, `version: "v1.2.3+\"<x>"`) {
				t.Errorf("the document does not have %s and the version:\n%.900s", test.want, document)
			}
			for _, line := range []string{test.want + "/send\n", "url: " + test.want + "/alertmanager\n", "url: " + test.want + "/grafana\n"} {
				if !strings.Contains(page, line) {
					t.Errorf("the page does not have %q", line)
				}
			}
		})
	}
}

// TestHandlers_Headers has the documents answered as browsers and caches need it.
func TestHandlers_Headers(t *testing.T) {
	t.Parallel()
	address := serve(t, docs.Options{BasePath: "/api/v1"})
	for path, mediaType := range map[string]string{
		"/docs/": "text/html; charset=utf-8", "/docs/openapi.yaml": "application/yaml", "/docs/style.css": "text/css; charset=utf-8", "/docs/theme.css": "text/css; charset=utf-8",
	} {
		got, text := do(t, http.MethodGet, address+path)
		policy := got.Header.Get("Content-Security-Policy")
		if got.StatusCode != http.StatusOK || text == "" || got.Header.Get("Content-Type") != mediaType || got.Header.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %d, %v", path, got.StatusCode, got.Header)
		}
		if regexp.MustCompile(`(src|href)="(https?:)?//`).MatchString(text) || strings.Contains(text, "@import") || strings.Contains(text, "<script") {
			t.Errorf("%s loads something from elsewhere", path)
		}
		head, nothing := do(t, http.MethodHead, address+path)
		if head.StatusCode != http.StatusOK || nothing != "" || head.Header.Get("Content-Type") != mediaType {
			t.Errorf("HEAD %s: %d, %q", path, head.StatusCode, nothing)
		}
		if post, _ := do(t, http.MethodPost, address+path); post.StatusCode != http.StatusMethodNotAllowed || post.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("POST %s: %d, Allow: %s", path, post.StatusCode, post.Header.Get("Allow"))
		}
		tag := got.Header.Get("ETag")
		if path == "/docs/theme.css" {
			continue // it is shared with other pages, and small
		}
		if again, _ := do(t, http.MethodGet, address+path, "If-None-Match", tag); tag == "" || again.StatusCode != http.StatusNotModified || got.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s with If-None-Match: %s is %d", path, tag, again.StatusCode)
		}
	}
	got, _ := do(t, http.MethodGet, address+"/docs")
	if got.StatusCode != http.StatusMovedPermanently || got.Header.Get("Location") != "/docs/" {
		t.Errorf("/docs: %d to %q", got.StatusCode, got.Header.Get("Location"))
	}
	if missing, _ := do(t, http.MethodGet, address+"/docs/other"); missing.StatusCode != http.StatusNotFound {
		t.Errorf("/docs/other: %d", missing.StatusCode)
	}
}

// TestPage_Links has each link within the page lead somewhere.
func TestPage_Links(t *testing.T) {
	t.Parallel()
	_, page := do(t, http.MethodGet, serve(t, docs.Options{BasePath: "/api/v1"})+"/docs/")
	links := regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(links) < 50 {
		t.Errorf("found %d links", len(links))
	}
	for _, link := range links {
		if !strings.Contains(page, `id="`+link[1]+`"`) {
			t.Errorf("the link #%s leads nowhere", link[1])
		}
	}
}
