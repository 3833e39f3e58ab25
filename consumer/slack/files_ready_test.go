package slack_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	slackgo "github.com/slack-go/slack"
	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/handler"
)

// answer is one of files.info.
type answer struct {
	file slackgo.File
	code string
}

// script answers files.info with one after the other, the last again and again.
type script struct {
	answers []answer
	asked   int
}

func (s *script) GetFileInfoContext(context.Context, string, int, int) (*slackgo.File, []slackgo.Comment, *slackgo.Paging, error) {
	a := s.answers[min(s.asked, len(s.answers)-1)]
	s.asked++
	if a.code != "" {
		return nil, nil, nil, slackgo.SlackErrorResponse{Err: a.code}
	}
	return &a.file, nil, nil, nil
}

// served answers every download with a page of a type.
type served struct{ mediaType, page string }

func (s served) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {s.mediaType}}, Body: io.NopCloser(strings.NewReader(s.page))}, nil
}

func newFiles(t *testing.T, api slack.FileInfo, transport http.RoundTripper) *slack.Files {
	t.Helper()
	files, err := slack.NewFiles(api, "https://slack.com/api/", "xoxb-1", transport)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestFiles_NotReady has Slack know a file late, or never.
func TestFiles_NotReady(t *testing.T) {
	t.Parallel()
	ready := answer{file: slackgo.File{Name: "a.go", Mimetype: "text/plain", Filetype: "go", Size: 3, URLPrivateDownload: "https://files.slack.com/a.go"}}
	noDownload, untyped, external, nowhere := ready, ready, ready, ready
	noDownload.file.URLPrivateDownload, noDownload.file.URLPrivate = "", "https://files.slack.com/a.go"
	untyped.file.Mimetype, untyped.file.Filetype = "", ""
	external.file.IsExternal = true
	nowhere.file.URLPrivateDownload = ""
	notFound := answer{code: "file_not_found"}
	for _, test := range []struct {
		name    string
		answers []answer
		wait    time.Duration
		gone    bool
	}{
		{"ready", []answer{ready}, 0, false},
		{"known after 1 s", []answer{notFound, ready}, time.Second, false},
		{"known after 3 s", []answer{notFound, notFound, ready}, 3 * time.Second, false},
		{"never known", []answer{notFound}, 3 * time.Second, true},
		{"deleted", []answer{{code: "file_deleted"}}, 0, true},
		{"known, and then deleted", []answer{notFound, {code: "file_deleted"}}, time.Second, true},
		{"without a type at first", []answer{untyped, ready}, time.Second, false},
		{"without a type for good", []answer{untyped}, 3 * time.Second, false},
		{"without an address at first", []answer{notFound, nowhere, ready}, 3 * time.Second, false},
		{"without an address for good", []answer{nowhere}, 3 * time.Second, true},
		{"without an address for downloads", []answer{noDownload}, 0, false},
		{"external", []answer{external}, 0, true},
		{"external by its mode", []answer{{file: slackgo.File{Mode: "external"}}}, 0, true},
		{"a tombstone", []answer{{file: slackgo.File{Mode: "tombstone"}}}, 0, true},
		{"behind a limit", []answer{{file: slackgo.File{Mode: "hidden_by_limit"}}}, 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				files := newFiles(t, &script{answers: test.answers}, served{"text/plain", "abc"})
				f, err := files.Describe(t.Context(), handler.File{ID: "F1", Pending: true, Time: start})
				if took := time.Since(start); took != test.wait || errors.Is(err, fs.ErrNotExist) != test.gone || (err != nil) != test.gone {
					t.Errorf("described as %+v after %v (%v), want it after %v", f, took, err, test.wait)
				}
				if err == nil && (f.ID != "F1" || f.Name != "a.go" || f.Size != 3 || f.Pending) {
					t.Errorf("described as %+v", f)
				}
				content, err := files.ReadFile(t.Context(), handler.File{ID: "F1"}, 10)
				if errors.Is(err, fs.ErrNotExist) != test.gone || !test.gone && string(content) != "abc" {
					t.Errorf("read as %q (%v)", content, err)
				}
			})
		})
	}
}

