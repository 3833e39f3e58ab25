package await_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/await"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

const (
	eventType = string(event.Interaction)
	// slackTimeout is how long Slack waits for an answer.
	slackTimeout = 3 * time.Second
)

// newGateway returns the way in from a platform whose frames are ids of presses, each of
// which is waited for.
func newGateway(t testing.TB, rdb redis.UniversalClient, app string) *gateway.Ingress {
	t.Helper()
	p, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app})
	if err != nil {
		t.Fatal(err)
	}
	p.MaxBacklog(t.Context()) // as a gateway does at its start
	in, err := gateway.NewIngress(gateway.IngressOptions{
		Name: "fake", Publisher: p, Await: start(t, rdb, await.Options{App: app}),
		Decode: func(body []byte) (gateway.Decoded, error) {
			id := string(body)
			return gateway.Decoded{
				Event: workqueue.Event{Type: eventType, Key: id, ID: id, Time: time.Now()},
				Wait: &gateway.Wait{Late: []byte(`"press again"`), Payload: func(answerTo string) ([]byte, error) {
					return event.InteractionRequest{Transport: "test", AnswerTo: answerTo, Body: []byte("{}")}.Encode()
				}},
			}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// form is a consumer's form: Validate takes some time, and Run follows if its verdict was
// given.
type form struct {
	answers  *await.Answers
	validate time.Duration

	mu    sync.Mutex
	given map[string]bool
	runs  map[string]int
	gave  chan time.Time // when Give returned
}

func newForm(rdb redis.UniversalClient, app string, validate time.Duration) *form {
	return &form{
		answers: await.NewAnswers(rdb, app), validate: validate,
		given: map[string]bool{}, runs: map[string]int{}, gave: make(chan time.Time, 1000),
	}
}

func (f *form) handle(ctx context.Context, d *workqueue.Delivery) error {
	request, err := event.DecodeInteraction(d.Payload)
	if err != nil {
		return workqueue.Reject(err)
	}
	pause.For(ctx, f.validate)
	given, err := f.answers.Give(ctx, request.AnswerTo, d.ID, []byte(`"taken"`))
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.given[d.ID] = given
	if given {
		f.runs[d.ID]++
	}
	f.mu.Unlock()
	f.gave <- time.Now()
	return nil
}

func (f *form) outcome(id string) (given bool, runs int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.given[id], f.runs[id]
}

// consume handles interactions with h until the test ends.
func consume(t testing.TB, rdb redis.UniversalClient, app string, lease time.Duration, h workqueue.HandlerFunc) {
	t.Helper()
	c, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{App: app, Name: "consumer", Lease: lease})
	if err != nil {
		t.Fatal(err)
	}
	c.Handle(eventType, h)
	run(t, c.Run)
}

// TestPress_SlowConsumer gives the verdict some time after the consumer took the event.
func TestPress_SlowConsumer(t *testing.T) {
	t.Parallel()
	for _, validate := range []time.Duration{0, 2100 * time.Millisecond, 2300 * time.Millisecond, 4 * time.Second} {
		t.Run(validate.String(), func(t *testing.T) {
			t.Parallel()
			rdb, app := redistest.New(t)
			f := newForm(rdb, app, validate)
			in := newGateway(t, rdb, app)
			consume(t, rdb, app, workqueue.DefaultLease, f.handle)

			began := time.Now()
			got := in.Accept(t.Context(), []byte("Ev1"), gateway.Meta{})
			answeredAt := time.Now()
			gaveAt := testenv.Next(t, f.gave)
			given, runs := f.outcome("Ev1")
			taken := got.Outcome == gateway.Answered
			if taken != given || taken != (runs == 1) {
				t.Errorf("%s after %v; the verdict was given: %v; runs: %d", got.Outcome, answeredAt.Sub(began), given, runs)
			}
			if want := map[bool]string{true: `"taken"`, false: `"press again"`}[taken]; got.Reply != want || !got.JSON || !got.Acknowledge() {
				t.Errorf("the person gets %q, want %s: %+v", got.Reply, want, got)
			}
			// A gateway whose timer is late, on a slow machine, may take a later answer.
			took, stalled := answeredAt.Sub(began), 90*time.Millisecond
			if inTime := gaveAt.Sub(began) < gateway.DefaultWaitBudget; inTime && !taken || taken && !inTime && took < gateway.DefaultWaitBudget+stalled {
				t.Errorf("given %v after the press, and the outcome after %v is %s (%s)", gaveAt.Sub(began), took, got.Outcome, got.Reason)
			}
			if took > slackTimeout {
				t.Errorf("answered after %v", took)
			}
		})
	}
}

// TestPress_Repeated sends one press twice at once, as a platform does that lost the answer.
func TestPress_Repeated(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	f := newForm(rdb, app, 300*time.Millisecond)
	in := newGateway(t, rdb, app)
	consume(t, rdb, app, workqueue.DefaultLease, f.handle)
	results := make(chan gateway.Result, 3)
	for range 2 {
		go func() { results <- in.Accept(t.Context(), []byte("Ev1"), gateway.Meta{}) }()
	}
	first := testenv.Next(t, results)
	results <- in.Accept(t.Context(), []byte("Ev1"), gateway.Meta{}) // and once more, afterwards
	for _, got := range []gateway.Result{first, testenv.Next(t, results), testenv.Next(t, results)} {
		if got.Outcome != gateway.Answered || got.Reply != `"taken"` {
			t.Errorf("%+v", got)
		}
	}
	testenv.Next(t, f.gave) // the people may be answered before the consumer knows
	if given, runs := f.outcome("Ev1"); !given || runs != 1 {
		t.Errorf("given %v, runs %d", given, runs)
	}
}

// BenchmarkVerdict submits 50 forms a second and measures the wait for their verdicts.
func BenchmarkVerdict(b *testing.B) {
	rdb, app := redistest.New(b)
	f := newForm(rdb, app, 0)
	in := newGateway(b, rdb, app)
	consume(b, rdb, app, workqueue.DefaultLease, f.handle)
	tick := time.NewTicker(time.Second / 50)
	defer tick.Stop()
	var (
		all   sync.WaitGroup
		mu    sync.Mutex
		waits []time.Duration
	)
	for i := 0; b.Loop(); i++ {
		<-tick.C
		all.Go(func() {
			began := time.Now()
			got := in.Accept(b.Context(), []byte(redistest.App()), gateway.Meta{})
			wait := time.Since(began)
			mu.Lock()
			defer mu.Unlock()
			if waits = append(waits, wait); got.Outcome != gateway.Answered {
				b.Errorf("%s: %s", got.Outcome, got.Reason)
			}
		})
		select {
		case <-f.gave:
		default:
		}
	}
	testenv.Wait(b, &all)
	slices.Sort(waits)
	for name, q := range map[string]float64{"p50-ms": 0.5, "p99-ms": 0.99} {
		b.ReportMetric(float64(waits[int(q*float64(len(waits)-1))].Microseconds())/1000, name)
	}
}
