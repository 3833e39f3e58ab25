package ops

import (
	"context"
	"time"
)

// Sample has the page take a sample as if it were that time.
func (p *Page) Sample(ctx context.Context, at time.Time) { p.history.sample(ctx, at) }
