package redisx_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/redisx"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

// configured returns the configuration of a process with a REDIS_URL.
func configured(t *testing.T, url string) config.Config {
	t.Helper()
	c, err := config.LoadNeeding([]string{"REDIS_URL=" + url, "GOPHER_REDIS_INSECURE=true"}, "REDIS_URL")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestProbe(t *testing.T) {
	t.Parallel()
	secure := redistest.Start(t)
	secure.ServeTLS(t)
	locked := redistest.Start(t, "--requirepass", "secret")
	tls := func(url string) string { return strings.Replace(url, "redis://", "rediss://", 1) }
	plain := func(url string) string { return strings.Replace(url, "rediss://", "redis://", 1) }
	for _, test := range []struct{ name, url, problem, advice string }{
		{"plain text", secure.URL(), "", ""},
		{"TLS", secure.TLSURL(), "", ""},
		{"a password", locked.URL(), "", ""},
		{"TLS on a plain port", tls(secure.URL()), "speaks plain text", "GOPHER_REDIS_INSECURE=true"},
		{"TLS on a plain port with a password", tls(locked.URL()), "speaks plain text", "GOPHER_REDIS_INSECURE=true"},
		{"plain text on a port of TLS", plain(secure.TLSURL()), "speaks TLS", "use rediss://"},
		{"nothing answers", "redis://127.0.0.1:1", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := redisx.Probe(t.Context(), configured(t, test.url))
			wrong, ok := errors.AsType[*redisx.AddressError](err)
			if ok != (test.problem != "") || ok && (!strings.Contains(wrong.Problem, test.problem) || !strings.Contains(wrong.Advice, test.advice)) || !ok && err != nil {
				t.Errorf("%v; want %q and %q", err, test.problem, test.advice)
			}
		})
	}
}

func TestProbe_NoFreeConnection(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	rdb := redistest.Dial(t, server.URL())
	if err := rdb.ConfigSet(t.Context(), "maxclients", "1").Err(); err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{server.URL(), strings.Replace(server.URL(), "redis://", "rediss://", 1)} {
		err := redisx.Probe(t.Context(), configured(t, url))
		refused, ok := errors.AsType[*redisx.RefusedError](err)
		if !ok || !strings.Contains(err.Error(), "max number of clients reached") || !strings.Contains(refused.Advice, "a Redis with more connections") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestOpen_ImpossibleAddresses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ url, problem, advice string }{
		{"rediss://:pw@host:6379?ssl_cert_reqs=none", "does not know: ssl_cert_reqs", "GOPHER_REDIS_SKIPVERIFY=true"},
		{"rediss://:pw@host:6379/0?ssl=true&retry=1", "does not know: retry, ssl", "remove it"},
		{"rediss://user:123?hunter2@host:6379/0", "is no parameter", "%3F"}, // a password with a question mark
		{"rediss://:pw@host:6379/zero", "cannot be parsed", "rediss://:password@host:port/database"},
	} {
		rdb, err := redisx.Open(configured(t, test.url), 1)
		wrong, ok := errors.AsType[*redisx.AddressError](err)
		if !ok || rdb != nil || !strings.Contains(wrong.Problem, test.problem) || !strings.Contains(wrong.Advice, test.advice) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v; want %q and %q", test.url, err, test.problem, test.advice)
		}
	}
}
