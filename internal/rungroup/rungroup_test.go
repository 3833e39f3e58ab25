package rungroup_test

import (
	"context"
	"errors"
	"testing"

	"github.com/gobridge/gopherbot/internal/rungroup"
)

// TestRun_EndsTheOthers has one of three fail, and returns its error when the others
// have ended.
func TestRun_EndsTheOthers(t *testing.T) {
	t.Parallel()
	failure := errors.New("no use")
	wait := func(ctx context.Context) error {
		<-ctx.Done()
		return nil
	}
	if err := rungroup.Run(t.Context(), wait, func(context.Context) error { return failure }, wait); !errors.Is(err, failure) {
		t.Error(err)
	}
}
