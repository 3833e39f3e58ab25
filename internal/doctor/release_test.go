package doctor

import (
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/internal/redisx"
)

// TestRelease_FailsOnItsConfigurationAlone has a release meet faults of its configuration, and
// states of others. All are failures of a running deployment.
func TestRelease_FailsOnItsConfigurationAlone(t *testing.T) {
	t.Parallel()
	refused := func(text string) error {
		return fmt.Errorf("info: %w", &redisx.RefusedError{Err: reply(text), Advice: "see to it"})
	}
	server := func(name, value string) Server {
		return Server{Info: map[string]string{name: value, "maxmemory": "1000", "used_memory": "950"}}
	}
	for _, test := range []struct {
		name    string
		finding Finding
		want    Status
	}{
		{"a variable", Configuration(errors.New("PORT is not valid: want a port"))[0], Failure},
		{"Redis's password", NoRedis(refused("WRONGPASS invalid"))[0], Failure},
		{"Redis's database", NoRedis(refused("ERR DB index is out of range"))[0], Failure},
		{"Redis's address", NoRedis(&redisx.AddressError{Problem: "it speaks plain text", Advice: "see to it"})[0], Failure},
		{"Redis's host does not exist", NoRedis(fmt.Errorf("dial: %w", &net.DNSError{IsNotFound: true}))[0], Failure},
		{"Redis's certificate", NoRedis(errors.New("x509: certificate signed by unknown authority"))[0], Failure},
		{"Redis's version", server("redis_version", "6.0.0").version(), Failure},
		{"the token", noToken(slack.SlackErrorResponse{Err: "invalid_auth"}), Failure},
		{"another workspace's token", token(&slack.AuthTestResponse{BotID: "B1", TeamID: "T1"}, "T2"), Failure},

		{"no connection is free", NoRedis(refused("ERR max number of clients reached"))[0], Warning},
		{"Redis is away", NoRedis(errors.New("connection refused"))[0], Warning},
		{"the name server is away", NoRedis(fmt.Errorf("dial: %w", &net.DNSError{IsTimeout: true}))[0], Warning},
		{"Redis is almost full", server("", "").memory(), Warning},
		{"Redis's disk is full", server("rdb_last_bgsave_status", "err").persistence(), Warning},
		{"Redis evicts", server("maxmemory_policy", "allkeys-lru").eviction(), Warning},
		{"a clock", skew("redis clock", "Redis's", time.Hour), Warning},
		{"Slack's outage", noToken(slack.StatusCodeError{Code: 500, Status: "500"}), Warning},
		{"Slack's own error", noToken(slack.SlackErrorResponse{Err: "fatal_error"}), Warning},
	} {
		check(t, test.name, test.finding, Failure, "")
		if got := Release([]Finding{test.finding})[0]; got.Status != test.want || got.Message != test.finding.Message || got.Fix != test.finding.Fix {
			t.Errorf("%s: %+v, want a %s", test.name, got, test.want)
		}
	}
	for name, err := range map[string]error{"a rate limit": &slack.RateLimitedError{RetryAfter: time.Second}, "one without a status": slack.SlackErrorResponse{Err: "ratelimited"}} {
		check(t, name, noToken(err), Warning, "not checked: Slack limits the rate")
	}
	fine := []Finding{ok("redis", "fine")}
	if got := Release(fine); got[0] != fine[0] {
		t.Errorf("%+v", got)
	}
}

// reply is an error that Redis sent.
type reply string

func (r reply) Error() string { return string(r) }
func (reply) RedisError()     {}
