package sharkfin_test

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/sharkfin"
	"github.com/gobridge/gopherbot/handler"
	wire "github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/internal/sharkfin/mcp"
	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// mention is the server's pattern.
var mention = regexp.MustCompile(`@([a-zA-Z0-9_-]+)`)

// TestPlatform_Outcome posts while something is wrong with the server or before it, by its tools
// and by REST. posted is how many messages there are then.
func TestPlatform_Outcome(t *testing.T) {
	t.Parallel()
	const tools, rest = "/mcp", "/api/v1/channels/"
	wait := http.Header{"Retry-After": {"7"}}
	for _, test := range []struct {
		name   string
		fault  sim.Fault
		want   consumer.Outcome
		posted int
	}{
		{"the answer is lost", sim.Fault{Lose: true}, consumer.Outcome{Kind: consumer.Unknown}, 1},
		{"no answer in time", sim.Fault{Hang: true}, consumer.Outcome{Kind: consumer.Unknown}, 0},
		{"503", sim.Fault{Status: 503}, consumer.Outcome{Kind: consumer.Unknown}, 0},
		{"502 with a page", sim.Fault{Status: 502, Body: "<html>"}, consumer.Outcome{Kind: consumer.Unknown}, 0},
		{"an answer that is none", sim.Fault{Status: 200, Body: "<html>"}, consumer.Outcome{Kind: consumer.Unknown}, 0},
		{"429 of a proxy", sim.Fault{Status: 429, Header: wait}, consumer.Outcome{Kind: consumer.RateLimited, After: 7 * time.Second}, 0},
		{"429 without a time", sim.Fault{Status: 429}, consumer.Outcome{Kind: consumer.RateLimited, After: 10 * time.Second}, 0},
		{"401 of a key, or of an identity service that is away", sim.Fault{Status: 401, Body: `{"error":"auth: invalid token"}`}, consumer.Outcome{}, 0},
		{"a login page", sim.Fault{Status: 302}, consumer.Outcome{}, 0},
		{"a missing route", sim.Fault{Status: 404, Body: "404 page not found\n"}, consumer.Outcome{}, 0},
		{"403 of a proxy", sim.Fault{Status: 403}, consumer.Outcome{Kind: consumer.Final}, 0},
		{"a channel that is gone", sim.Fault{Status: 404, Body: "channel not found\n"}, consumer.Outcome{Kind: consumer.Gone}, 0},
	} {
		for _, way := range []string{tools, rest} {
			t.Run(test.name+way, func(t *testing.T) {
				t.Parallel()
				s := start(t)
				p := s.restPlatform()
				if way == tools {
					if test.want.Kind == consumer.Gone {
						return // a tool says so in its result: see below
					}
					p = s.platform()
					if err := s.tools.Start(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				fault := test.fault
				fault.Path, fault.Method = way, http.MethodPost
				s.Fail(fault)
				ctx, cancel := context.WithTimeout(t.Context(), testenv.Timeout)
				if test.fault.Hang {
					ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
				}
				defer cancel()
				err := p.Responder(inTown("1"), "").Reply(ctx, handler.Text("hi"))
				if got := p.Outcome(err); err == nil || got != test.want {
					t.Errorf("%+v (%v), want %+v", got, err, test.want)
				}
				if n := len(s.said("town")); n != test.posted {
					t.Errorf("%d messages, want %d", n, test.posted)
				}
			})
		}
	}
}

// TestPlatform_OutcomeOfRefusals by the server itself.
func TestPlatform_OutcomeOfRefusals(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.platform()
	root := s.say(t, "root")
	reply, err := s.Say(sim.Post{From: "alice", Channel: "town", Body: "reply", ThreadID: 1})
	if err != nil {
		t.Fatal(err)
	}
	at := func(channel, thread string) consumer.Message {
		m := inTown(root.ID)
		m.Channel.ID, m.Thread = channel, thread
		return m
	}
	if err := s.AddChannel("dm-gopher-zoe", true, "alice"); err != nil { // somebody squats
		t.Fatal(err)
	}
	s.Add(sim.Identity{Name: "zoe"})
	stranger, zoe := inTown("1"), inTown("1")
	stranger.User, zoe.User = "nobody", "zoe"
	for _, test := range []struct {
		name string
		err  error
		want consumer.OutcomeKind
	}{
		{"no such channel", p.Responder(at("gone", ""), "").Reply(t.Context(), handler.Text("x")), consumer.Gone},
		{"no such channel to post in", p.Responder(root, "").PostIn(t.Context(), "gone", handler.Text("x")), consumer.Temporary},
		{"no member", p.Responder(at("secret", ""), "").Reply(t.Context(), handler.Text("x")), consumer.Final},
		{"a thread that is gone", p.Responder(at("town", "999"), "").Reply(t.Context(), handler.Text("x")), consumer.Gone},
		{"a thread in a thread", p.Responder(at("town", wire.Ref{ID: reply}.String()[1:]), "").Reply(t.Context(), handler.Text("x")), consumer.Final},
		{"nobody", p.Responder(stranger, "").DM(t.Context(), handler.Text("x")), consumer.Gone},
		{"a name that is taken", p.Responder(zoe, "").DM(t.Context(), handler.Text("x")), consumer.Final},
		{"a failing database", &mcp.RPCError{Code: mcp.CodeInternal, Text: "send message: database is locked"}, consumer.Temporary},
		{"a tool that the server does not have", &mcp.RPCError{Code: mcp.CodeInvalidParams, Text: "tool not found"}, consumer.Final},
		{"anything", errors.New("no route to host"), consumer.Temporary},
	} {
		if got := p.Outcome(test.err).Kind; test.err == nil || got != test.want {
			t.Errorf("%s: %v (%v), want %v", test.name, got, test.err, test.want)
		}
	}
	if said := s.said("town"); len(said) != 0 {
		t.Errorf("it said %+v", said)
	}
}

// TestPlatform_OutcomeNotSent: a post that could not be sent may simply be repeated.
func TestPlatform_OutcomeNotSent(t *testing.T) {
	t.Parallel()
	closed := "http://127.0.0.1:1"
	c := &http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	p := sharkfin.New(sharkfin.Options{REST: client.NewRESTClient(closed, client.WithAPIKey("k"), client.WithHTTPClient(c)), Bot: "gopher"})
	if err := p.Responder(inTown("1"), "").Reply(t.Context(), handler.Text("x")); err == nil || p.Outcome(err).Kind != consumer.Temporary {
		t.Error(err)
	}
}

// TestIdentify tells a refused key, which may pass, and a server that is none from one that does
// not answer, and whether there are tools.
func TestIdentify(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		fault  sim.Fault
		key    string
		served bool
		want   string // in the error, "" for none
		log    string
	}{
		{name: "fine", key: "gopher-key", served: true},
		{name: "away for a moment", key: "gopher-key", fault: sim.Fault{Status: 503}, served: true, log: "Sharkfin does not answer"},
		{name: "a session that does not begin at once", key: "gopher-key", fault: sim.Fault{Path: "/mcp", Status: 503}, served: true, log: "Sharkfin does not answer"},
		{name: "a refused key", key: "wrong-key", want: "GOPHER_SHARKFIN_KEY"},
		{name: "no Sharkfin server", key: "gopher-key", fault: sim.Fault{Status: 404, Times: 9}, want: "no Sharkfin server"},
		{name: "a proxy that hides the tools", key: "gopher-key", fault: sim.Fault{Path: "/mcp", Status: 404, Body: "404 page not found", Times: 9}, log: "posts by REST"},
		{name: "a person's key", key: "alice-key", served: true, log: "no service"},
		{name: "the administrator's key", key: sim.AdminKey, served: true, log: "administrator"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			if test.fault.Status != 0 {
				s.Fail(test.fault)
			}
			log := &testenv.Log{}
			who, served, err := sharkfin.Identify(t.Context(), func(ctx context.Context) (wire.Identity, error) {
				return wire.Identify(ctx, s.http, s.url, test.key)
			}, mcp.New(s.url, test.key, s.http), zerolog.New(log))
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), test.key) {
					t.Error(err)
				}
				return
			}
			if err != nil || served != test.served || who.Username == "" || test.log == "" != (log.String() == "") || !strings.Contains(log.String(), test.log) {
				t.Errorf("%+v, served %v, %v; log: %s", who, served, err, log)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := start(t)
	if _, _, err := sharkfin.Identify(ctx, func(ctx context.Context) (wire.Identity, error) { return wire.Identify(ctx, s.http, s.url, "k") }, s.tools, zerolog.Nop()); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
