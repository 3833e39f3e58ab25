package demo

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/gobridge/gopherbot/internal/rungroup"
)

// supervised is a process of the bot that can be killed, as far as one program allows it: all
// its connections are cut, so that nothing it does reaches Redis or Slack any more, and it can
// neither finish its work nor clean up. Then its goroutines are told to stop, where a kernel
// would just end them. What it had begun stays in Redis, as after kill -9.
type supervised struct {
	network *network
	// run runs the process with its connections.
	run func(context.Context, *process) error

	first   sync.Once
	serving chan struct{} // closed when it is ready for the first time

	mu      sync.Mutex
	now     *process
	started chan struct{} // closed by start
}

// process is one life of a supervised process.
type process struct {
	line   *line         // to Redis
	http   connections   // to everything else
	dead   atomic.Bool   // from before its connections are cut
	killed chan struct{} // closed once they are cut
	// serving is called when it is ready.
	serving func()
}

func (p *process) alive() bool { return !p.dead.Load() }

// Run runs the process, and again whenever it is started after a kill, until ctx ends.
func (s *supervised) Run(ctx context.Context) error {
	var lives sync.WaitGroup
	defer lives.Wait()
	for {
		p, started, err := s.next(ctx)
		if err != nil {
			return err
		}
		ended := make(chan error, 1)
		lives.Go(func() { ended <- s.live(ctx, p) })
		select {
		case err := <-ended:
			if p.alive() {
				return err
			}
		case <-p.killed:
		}
		select {
		case <-started:
		case <-ctx.Done():
			return nil
		}
	}
}

// next makes the process's next life.
func (s *supervised) next(ctx context.Context) (*process, <-chan struct{}, error) {
	l, err := s.network.line(ctx)
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now, s.started = &process{line: l, killed: make(chan struct{}), serving: s.serves}, make(chan struct{})
	return s.now, s.started, nil
}

// live runs one life of the process. It needs its line until it has stopped.
func (s *supervised) live(ctx context.Context, p *process) error {
	lasting, closeLine := context.WithCancel(context.WithoutCancel(ctx))
	defer closeLine()
	return rungroup.Run(ctx,
		func(ctx context.Context) error {
			defer closeLine()
			return s.run(ctx, p)
		},
		func(context.Context) error { return p.line.run(lasting) },
		func(ctx context.Context) error {
			select {
			case <-p.killed:
			case <-ctx.Done():
			}
			return nil
		},
	)
}

func (s *supervised) serves() { s.first.Do(func() { close(s.serving) }) }

// ready waits until the process is ready for the first time. It returns false if ctx ended before.
func (s *supervised) ready(ctx context.Context) bool {
	select {
	case <-s.serving:
		return true
	case <-ctx.Done():
		return false
	}
}

// kill kills the process. Nothing runs until start.
func (s *supervised) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.now; p != nil && !p.dead.Swap(true) {
		p.line.cut()
		p.http.cut()
		close(p.killed)
	}
}

// start starts the process again after kill.
func (s *supervised) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now != nil && !s.now.alive() {
		close(s.started)
		s.now = nil
	}
}
