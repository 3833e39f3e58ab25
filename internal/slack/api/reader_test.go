package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"

	slackapi "github.com/gobridge/gopherbot/internal/slack/api"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// newReader returns a Reader of a Web API that answer serves, and the number of
// calls so far.
func newReader(t *testing.T, answer http.HandlerFunc) (*slackapi.Reader, *atomic.Int32) {
	t.Helper()
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if err := r.ParseForm(); err != nil { // to its end, so that the server notices when the client has gone
			t.Error(err)
		}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return slackapi.NewReader("xoxb-1", server.URL+"/", &http.Transport{DisableKeepAlives: true}), &calls
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
}

func TestReader_PublicChannels(t *testing.T) {
	t.Parallel()
	odd, err := os.ReadFile("testdata/10-conversations-list-one-odd-channel.json")
	if err != nil {
		t.Fatal(err)
	}
	channel := func(id, name string) slackapi.Conversation { return slackapi.Conversation{ID: id, Name: name} }
	page := func(list ...slackapi.Conversation) slackapi.ConversationPage {
		return slackapi.ConversationPage{Conversations: list}
	}
	long := strings.Repeat("é", 100_000)
	for _, test := range []struct {
		name, answer string
		want         slackapi.ConversationPage
		fails        string
	}{
		{"one with a field of another shape", string(odd), page(channel("C061EG9T2", "general"), channel("C0ODD00001", "odd")), ""},
		{"all other fields of another shape", `{"ok":true,"channels":[{"id":"C1","name":"a","created":"never","is_archived":"no","is_private":0,"is_member":[],"topic":7,"purpose":null,
			"members":{},"num_members":"many","properties":[1],"previous_names":{"a":1},"unknown":{"a":[{}]}},{"id":"C2","name":"b","is_member":true}]}`,
			page(channel("C1", "a"), slackapi.Conversation{ID: "C2", Name: "b", Member: true}), ""},
		{"some without an id or a name", `{"ok":true,"channels":[{"name":"a"},{"id":"C1"},{"id":7,"name":"a"},{"id":"C1","name":null},{"id":"","name":"a"},null,7,"C1",[],{},{"id":"C2","name":"b"}]}`,
			slackapi.ConversationPage{Conversations: []slackapi.Conversation{channel("C2", "b")}, Skipped: 10}, ""},
		{"a page before another", `{"ok":true,"channels":[],"response_metadata":{"next_cursor":"dGVhbQ=="}}`, slackapi.ConversationPage{Next: "dGVhbQ=="}, ""},
		{"no cursor", `{"ok":true,"channels":[],"response_metadata":null}`, page(), ""},
		{"a cursor of another shape", `{"ok":true,"channels":[],"response_metadata":{"next_cursor":7}}`, page(), "no string"},
		{"a long topic", `{"ok":true,"channels":[{"id":"C1","name":"a","topic":{"value":"` + long + `"}}]}`, page(channel("C1", "a")), ""},
		{"no channels", `{"ok":true}`, page(), "no list of channels"},
		{"channels of another shape", `{"ok":true,"channels":{}}`, page(), "no list of channels"},
		{"a refusal", `{"ok":false,"error":"missing_scope"}`, page(), "missing_scope"},
		{"no JSON", `<html>secret`, page(), "is not JSON"},
		{"JSON that is cut", `{"ok":true,"channels":[{"id":"C1","na`, page(), "is not JSON"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			reader, _ := newReader(t, func(w http.ResponseWriter, r *http.Request) {
				if got := r.FormValue("types") + r.FormValue("exclude_archived") + r.FormValue("limit") + r.FormValue("cursor"); r.Method != http.MethodPost ||
					r.URL.Path != "/conversations.list" || got != "public_channeltrue999c" || r.Header.Get("Authorization") != "Bearer xoxb-1" {
					t.Errorf("asked for %s %s, %s", r.Method, r.URL, got)
				}
				fmt.Fprint(w, test.answer)
			})
			got, err := reader.PublicChannels(t.Context(), "c")
			if !reflect.DeepEqual(got, test.want) || (err == nil) != (test.fails == "") || err != nil && (!strings.Contains(err.Error(), test.fails) || strings.Contains(err.Error(), "secret")) {
				t.Errorf("%+v (%v), want %+v and %q", got, err, test.want, test.fails)
			}
		})
	}
}

func TestReader_Conversation(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]slackapi.Conversation{
		`{"ok":true,"channel":{"id":"C1","name":"a","is_archived":true,"is_private":true,"is_member":true,"properties":{"posting_restricted_to":["admin"]}}}`: {
			ID: "C1", Name: "a", Archived: true, Private: true, Member: true},
		`{"ok":true,"channel":{"id":"D1","is_im":true}}`: {ID: "D1"},
		`{"ok":true,"channel":{"name":"a"}}`:             {},
		`{"ok":true,"channel":"C1"}`:                     {},
		`{"ok":true}`:                                    {},
	} {
		reader, _ := newReader(t, says(answer))
		if got, err := reader.Conversation(t.Context(), "C1"); got != want || (err == nil) != (want.ID != "") {
			t.Errorf("%s: %+v (%v), want %+v", answer, got, err, want)
		}
	}
	reader, _ := newReader(t, says(`{"ok":false,"error":"channel_not_found"}`))
	_, err := reader.Conversation(t.Context(), "C1")
	if refused, ok := errors.AsType[slack.SlackErrorResponse](err); !ok || refused.Err != "channel_not_found" {
		t.Errorf("%v, want slack-go's error", err)
	}
}

