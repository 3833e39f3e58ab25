package ops

import (
	"context"
	"time"
)

// Look has the page look at the queue as if it were that time.
func (p *Page) Look(ctx context.Context, at time.Time) { p.history.look(ctx, at) }
