package redisx_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/redisx"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

// open returns a client as a process opens it.
func open(t *testing.T, url string) redis.UniversalClient {
	t.Helper()
	c, err := config.Load(config.BGTasks, []string{"REDIS_URL=" + url, "GOPHER_REDIS_INSECURE=true", "GOPHER_SLACK_BOT_ACCESS_TOKEN=xoxb-1"})
	if err != nil {
		t.Fatal(err)
	}
	rdb, err := redisx.Open(c, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rdb.Close(); err != nil {
			t.Error(err)
		}
	})
	return rdb
}

func TestOpen_RefusedByRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, strings.Fields("--requirepass secret --user off off >off +@all --user mute on >mute ~* +@all -xlen")...)
	for _, test := range []struct{ name, login, path, says, advice string }{
		{"a wrong password", ":wrong@", "", "WRONGPASS", "the user and password that Redis has now"},
		{"no password", "", "", "NOAUTH", "the password into REDIS_URL"},
		{"a user that is off", "off:off@", "", "WRONGPASS", "enable the user"},
		{"an unknown user", "nobody:secret@", "", "WRONGPASS", "REDIS_URL"},
		{"no such database", ":secret@", "/99", "DB index is out of range", "the last slash of REDIS_URL"},
		{"no right to a command", "mute:mute@", "", "NOPERM", "ACL of the user in REDIS_URL"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rdb := open(t, strings.Replace(server.URL(), "://", "://"+test.login, 1)+test.path)
			one := rdb.XLen(t.Context(), "stream")
			several, err := rdb.Pipelined(t.Context(), func(p redis.Pipeliner) error {
				p.XLen(t.Context(), "stream")
				return nil
			})
			transaction, err2 := rdb.TxPipelined(t.Context(), func(p redis.Pipeliner) error {
				p.XLen(t.Context(), "stream")
				return nil
			})
			if redis.HasErrorPrefix(err2, "EXECABORT") { // Redis does not say which command of a transaction it refused
				err2 = err
			}
			for how, err := range map[string]error{"one command": one.Err(), "a pipeline": err, "a transaction": err2} {
				refused, ok := errors.AsType[*redisx.RefusedError](err)
				if !ok || !strings.Contains(refused.Advice, test.advice) || !strings.Contains(err.Error(), test.says) ||
					!redis.HasErrorPrefix(err, test.says) || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s: %v; want %s, and the advice %s", how, err, test.says, test.advice)
				}
			}
			if len(several) != 1 || len(transaction) == 0 {
				t.Errorf("%d and %d commands", len(several), len(transaction))
			}
		})
	}
}

// TestOpen_WithoutTheRightToNameConnections: a connection works if its user may name
// neither it nor the client library.
func TestOpen_WithoutTheRightToNameConnections(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, strings.Fields("--user shy on >shy ~* +@all -client +client|info -hello")...)
	rdb := open(t, strings.Replace(server.URL(), "://", "://shy:shy@", 1))
	if info, err := rdb.ClientInfo(t.Context()).Result(); err != nil || info.Name != "" || info.User != "shy" {
		t.Errorf("connected as %+v: %v", info, err)
	}
	rdb = open(t, server.URL())
	if info, err := rdb.ClientInfo(t.Context()).Result(); err != nil || info.Name != "gopherbot" {
		t.Errorf("connected as %+v: %v", info, err)
	}
}

func TestOpen_LeavesOtherErrorsAlone(t *testing.T) {
	t.Parallel()
	rdb := open(t, redistest.URL(t))
	if err := rdb.Get(t.Context(), redistest.App()).Err(); !errors.Is(err, redis.Nil) {
		t.Error(err)
	}
	key := redistest.App()
	rdb.Set(t.Context(), key, "a text", 0)
	defer rdb.Del(t.Context(), key)
	err := rdb.XLen(t.Context(), key).Err()
	if _, refused := errors.AsType[*redisx.RefusedError](err); refused || !redis.HasErrorPrefix(err, "WRONGTYPE") {
		t.Error(err)
	}
}
