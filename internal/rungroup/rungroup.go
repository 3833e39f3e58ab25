// Package rungroup runs functions that live and end together. It does not know their
// purpose.
package rungroup

import (
	"context"
	"errors"
	"sync"
)

// Run runs all functions until ctx ends. If one returns, it cancels the others. It
// returns after all have returned, with the errors of all.
func Run(ctx context.Context, all ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, run := range all {
		wg.Go(func() {
			defer cancel()
			errs[i] = run(ctx)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
