package sharkfin

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// TestPeople_TypeOf tells a sender whom the server does not list from one about whom it gives no
// answer.
func TestPeople_TypeOf(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away := errors.New("the server does not answer")
		var list []client.User
		failure, asked := away, 0
		p := newPeople()
		p.ask = func(context.Context) ([]client.User, error) {
			asked++
			return list, failure
		}
		is := func(when, name, want string, wantErr error, wantAsked int) {
			t.Helper()
			kind, err := p.typeOf(t.Context(), name)
			if kind != want || !errors.Is(err, wantErr) || asked != wantAsked {
				t.Errorf("%s: %s is %q (%v), asked %d times; want %q (%v), %d times", when, name, kind, err, asked, want, wantErr, wantAsked)
			}
		}
		is("the server is away", "alice", "", away, 1)
		is("at once", "alice", "", away, 1)
		is("at once, another", "bob", "", away, 1)
		time.Sleep(askAgain)
		is("later", "alice", "", away, 2)
		list, failure = []client.User{{Username: "alice", Type: sharkfin.User}}, nil
		time.Sleep(askAgain)
		is("it is back", "alice", sharkfin.User, nil, 3)
		is("it does not list bob", "bob", "", nil, 4)
		is("nor at once", "bob", "", nil, 4)
		failure = &client.ServerError{Message: "permission denied"}
		is("it refuses the list", "carol", "", nil, 5)
		is("and at once", "carol", "", nil, 5)
		is("it knows who it knew", "alice", sharkfin.User, nil, 5)
	})
}
