package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultBodyBudget is how many bytes the bodies of all requests should be allowed
// to take together: 8 of the largest events, or a thousand ordinary ones, which
// have a few kB and take some milliseconds.
const DefaultBodyBudget = 8 << 20

// evictTimeout is how long a request waits at most for the memory of those that
// are evicted for it.
const evictTimeout = time.Second

// ErrOverloaded is the error of a body for which there is no memory.
var ErrOverloaded = errors.New("the bodies of other requests take all the memory there is for them")

// Bodies reads the bodies of requests and bounds the memory that they take
// together. Anyone may send a gateway bodies, and only at its end does the
// signature of one say whether it is genuine, so the memory is taken as bytes
// arrive and not as they are announced. When it is all taken, a body that arrives
// evicts others that are still arriving and hold as much or more: the largest
// first, and of those the oldest. A genuine event is small and arrives at once, so
// it is read whatever strangers send.
type Bodies struct {
	mu   sync.Mutex
	free int64
	// arriving are the bodies that may be evicted, waiting those of them that want
	// more memory than is free. evicting is what evicted ones still hold.
	arriving map[*arrival]bool
	waiting  []*arrival
	evicting int64
	// pools have buffers that were released, by size class. Strangers could have the
	// garbage collector work, and the heap grow, with each body otherwise.
	pools [sizeClasses]sync.Pool
}

// NewBodies returns Bodies with a budget of so many bytes, at least 4 KiB.
func NewBodies(budget int64) *Bodies {
	return &Bodies{free: budget, arriving: map[*arrival]bool{}}
}

// arrival is a body that is arriving.
type arrival struct {
	began  time.Time
	buffer []byte
	class  int // the size class of buffer
	// held is the memory that it has, want what it waits for in all. Bodies.mu guards
	// both.
	held, want int64
	// granted receives when held has become want, evicted is closed when it is evicted.
	// Both are nil until it first waits.
	granted, evicted chan struct{}
	w                http.ResponseWriter
	released         atomic.Bool
}

// interrupt ends a Read of the body that is going on, and fails later ones.
func (a *arrival) interrupt() {
	_ = http.NewResponseController(a.w).SetReadDeadline(time.Unix(1, 0)) // a test's recorder has no deadlines
}

// Read returns the body of r. It may be used until release is called, which must
// be unless there is an error: a *http.MaxBytesError when the body has more than
// limit bytes (at most 4 MiB), ErrOverloaded, or the reason why it did not arrive
// as a whole; until when it may, the server says. The rest of it is not read then:
// close the connection.
func (b *Bodies) Read(w http.ResponseWriter, r *http.Request, limit int64) (body []byte, release func(), err error) {
	if r.ContentLength > limit {
		return nil, nil, &http.MaxBytesError{Limit: limit}
	}
	a := &arrival{began: time.Now(), class: -1, w: w}
	b.begin(a)
	err = b.read(r.Context(), a, http.MaxBytesReader(w, r.Body, limit), limit)
	if evicted := b.end(a); evicted {
		err = ErrOverloaded
	}
	release = func() {
		if a.released.CompareAndSwap(false, true) {
			b.recycle(a)
			b.release(a)
		}
	}
	if err != nil {
		release()
		return nil, nil, err
	}
	return a.buffer, release, nil
}

// read reads src, which has an error of its own after limit bytes.
func (b *Bodies) read(ctx context.Context, a *arrival, src io.Reader, limit int64) error {
	for {
		into := a.buffer[len(a.buffer):cap(a.buffer)]
		if len(into) == 0 {
			if int64(len(a.buffer)) < limit {
				if err := b.grow(ctx, a); err != nil {
					return err
				}
				continue
			}
			into = make([]byte, 1) // the end is to come, or the error
		}
		n, err := src.Read(into)
		a.buffer = a.buffer[:len(a.buffer)+n]
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// Buffers have 4 KiB, or 4 times as much in each further class, up to 4 MiB.
const sizeClasses = 6

func sizeOf(class int) int64 { return 4 << 10 << (2 * class) }

// grow gives a body a buffer of the next class, once there is memory for it.
func (b *Bodies) grow(ctx context.Context, a *arrival) error {
	class := a.class + 1
	if err := b.take(ctx, a, sizeOf(class)); err != nil {
		return err
	}
	buffer, _ := b.pools[class].Get().([]byte)
	if buffer == nil {
		buffer = make([]byte, 0, sizeOf(class))
	}
	buffer = append(buffer, a.buffer...)
	b.recycle(a)
	a.buffer, a.class = buffer, class
	return nil
}

// recycle keeps the buffer of a body, if it has one, for another.
func (b *Bodies) recycle(a *arrival) {
	if a.class >= 0 {
		//lint:ignore SA6002 the slice header that is allocated is small beside the buffer
		b.pools[a.class].Put(a.buffer[:0])
	}
	a.buffer, a.class = nil, -1
}

// take raises the memory that a body holds to size.
func (b *Bodies) take(ctx context.Context, a *arrival, size int64) error {
	ready, err := b.ask(a, size)
	if ready || err != nil {
		return err
	}
	timer := time.NewTimer(evictTimeout)
	defer timer.Stop()
	select {
	case <-a.granted:
		return nil
	case <-a.evicted:
	case <-timer.C:
	case <-ctx.Done():
	}
	return ErrOverloaded
}
