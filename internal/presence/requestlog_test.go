package presence_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// at returns a time so many seconds after a fixed one.
func at(second int) time.Time {
	return time.Date(2026, 11, 1, 12, 0, second, 0, time.UTC)
}

// written has a RequestLog record requests and write them.
func written(t *testing.T, rdb redis.UniversalClient, app string, record func(*presence.RequestLog)) {
	t.Helper()
	l := presence.NewRequestLog(rdb, app, zerolog.Nop())
	stop := runs(t, l.Run)
	record(l)
	stop()
}

// requests returns what an operator sees of the platforms, as text.
func requests(t *testing.T, rdb redis.UniversalClient, app string) string {
	t.Helper()
	list, err := presence.NewReader(rdb, app).Requests(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second := func(of time.Time) int64 {
		if of.IsZero() {
			return -1
		}
		return of.Unix() - at(0).Unix()
	}
	var texts []string
	for _, r := range list {
		texts = append(texts, fmt.Sprintf("%s: authentic at %d, %d refused from %d to %d, %d by secret (%s)", r.Platform, second(r.Authentic),
			r.Refused, second(r.FirstRefused), second(r.LastRefused), r.WrongSecret, r.Reason))
	}
	return strings.Join(texts, "; ")
}

// TestRequestLog has two gateways record what two platforms send.
func TestRequestLog(t *testing.T) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered, redistest.Embedded} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rdb, app := redistest.Open(t, kind), redistest.App()
			for _, step := range []struct {
				name   string
				record func(*presence.RequestLog)
				want   string
			}{
				{"nothing has come", func(*presence.RequestLog) {}, ""},
				{"refused from the beginning", func(l *presence.RequestLog) {
					l.Refused("slack", at(1), "no signature", false)
					l.Refused("slack", at(2), "wrong signature", true)
				}, "slack: authentic at -1, 2 refused from 1 to 2, 1 by secret (wrong signature)"},
				{"more is refused by another gateway", func(l *presence.RequestLog) { l.Refused("slack", at(3), "no signature", false) },
					"slack: authentic at -1, 3 refused from 1 to 3, 1 by secret (no signature)"},
				{"an authentic one, and another platform", func(l *presence.RequestLog) {
					l.Refused("slack", at(4), "no signature", false)
					l.Authentic("slack", at(5))
					l.Authentic("mattermost", at(5))
				}, "mattermost: authentic at 5, 0 refused from -1 to -1, 0 by secret (); slack: authentic at 5, 0 refused from -1 to -1, 0 by secret ()"},
				{"refused since", func(l *presence.RequestLog) {
					l.Authentic("slack", at(6))
					l.Refused("slack", at(7), "wrong signature", true)
				}, "mattermost: authentic at 5, 0 refused from -1 to -1, 0 by secret (); slack: authentic at 6, 1 refused from 7 to 7, 1 by secret (wrong signature)"},
				{"a long reason", func(l *presence.RequestLog) { l.Refused("slack", at(8), strings.Repeat("ä", 99), false) },
					"mattermost: authentic at 5, 0 refused from -1 to -1, 0 by secret (); slack: authentic at 6, 2 refused from 7 to 8, 1 by secret (" + strings.Repeat("ä", 50) + "…)"},
			} {
				written(t, rdb, app, step.record)
				if got := requests(t, rdb, app); got != step.want {
					t.Errorf("%s:\n%s, want\n%s", step.name, got, step.want)
				}
			}
			if ttl := rdb.TTL(t.Context(), app+":{vitals}:requests").Val(); ttl <= 29*24*time.Hour || ttl > 30*24*time.Hour {
				t.Errorf("it is kept for %v", ttl)
			}
		})
	}
}