// TestReader_TriesAgain lets the first answers go wrong.
func TestReader_TriesAgain(t *testing.T) {
	t.Parallel()
	limit := func(after string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", after)
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}
	cut := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		times  int32 // it is given
		calls  int32
		after  time.Duration // in the error
		fails  bool
	}{
		{"a short rate limit", limit("1"), 1, 2, 0, false},
		{"a rate limit that does not say how long", limit("soon"), 1, 2, 0, false},
		{"a long rate limit", limit("30"), 1, 1, 30 * time.Second, true},
		{"a rate limit for centuries", limit("99999999999"), 1, 1, time.Hour, true},
		{"a cut connection", cut, 2, 3, 0, false},
		{"no connection", cut, 100, 4, 0, true},
		{"a server error", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, 1, 1, 0, true},
		{"a refusal", says(`{"ok":false,"error":"invalid_auth"}`), 1, 1, 0, true},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, 1, 1, 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var given atomic.Int32
			reader, calls := newReader(t, func(w http.ResponseWriter, r *http.Request) {
				if given.Add(1) <= test.times {
					test.answer(w, r)
					return
				}
				fmt.Fprint(w, `{"ok":true,"channels":[{"id":"C1","name":"a"}]}`)
			})
			page, err := reader.PublicChannels(t.Context(), "")
			if (err != nil) != test.fails || calls.Load() != test.calls || err == nil && len(page.Conversations) != 1 {
				t.Errorf("%d calls, %+v (%v), want %d", calls.Load(), page, err, test.calls)
			}
			limited, ok := errors.AsType[interface {
				error
				RetryAfter() time.Duration
			}](err)
			if ok != (test.after > 0) || ok && limited.RetryAfter() != test.after {
				t.Errorf("the error is %v, want one that says %v", err, test.after)
			}
			if theirs, ok := errors.AsType[*slack.RateLimitedError](err); ok != (test.after > 0) || ok && theirs.RetryAfter != test.after {
				t.Errorf("the error is %v, want slack-go's in it", err)
			}
		})
	}
}

// TestReader_EndsWithItsContext stops waiting for a rate limit, and for an answer.
func TestReader_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 10)
	for _, answer := range []http.HandlerFunc{
		func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(http.StatusTooManyRequests)
			asked <- struct{}{}
		},
		func(_ http.ResponseWriter, r *http.Request) {
			asked <- struct{}{}
			<-r.Context().Done()
		},
	} {
		reader, _ := newReader(t, answer)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			testenv.Hold(t, asked)
			cancel()
		}()
		start := time.Now()
		if _, err := reader.PublicChannels(ctx, ""); err == nil || time.Since(start) > 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		cancel()
	}
}

// TestReader_ChannelsReadsAllPages with the cursors "1", "2" and so on.
func TestReader_ChannelsReadsAllPages(t *testing.T) {
	t.Parallel()
	const a, b, nameless = `{"id":"CA","name":"a"}`, `{"id":"CB","name":"b"}`, `{"id":"CX"}`
	type page struct{ channels, next string }
	for _, test := range []struct {
		name    string
		pages   []page // the first for the cursor ""
		want    []string
		skipped int
		fails   bool
	}{
		{"one page", []page{{a + "," + b, ""}}, []string{"a", "b"}, 0, false},
		{"three pages, one of them empty", []page{{a, "1"}, {"", "2"}, {b, ""}}, []string{"a", "b"}, 0, false},
		{"channels without a name", []page{{a + "," + nameless, "1"}, {nameless + "," + nameless, "2"}, {b, ""}}, []string{"a", "b"}, 3, false},
		{"a page that cannot be read", []page{{a, "1"}, {"?", ""}}, nil, 0, true},
		{"a cursor that stands still", []page{{a, "1"}, {b, "1"}}, nil, 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			reader, _ := newReader(t, func(w http.ResponseWriter, r *http.Request) {
				n, _ := strconv.Atoi(r.FormValue("cursor"))
				fmt.Fprintf(w, `{"ok":true,"channels":[%s],"response_metadata":{"next_cursor":%q}}`, test.pages[n].channels, test.pages[n].next)
			})
			list, skipped, err := reader.Channels(t.Context())
			var names []string
			for _, c := range list {
				names = append(names, c.Name)
			}
			if (err != nil) != test.fails || !slices.Equal(names, test.want) || skipped != test.skipped {
				t.Errorf("%q, %d skipped (%v), want %q, %d", names, skipped, err, test.want, test.skipped)
			}
		})
	}
}
