package slack

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

// asked is an API that knows one person, and counts.
type asked struct {
	API
	n   int
	err error
}

func (a *asked) GetUserByEmailContext(_ context.Context, email string) (*slack.User, error) {
	a.n++
	switch {
	case a.err != nil:
		return nil, a.err
	case email == "ada@example.com":
		return &slack.User{ID: "U1"}, nil
	default:
		return nil, slack.SlackErrorResponse{Err: "users_not_found"}
	}
}

// TestPeople_Remembers those that exist for longer than those that do not, and no failures.
func TestPeople_Remembers(t *testing.T) {
	t.Parallel()
	now := time.Now()
	p, api := &people{now: func() time.Time { return now }}, &asked{}
	for _, step := range []struct {
		after time.Duration
		email string
		err   error
		id    string
		calls int
	}{
		{0, "Ada@example.com", nil, "U1", 1},
		{0, "ada@example.com", nil, "U1", 1},
		{0, "none@example.com", nil, "", 2},
		{keepNobody - time.Second, "none@example.com", nil, "", 2},
		{keepNobody, "none@example.com", nil, "", 3},
		{keepPerson - time.Second, "ada@example.com", errors.New("away"), "U1", 3},
		{keepPerson, "ada@example.com", errors.New("away"), "", 4},
		{keepPerson, "ada@example.com", nil, "U1", 5},
	} {
		start := now
		now, api.err = now.Add(step.after), step.err
		id, err := p.id(t.Context(), api, step.email)
		if failed := step.err != nil && step.id == ""; id != step.id || (err != nil) != failed || api.n != step.calls {
			t.Errorf("%+v: %q, %v after %d calls", step, id, err, api.n)
		}
		now = start
	}
}

func TestPeople_AreBounded(t *testing.T) {
	t.Parallel()
	p, api := &people{now: time.Now}, &asked{}
	for n := range maxPeople + 10 {
		if _, err := p.id(t.Context(), api, fmt.Sprint(n, "@example.com")); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.known) > maxPeople || len(p.known) == 0 {
		t.Errorf("%d are remembered", len(p.known))
	}
}
