package leader

import (
	"context"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// Candidate is a process that leads when it can.
type Candidate struct {
	Lease *Lease
	// Lead works as the leader for a term. It returns when ctx has ended, which is also when
	// the term has, or with an error that ends the term. Required.
	Lead func(ctx context.Context, t *Term) error
	// StandBy, if set, is called when another process is found to lead.
	StandBy func()
	Log     zerolog.Logger
}

// Run stands by until this process can lead, and then calls Lead. When the term ends it
// stands by again. It returns when ctx has ended, Lead has returned and the lease is
// released.
func (c Candidate) Run(ctx context.Context) {
	for {
		t := c.standBy(ctx)
		if t == nil {
			return
		}
		c.lead(ctx, t)
	}
}

// standBy waits for a term, and returns nil when ctx ends.
func (c Candidate) standBy(ctx context.Context) *Term {
	tick := time.NewTicker(c.Lease.StandByEvery())
	defer tick.Stop()
	var last string // the state that was logged
	for ctx.Err() == nil {
		t, held, err := c.Lease.Acquire(ctx)
		switch {
		case t != nil:
			return t
		case ctx.Err() != nil:
			return nil
		case err != nil && last != "error":
			last = "error"
			c.Log.Error().Err(err).Msg("try to become the leader; retrying")
		case err == nil && last != held:
			last = held
			c.Log.Info().Str("leader", held).Msg("another process leads; standing by")
			if c.StandBy != nil {
				c.StandBy()
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// lead works for a term. The lease is kept until the work has stopped.
func (c Candidate) lead(ctx context.Context, t *Term) {
	log := c.Log.With().Stringer("term", t).Logger()
	log.Info().Msg("leading")
	leading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	keeping, stopKeeping := context.WithCancel(context.WithoutCancel(ctx))
	defer stopKeeping()
	var keeper sync.WaitGroup
	keeper.Go(func() {
		if err := t.Keep(keeping); err != nil {
			stop(err)
		}
	})
	if err := c.Lead(leading, t); err != nil {
		stop(err)
	}
	stopKeeping()
	keeper.Wait()
	if err := t.Release(ctx); err != nil {
		log.Warn().Err(err).Msg("release the lease; another process leads once it has ended")
	}
	if ctx.Err() == nil {
		log.Warn().Err(context.Cause(leading)).Msg("stopped leading")
		return
	}
	log.Info().Msg("stopped leading")
}
