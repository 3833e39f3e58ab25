package gateway

import (
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestBodies_BudgetIsGivenBack reads bodies of all sizes at once, those that are
// released, refused, evicted and cut, and looks for the budget at the end.
func TestBodies_BudgetIsGivenBack(t *testing.T) {
	t.Parallel()
	const budget, limit = 300 << 10, 256 << 10
	bodies := NewBodies(budget)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, release, err := bodies.Read(w, r, limit)
		if err != nil {
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		release()
		release() // a second time does nothing
	}))
	t.Cleanup(server.Close)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(i)))
			client := http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for range 40 {
				body := io.Reader(strings.NewReader(strings.Repeat("x", 1<<random.IntN(20))))
				if random.IntN(4) == 0 {
					body = io.MultiReader(body, failing{}) // is cut
				}
				response, err := client.Post(server.URL, "text/plain", body)
				if err == nil {
					response.Body.Close()
				}
			}
		})
	}
	testenv.Wait(t, &wg)
	server.Close() // waits for the handlers
	bodies.mu.Lock()
	defer bodies.mu.Unlock()
	if bodies.free != budget || len(bodies.arriving) > 0 || len(bodies.waiting) > 0 || bodies.evicting != 0 {
		t.Errorf("free %d of %d, %d arriving, %d waiting, %d bytes being evicted", bodies.free, budget, len(bodies.arriving), len(bodies.waiting), bodies.evicting)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("cut") }

// waitingFor returns an arrival that holds so much.
func waitingFor(b *Bodies, held int64) *arrival {
	a := &arrival{granted: make(chan struct{}, 1), evicted: make(chan struct{}), held: held}
	b.free -= held
	return a
}

// TestBodies_WhoWantsLeastIsFirst to get what is given back.
func TestBodies_WhoWantsLeastIsFirst(t *testing.T) {
	t.Parallel()
	b := NewBodies(64 << 10)
	done := waitingFor(b, 64<<10) // has arrived, and is being published
	b.evicting = 64 << 10         // so that those that want some wait
	large, small := waitingFor(b, 0), waitingFor(b, 0)
	for _, a := range []*arrival{large, small} {
		b.begin(a)
	}
	for a, want := range map[*arrival]int64{large: 64 << 10, small: 4 << 10} {
		if ready, err := b.ask(a, want); ready || err != nil {
			t.Fatalf("%d bytes: %v %v", want, ready, err)
		}
	}
	b.release(done)
	if len(small.granted) != 1 || len(large.granted) != 0 || b.free != 60<<10 {
		t.Errorf("small %d, large %d, free %d", len(small.granted), len(large.granted), b.free)
	}
}
