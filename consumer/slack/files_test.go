package slack_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	slackgo "github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/handler"
)

// info answers files.info with an address, or an error.
type info struct {
	address string
	err     error
}

func (i info) GetFileInfoContext(_ context.Context, id string, _, _ int) (*slackgo.File, []slackgo.Comment, *slackgo.Paging, error) {
	return &slackgo.File{ID: id, Mimetype: "text/plain", URLPrivateDownload: i.address}, nil, nil, i.err
}

// transport is a network on which every host answers alike. It records the token that
// each host got.
type transport struct {
	server *httptest.Server
	tokens map[string]string // host → Authorization
}

func (n *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	n.tokens[r.URL.Scheme+"://"+r.URL.Host] = r.Header.Get("Authorization")
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(n.server.URL, "http://")
	base := &http.Transport{DisableKeepAlives: true}
	return base.RoundTrip(r)
}

func network(t *testing.T, answer http.HandlerFunc) *transport {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return &transport{server, map[string]string{}}
}

func read(t *testing.T, api info, n *transport) (string, error) {
	t.Helper()
	files, err := slack.NewFiles(api, "https://slack.com/api/", "xoxb-1", n)
	if err != nil {
		t.Fatal(err)
	}
	content, err := files.ReadFile(t.Context(), handler.File{ID: "F1"}, 10)
	return string(content), err
}

func TestFiles_Read(t *testing.T) {
	t.Parallel()
	n := network(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ten bytes.") })
	content, err := read(t, info{address: "https://files.slack.com/files-pri/T1-F1/download/main.go"}, n)
	if err != nil || content != "ten bytes." {
		t.Errorf("%q (%v)", content, err)
	}
	if got := n.tokens["https://files.slack.com"]; got != "Bearer xoxb-1" {
		t.Errorf("files.slack.com was sent %q", got)
	}
}

// TestFiles_ErrorsHideNames is because failures are logged: the
// address of a file has the name that somebody gave it.
func TestFiles_ErrorsHideNames(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"cut":       func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"refused":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"not found": http.NotFound,
		"wants login": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/?redir=%2Ffiles-pri%2Four-plan.go", http.StatusFound)
		},
		"too large": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "eleven bytes") },
		"less than it": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			w.WriteHeader(200)
		},
	} {
		_, err := read(t, info{address: "https://files.slack.com/files-pri/T1-F1/our-plan.go"}, network(t, answer))
		if err == nil || strings.Contains(err.Error(), "our-plan") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFiles_TokenGoesToSlackAlone(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"https://example.com/main.go", "https://slack.com.example.com/x", "https://notslack.com/x", "https://files.slack.com:8443/x",
		"https://slack.com@example.com/x", "https://user@files.slack.com/x", "http://files.slack.com/x", "//files.slack.com/x",
		"https:files.slack.com", "file:///etc/passwd", "https://files.slack.com%2eexample.com/", "\x00",
	} {
		n := network(t, func(http.ResponseWriter, *http.Request) {})
		if _, err := read(t, info{address: address}, n); err == nil || len(n.tokens) > 0 {
			t.Errorf("%q: %v, and tokens went to %v", address, err, n.tokens)
		}
	}
}

func TestFiles_RedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	n := network(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://example.com/login")
		w.WriteHeader(http.StatusFound)
	})
	_, err := read(t, info{address: "https://files.slack.com/main.go"}, n)
	if err == nil || !strings.Contains(err.Error(), "files:read") || len(n.tokens) != 1 {
		t.Errorf("%v, and tokens went to %v", err, n.tokens)
	}
}

func TestFiles_Unreadable(t *testing.T) {
	t.Parallel()
	const address = "https://slack.com/main.go"
	for _, test := range []struct {
		name   string
		api    info
		status int
		body   string
		gone   bool
	}{
		{"deleted", info{err: slackgo.SlackErrorResponse{Err: "file_deleted"}}, 0, "", true},
		{"not ours to see", info{err: slackgo.SlackErrorResponse{Err: "access_denied"}}, 0, "", true},
		{"no scope", info{err: slackgo.SlackErrorResponse{Err: "missing_scope"}}, 0, "", false},
		{"Slack is away", info{err: errors.New("no route")}, 0, "", false},
		{"not there any more", info{address: address}, 404, "", true},
		{"forbidden", info{address: address}, 403, "", false},
		{"broken", info{address: address}, 500, "", false},
		{"too large", info{address: address}, 200, "eleven bytes", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := network(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			content, err := read(t, test.api, n)
			if err == nil || content != "" || errors.Is(err, fs.ErrNotExist) != test.gone {
				t.Errorf("%q (%v)", content, err)
			}
		})
	}
}
