package bgtasks_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

// TestReadStatus_ReportsEachError also if nobody has the lease, which is no error.
func TestReadStatus_ReportsEachError(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	if s, err := bgtasks.ReadStatus(t.Context(), rdb, app); err != nil || s.Leader != "" || len(s.Jobs) > 0 {
		t.Errorf("of none: %+v, %v", s, err)
	}
	if err := rdb.Set(t.Context(), app+":{bgtasks}:jobs", "no hash", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if s, err := bgtasks.ReadStatus(t.Context(), rdb, app); !redis.HasErrorPrefix(err, "WRONGTYPE") {
		t.Errorf("with something in the way: %+v, %v", s, err)
	}

	server := redistest.Start(t, "--requirepass", "secret")
	opts, err := redis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	opts.Password = "wrong"
	refused := redis.NewClient(opts)
	defer refused.Close()
	if s, err := bgtasks.ReadStatus(t.Context(), refused, app); !redis.HasErrorPrefix(err, "WRONGPASS") {
		t.Errorf("refused: %+v, %v", s, err)
	}
}
