package workqueue_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/workqueue"
)

// wire is the connection between a client and Redis, as a hook of that client. It can be
// cut, and it can lose single calls.
type wire struct {
	cut atomic.Bool
	// refuse and forget, when set, select calls. The first that refuse selects is not
	// sent. The reply of the first that forget selects is lost.
	refuse, forget atomic.Pointer[func(redis.Cmder) bool]
}

var errCut = errors.New("the wire is cut")

// wired returns a client of its own of the test's Redis, and what lies between.
func (q queue) wired() (redis.UniversalClient, *wire) {
	q.Helper()
	var rdb redis.UniversalClient
	switch like := q.rdb.(type) {
	case *redis.ClusterClient:
		opts := *like.Options()
		rdb = redis.NewClusterClient(&opts)
	case *redis.Client:
		opts := *like.Options()
		rdb = redis.NewClient(&opts)
	}
	q.Cleanup(func() {
		if err := rdb.Close(); err != nil {
			q.Errorf("close a client with a wire: %v", err)
		}
	})
	w := &wire{}
	rdb.(interface{ AddHook(redis.Hook) }).AddHook(w)
	return rdb, w
}

// DialHook implements redis.Hook.
func (w *wire) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

// ProcessHook implements redis.Hook.
func (w *wire) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return w.carry([]redis.Cmder{cmd}, func() error { return next(ctx, cmd) })
	}
}

// ProcessPipelineHook implements redis.Hook.
func (w *wire) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return w.carry(cmds, func() error { return next(ctx, cmds) })
	}
}

func (w *wire) carry(cmds []redis.Cmder, send func() error) error {
	if w.cut.Load() || first(&w.refuse, cmds) {
		return fail(cmds)
	}
	forget := first(&w.forget, cmds)
	err := send()
	if forget {
		return fail(cmds)
	}
	return err
}

// reset cancels the failures that no call has met yet.
func (w *wire) reset() {
	w.refuse.Store(nil)
	w.forget.Store(nil)
}

func fail(cmds []redis.Cmder) error {
	for _, cmd := range cmds {
		cmd.SetErr(errCut)
	}
	return errCut
}

// first reports whether one of the calls is the one that is meant. It is meant
// once.
func first(meant *atomic.Pointer[func(redis.Cmder) bool], cmds []redis.Cmder) bool {
	is := meant.Load()
	if is == nil {
		return false
	}
	for _, cmd := range cmds {
		if (*is)(cmd) {
			return meant.CompareAndSwap(is, nil)
		}
	}
	return false
}

// runs returns what tells a call of a script.
func runs(name string) *func(redis.Cmder) bool {
	hash := workqueue.Hash(name)
	is := func(cmd redis.Cmder) bool {
		args := cmd.Args()
		return cmd.Name() == "evalsha" && len(args) > 1 && args[1] == hash
	}
	return &is
}
