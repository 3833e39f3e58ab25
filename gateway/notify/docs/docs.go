// Package docs serves the documents about the notification API: a page for people and an
// OpenAPI document for programs. Both are embedded, and load nothing from elsewhere.
// Package gateway/notify/openapi writes them.
package docs

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/webui"
)

// The names of the files.
const (
	Document = "openapi.yaml"
	Page     = "index.html"
)

// What stands in the files for the version of the build and the address of the API. As an
// address it is one of RFC 2606, which nobody has.
const (
	VersionMark = "VERSION"
	ServerMark  = "https://gopherbot.invalid/api/v1"
)

var (
	//go:embed openapi.yaml
	document string
	//go:embed index.html
	page string
	//go:embed style.css
	style []byte
)

// policy lets the page load its style sheets, and nothing else.
const policy = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Options configures the documents.
type Options struct {
	// PublicURL is the gateway's address as its callers have it, "" for the host of each
	// request. X-Forwarded-Host is never used: anybody can send it.
	PublicURL string
	// BasePath is the path of the API, such as "/api/v1".
	BasePath string
	// Version is the build's.
	Version string
	// Proxied says that a proxy before the gateway tells in X-Forwarded-Proto whether the
	// caller uses https.
	Proxied bool
}

// Handlers returns the handlers by their patterns for gateway.Server.
func Handlers(opts Options) map[string]http.Handler {
	version := opts.Version
	if version == "" {
		version = "unknown"
	}
	// strconv.Quote escapes as a double-quoted string of YAML does.
	inYAML := func(server string) string {
		return strings.NewReplacer("version: "+VersionMark, "version: "+strconv.Quote(version), "url: "+ServerMark, "url: "+strconv.Quote(server)).Replace(document)
	}
	inHTML := func(server string) string {
		return strings.NewReplacer(VersionMark, html.EscapeString(version), ServerMark, html.EscapeString(server)).Replace(page)
	}
	return map[string]http.Handler{
		"GET /docs":             secured(http.RedirectHandler("/docs/", http.StatusMovedPermanently).ServeHTTP),
		"GET /docs/{$}":         secured(opts.serve("text/html; charset=utf-8", inHTML)),
		"GET /docs/" + Document: secured(opts.serve("application/yaml", inYAML)), // RFC 9512
		"GET /docs/style.css":   secured(func(w http.ResponseWriter, r *http.Request) { answer(w, r, "text/css; charset=utf-8", style) }),
		"GET /docs/theme.css":   secured(webui.Theme),
	}
}

// serve answers with a file that has the server's address in it.
func (o Options) serve(mediaType string, fill func(server string) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if o.PublicURL == "" {
			w.Header().Set("Vary", "X-Forwarded-Proto")
		}
		answer(w, r, mediaType, []byte(fill(o.server(r))))
	}
}

// server returns the address of the API.
func (o Options) server(r *http.Request) string {
	if o.PublicURL != "" {
		return strings.TrimSuffix(o.PublicURL, "/") + o.BasePath
	}
	u := url.URL{Scheme: "http", Host: r.Host, Path: o.BasePath}
	if r.TLS != nil || o.Proxied && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		u.Scheme = "https"
	}
	return u.String()
}

// answer answers with a content that is the same until the next deploy. Browsers ask each
// time whether theirs is current.
func answer(w http.ResponseWriter, r *http.Request, mediaType string, content []byte) {
	sum := sha256.Sum256(content)
	header := w.Header()
	header.Set("Content-Type", mediaType)
	header.Set("Cache-Control", "no-cache")
	header.Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// secured serves with headers that keep other pages away.
func secured(serve http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		serve(w, r)
	})
}