// TestFiles_WaitOfMany has ten files of a message not ready, and one of an
// older message: together they take less time than an action has.
func TestFiles_WaitOfMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		files := newFiles(t, &script{answers: []answer{{code: "file_not_found"}}}, nil)
		for range 10 {
			if _, err := files.Describe(t.Context(), handler.File{ID: "F1", Time: start}); !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
		}
		if took := time.Since(start); took < 3*time.Second || took > 4*time.Second {
			t.Errorf("they take %v", took)
		}
		again := time.Now()
		if _, err := files.ReadFile(t.Context(), handler.File{ID: "F1", Time: start}, 10); !errors.Is(err, fs.ErrNotExist) || time.Since(again) > 0 {
			t.Errorf("%v after %v", err, time.Since(again))
		}
	})
}

// TestFiles_WaitEndsWithItsContext has the action's time end while a file is
// not ready.
func TestFiles_WaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := newFiles(t, &script{answers: []answer{{code: "file_not_found"}}}, nil).Describe(ctx, handler.File{ID: "F1", Time: start})
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took != 1500*time.Millisecond {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// TestFiles_SignInPage has Slack answer with pages instead of a file.
func TestFiles_SignInPage(t *testing.T) {
	t.Parallel()
	const page = `<html lang="en-US"><head><title>Login | Slack</title></head></html>`
	for _, test := range []struct {
		name string
		served
		refused bool
	}{
		{"by its type", served{"text/html; charset=utf-8", "whatever"}, true},
		{"by its type in capitals", served{"Text/HTML", "whatever"}, true},
		{"as XHTML", served{"application/xhtml+xml", "whatever"}, true},
		{"as a text", served{"text/plain", page}, true},
		{"without a type", served{"", "<!doctype html>" + page}, true},
		{"behind a byte order mark", served{"text/plain", "\ufeff" + page}, true},
		{"behind spaces and comments", served{"text/plain", "\n <!-- a\n--> " + page}, true},
		{"behind a prolog", served{"text/plain", `<?xml version="1.0"?>` + page}, true},
		{"in capitals", served{"text/plain", strings.ToUpper(page)}, true},
		{"larger than what is read", served{"text/plain", page + strings.Repeat(" ", 300)}, true},
		{"Go that makes one", served{"text/plain", "package main\n\nconst page = `" + page + "`\n"}, false},
		{"another page", served{"text/plain", "<html><title>My page</title>"}, false},
	} {
		api := &script{answers: []answer{{file: slackgo.File{Mimetype: "text/plain", URLPrivate: "https://slack.com/x.go"}}}}
		content, err := newFiles(t, api, test.served).ReadFile(t.Context(), handler.File{ID: "F1"}, 200)
		if refused := err != nil && strings.Contains(err.Error(), "files:read"); refused != test.refused || refused != (content == nil) {
			t.Errorf("%s: %q (%v)", test.name, content, err)
		}
	}
}

// TestPlatform_Files decodes the files of events as Slack sent them.
func TestPlatform_Files(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]handler.File{
		"file_access":           {{ID: "F0TEST0001", Pending: true}},
		"file_not_ready":        {{ID: "F0TEST0002", Name: "Untitled", Size: 300, Pending: true}},
		"snippet_dotted_title":  {{ID: "F0TEST0003", Name: "parser v1.2", MIMEType: "text/plain", Type: "go", Size: 300}},
		"files_that_are_absent": nil,
	} {
		payload, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		inner := fastjson.MustParseBytes(payload).Get("event").MarshalTo(nil)
		m, err := message(t, event(string(inner)))
		if err != nil || len(m.Files) != len(want) {
			t.Errorf("%s: %+v, want %+v (%v)", name, m.Files, want, err)
			continue
		}
		for i := range want {
			if want[i].Time = m.Time; m.Files[i] != want[i] {
				t.Errorf("%s: %+v, want %+v", name, m.Files[i], want[i])
			}
		}
	}
}
