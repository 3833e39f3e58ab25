package slack

import (
	"context"
	"strings"
	"sync"
	"time"
)

const (
	// keepPerson and keepNobody are how long a look-up by e-mail is remembered. Slack allows
	// about 50 a minute.
	// Source: https://docs.slack.dev/reference/methods/users.lookupByEmail
	keepPerson, keepNobody = 24 * time.Hour, 10 * time.Minute
	// maxPeople is how many look-ups are remembered.
	maxPeople = 5000
)

// people remembers the ids of people by their e-mail addresses.
type people struct {
	now func() time.Time

	mu    sync.Mutex
	known map[string]person
}

type person struct {
	id    string // "" for nobody
	until time.Time
}

// id returns the id of the person with an address, "" if there is none.
func (p *people) id(ctx context.Context, api API, email string) (string, error) {
	email = strings.ToLower(email)
	p.mu.Lock()
	known, ok := p.known[email]
	p.mu.Unlock()
	if ok && p.now().Before(known.until) {
		return known.id, nil
	}
	user, err := api.GetUserByEmailContext(ctx, email)
	switch {
	case isSlackError(err, "users_not_found"):
		p.keep(email, person{"", p.now().Add(keepNobody)})
		return "", nil
	case err != nil:
		return "", err
	}
	p.keep(email, person{user.ID, p.now().Add(keepPerson)})
	return user.ID, nil
}

// keep remembers a person. If there are too many it forgets those that are over, or else all.
func (p *people) keep(email string, found person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) >= maxPeople {
		for other, k := range p.known {
			if !p.now().Before(k.until) {
				delete(p.known, other)
			}
		}
	}
	if p.known == nil || len(p.known) >= maxPeople {
		p.known = map[string]person{}
	}
	p.known[email] = found
}
