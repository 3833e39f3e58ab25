package httpserver

import (
	"sync/atomic"
	"time"
)

// moment is a time that may change. The zero value is never.
type moment struct{ sinceEpoch atomic.Int64 } // in nanoseconds

// epoch is when the process began: times after it are compared by a clock that nobody sets.
var epoch = time.Now()

func (m *moment) is(t time.Time)      { m.sinceEpoch.Store(int64(t.Sub(epoch))) }
func (m *moment) never()              { m.sinceEpoch.Store(0) }
func (m *moment) load() time.Duration { return time.Duration(m.sinceEpoch.Load()) }
