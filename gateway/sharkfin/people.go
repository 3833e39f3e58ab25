package sharkfin

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/sharkfin/client"
)

const (
	// askAgain is the time after which a name that the server did not list, and a list that it
	// did not give, is asked for again.
	askAgain = 2 * time.Second
	// askFor bounds the wait for the list: all messages of unknown senders wait for it.
	askFor = 5 * time.Second
)

// people are the types of those whom the server knows: neither pushes nor pages have them.
// It is safe for concurrent use.
type people struct {
	ask    func(context.Context) ([]client.User, error) // asks the server for the list
	asking sync.Mutex                                   // one asks, and the others wait for the answer
	// failed is when the server last gave no list, and failure why. asking guards them.
	failed  time.Time
	failure error

	mu      sync.Mutex
	types   map[string]string
	missing map[string]time.Time // when it was last asked for
}

func newPeople() *people { return &people{types: map[string]string{}, missing: map[string]time.Time{}} }

// set replaces the list.
func (p *people) set(list []client.User) {
	types := make(map[string]string, len(list))
	for _, u := range list {
		types[u.Username] = u.Type
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.types = types
	for name := range types {
		delete(p.missing, name)
	}
}

// known returns the type of a sender. ask is whether the list should be read again for it.
func (p *people) known(name string) (kind string, ask bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kind, ok := p.types[name]
	return kind, !ok && time.Since(p.missing[name]) >= askAgain
}

// typeOf returns the type of a sender. It asks for the list for one that is not in it. It
// returns "" for one that the server does not list, or if it refuses the list; and an error if
// it does not answer: then nobody knows.
func (p *people) typeOf(ctx context.Context, name string) (string, error) {
	kind, ask := p.known(name)
	if !ask {
		return kind, nil
	}
	p.asking.Lock()
	defer p.asking.Unlock()
	if kind, ask = p.known(name); !ask {
		return kind, nil // another has asked
	}
	if time.Since(p.failed) < askAgain {
		return "", p.failure
	}
	inTime, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	all, err := p.ask(inTime)
	_, refused := errors.AsType[*client.ServerError](err)
	switch {
	case err == nil:
		p.set(all)
	case !refused:
		p.failed, p.failure = time.Now(), err
		return "", err
	}
	p.mu.Lock()
	if _, ok := p.types[name]; !ok {
		p.missing[name] = time.Now()
	}
	p.mu.Unlock()
	kind, _ = p.known(name)
	return kind, nil
}
