package redisx

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
)

// RefusedError is the error of a Redis that refuses the process: its login, its database
// or a command. It is a redis.Error. Its text is Redis's own, followed by Advice.
type RefusedError struct {
	// Err is Redis's error.
	Err redis.Error
	// Advice says in one line how an operator fixes it.
	Advice string
}

func (e *RefusedError) Error() string { return e.Err.Error() + "; " + e.Advice }

// RedisError makes it a redis.Error, which HasErrorPrefix of go-redis needs.
func (e *RefusedError) RedisError() {}

func (e *RefusedError) Unwrap() error { return e.Err }

// advice is by the beginning of the error's text.
// Source: acl.c, networking.c and db.c of Redis 6.2 to 8.
var advice = []struct{ prefix, advice string }{
	{"WRONGPASS", "put the user and password that Redis has now into REDIS_URL, with special characters percent-encoded, and enable the user"},
	{"NOAUTH", "put the password into REDIS_URL, with special characters percent-encoded"},
	{"NOPERM", "have the ACL of the user in REDIS_URL allow it, or put another user there"},
	{"DENIED", "give Redis a password, and put it into REDIS_URL"},
	{"DB index is out of range", "put a database that Redis has after the last slash of REDIS_URL, such as 0"},
	{"invalid DB index", "put a database that Redis has after the last slash of REDIS_URL, such as 0"},
	{"SELECT is not allowed in cluster mode", "set GOPHER_REDIS_MODE=cluster, and no database in REDIS_URL"},
	{"max number of clients reached", "stop processes that are not needed, lower GOPHER_REDIS_CONNECTIONS, or get a Redis with more connections"},
}

// advised returns err, as a RefusedError if Redis refused. The hooks see some errors
// several times, and errors that join several dials: the first of them is returned.
func advised(err error) error {
	if refused, ok := errors.AsType[*RefusedError](err); ok {
		return refused
	}
	var reply redis.Error
	if err == nil || !errors.As(err, &reply) {
		return err
	}
	for _, a := range advice {
		if redis.HasErrorPrefix(reply, a.prefix) {
			return &RefusedError{Err: reply, Advice: a.advice}
		}
	}
	return err
}

// adviser is a hook that turns errors of commands into RefusedErrors.
type adviser struct{}

func (adviser) DialHook(next redis.DialHook) redis.DialHook { return next }

func (adviser) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error { return advised(next(ctx, cmd)) } // go-redis sets it on the command
}

func (adviser) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		for _, cmd := range cmds {
			if cmd.Err() != nil {
				cmd.SetErr(advised(cmd.Err()))
			}
		}
		return advised(err)
	}
}

// setName names a connection in Redis's own listings. It ignores that the user lacks the
// right to do so; go-redis's own option would close the connection then.
func setName(ctx context.Context, cn *redis.Conn) error {
	err := cn.ClientSetName(ctx, "gopherbot").Err()
	if _, refused := errors.AsType[redis.Error](err); refused {
		return nil
	}
	return err
}
