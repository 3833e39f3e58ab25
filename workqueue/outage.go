package workqueue

import (
	"context"
	"time"

	"github.com/rs/zerolog"
)

// outage paces a loop that meets errors, and logs the first and the end of them
// instead of each.
type outage struct {
	log   zerolog.Logger
	what  string // what fails, such as "the queue cannot be read"
	since time.Time
	tries int
}

// The pauses between tries double from the first to the longest.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
)

// wait notes that a try failed and pauses before the next, or until ctx ends.
func (o *outage) wait(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	if o.tries == 0 {
		o.since = time.Now()
		o.log.Error().Err(err).Msg(o.what + "; trying again until it can")
	}
	pause := longestPause
	if o.tries < 6 { // 100 ms doubled six times passes 5 s
		pause = firstPause << o.tries
	}
	o.tries++
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// over notes that a try succeeded.
func (o *outage) over() {
	if o.tries == 0 {
		return
	}
	o.log.Info().Int("tries", o.tries).Dur("outage_ms", time.Since(o.since)).Msg("over: " + o.what)
	o.tries = 0
}