// TestRequestLog_Flood has strangers send 100,000 requests. Redis gets a write every 2 s.
func TestRequestLog_Flood(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	rdb := redistest.Dial(t, server.URL())
	began := time.Now()
	written(t, rdb, "a", func(l *presence.RequestLog) {
		for range 100_000 {
			l.Refused("slack", at(1), "no signature", false)
		}
	})
	most := int(time.Since(began)/(2*time.Second)) + 1
	info := rdb.Info(t.Context(), "commandstats").Val()
	found := regexp.MustCompile(`cmdstat_exec:calls=(\d+)`).FindStringSubmatch(info)
	if len(found) != 2 || parse(t, found[1]) > int64(most) {
		t.Errorf("%q transactions, want 1 to %d", found, most)
	}
	if keys := rdb.Keys(t.Context(), "*").Val(); len(keys) != 1 || rdb.HLen(t.Context(), keys[0]).Val() != 5 {
		t.Errorf("the keys are %q", keys)
	}
	if got, want := requests(t, rdb, "a"), "slack: authentic at -1, 100000 refused from 1 to 1, 0 by secret (no signature)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestRequestLog_WaitsForRedis records while Redis is full, before and after an authentic
// request, and writes it once Redis is not.
func TestRequestLog_WaitsForRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--maxmemory", "1", "--maxmemory-policy", "noeviction")
	rdb := redistest.Dial(t, server.URL())
	l := presence.NewRequestLog(rdb, "a", zerolog.Nop())
	runs(t, l.Run)
	tried := func() int64 {
		found := regexp.MustCompile(`cmdstat_multi:calls=(\d+)`).FindStringSubmatch(rdb.Info(t.Context(), "commandstats").Val())
		if len(found) < 2 {
			return 0
		}
		return parse(t, found[1])
	}
	after := func(what string) {
		t.Helper()
		before := tried()
		testenv.Eventually(t, what, func() bool { return tried() > before })
	}
	l.Authentic("slack", at(1))
	after("it tried to write")
	l.Refused("slack", at(2), "no signature", false)
	after("it tried again")
	l.Refused("slack", at(3), "wrong signature", true)
	if err := rdb.ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
		t.Fatal(err)
	}
	const want = "slack: authentic at 1, 2 refused from 2 to 3, 1 by secret (wrong signature)"
	testenv.Eventually(t, want, func() bool { return requests(t, rdb, "a") == want })
}

func TestReader_RequestsReadsEarlierReleases(t *testing.T) {
	t.Parallel()
	const want = "slack: authentic at 1, 2 refused from 2 to 3, 1 by secret (wrong signature)"
	redistest.Released(t, redistest.Stored{
		Name:  "requests",
		About: map[string]string{":requests": "the last authentic request of each platform, and the requests refused since; times in ms since 1970"},
		Leave: func(t *testing.T, rdb redis.UniversalClient, app string) any {
			written(t, rdb, app, func(l *presence.RequestLog) {
				l.Authentic("slack", at(1))
				l.Refused("slack", at(2), "no signature", false)
				l.Refused("slack", at(3), "wrong signature", true)
			})
			return nil
		},
		Check: func(t *testing.T, rdb redis.UniversalClient, app string, _ func(any)) {
			if got := requests(t, rdb, app); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		},
	})
}

// TestMember_SaysWhyItIsNotReady has a process that cannot do its work register.
func TestMember_SaysWhyItIsNotReady(t *testing.T) {
	onEveryRedis(t, func(d deployment) {
		m := d.member("consumer", "production", "T1")
		var why error
		m.Ready(func(context.Context) error { return why })
		for _, why = range []error{nil, fmt.Errorf("the platform refuses the token: %s", strings.Repeat("x", 1000)), nil} {
			d.beat(m)
			i := d.status().Instances[0]
			if why == nil && i.NotReady != "" || why != nil && (!strings.HasPrefix(i.NotReady, "the platform refuses the token") || len(i.NotReady) > 510) {
				d.Errorf("it is not ready because of %v, and registered as %q", why, i.NotReady)
			}
		}
	})
}
