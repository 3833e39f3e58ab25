package sharkfin

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/sharkfin/text"
)

const (
	// keepNames is how long the names are remembered, and retryNames the time until they are
	// asked for again if that failed and older ones are known.
	keepNames, retryNames = time.Minute, 10 * time.Second
)

// people remembers the names that mention somebody.
type people struct {
	tools Tools // nil if there are none
	now   func() time.Time

	mu    sync.Mutex
	known *text.Names // nil before they were first asked for
	until time.Time
}

// names returns the names of users and mention groups, nil if there is no way to know them. If
// the server does not answer, it returns older ones.
func (p *people) names(ctx context.Context) (*text.Names, error) {
	if p.tools == nil {
		return nil, nil
	}
	p.mu.Lock()
	known, until := p.known, p.until
	p.mu.Unlock()
	if p.now().Before(until) {
		return known, nil
	}
	names, err := p.ask(ctx)
	keep := keepNames
	switch {
	case err != nil && known == nil:
		return nil, fmt.Errorf("ask for the names of people: %w", err)
	case err != nil:
		names, keep = known, retryNames
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known, p.until = names, p.now().Add(keep)
	return names, nil
}

func (p *people) ask(ctx context.Context) (*text.Names, error) {
	users, err := p.tools.Users(ctx)
	if err != nil {
		return nil, err
	}
	groups, err := p.tools.Groups(ctx)
	if err != nil {
		return nil, err
	}
	names := text.Names{Users: map[string]bool{}, Groups: map[string][]string{}}
	for _, u := range users {
		names.Users[u.Username] = true
	}
	for _, g := range groups {
		names.Groups[g.Slug] = g.Members
	}
	return &names, nil
}

// mentions returns the function that text.Plain asks whether a name mentions somebody, nil if
// that is not known. The server is asked only if d has an "@".
func (p *people) mentions(ctx context.Context, d markup.Doc) (func(name string) bool, error) {
	nobody := func(string) bool { return false }
	if !strings.Contains(text.Plain(d, nobody), "@") {
		return nobody, nil
	}
	names, err := p.names(ctx)
	if names == nil || err != nil {
		return nil, err
	}
	return names.Has, nil
}
