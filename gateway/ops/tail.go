package ops

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/workqueue"
)

const (
	// maxTail is how many of the latest outcomes a gateway keeps while somebody watches.
	maxTail = 500
	// tailIdle is the time without a request after which nobody watches any more.
	tailIdle = 30 * time.Second
)

// outcome is what became of a delivery, as the page shows it. It has no text of a person.
type outcome struct {
	At        int64                 `json:"at"` // Unix time in ms
	Type      string                `json:"type"`
	Outcome   workqueue.OutcomeKind `json:"outcome"`
	EventID   string                `json:"event_id"`
	RequestID string                `json:"request_id"`
	Attempt   int                   `json:"attempt"`
	Did       string                `json:"did"`
	Error     string                `json:"error"`
	WaitedMS  float64               `json:"waited_ms"`
	TookMS    float64               `json:"took_ms"`
	NextMS    float64               `json:"next_ms"` // until the next attempt, 0 if there is none
	Consumer  string                `json:"consumer"`
}

func shownOutcome(o workqueue.OutcomeRecord) outcome {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return outcome{
		o.At.UnixMilli(), o.Type, o.Kind, o.EventID, o.RequestID, o.Attempt, o.Note, o.Error, ms(o.Waited), ms(o.Took), ms(o.Next), o.Consumer,
	}
}

// tail reads the outcomes of deliveries while operators watch them. It is safe for
// concurrent use.
type tail struct {
	opts Options

	mu     sync.Mutex
	reader *workqueue.OutcomeReader
	asked  time.Time
	kept   []outcome
}

// since returns the outcomes at or after a time in ms. The first call when nobody watched
// begins with those to come.
func (t *tail) since(ctx context.Context, since int64, now time.Time) ([]outcome, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.reader == nil || now.Sub(t.asked) > tailIdle {
		t.reader, t.kept = t.opts.Queue.Outcomes(true, t.opts.Types...), nil
	}
	t.asked = now
	list, err := t.reader.Next(ctx)
	if err != nil {
		return nil, err
	}
	for _, o := range list {
		t.kept = append(t.kept, shownOutcome(o))
	}
	t.kept = t.kept[max(len(t.kept)-maxTail, 0):]
	found := []outcome{}
	for _, o := range t.kept {
		if o.At >= since {
			found = append(found, o)
		}
	}
	return found, nil
}

// outcomes answers with the outcomes at or after the time in the query, the oldest first. As
// each request may go to another gateway, the page asks for some twice.
func (p *Page) outcomes(w http.ResponseWriter, r *http.Request, _ operator) {
	since, err := strconv.ParseInt(r.FormValue("since"), 10, 64)
	if err != nil {
		since = 0
	}
	ctx, cancel := context.WithTimeout(r.Context(), redisTimeout)
	defer cancel()
	list, err := p.tail.since(ctx, since, time.Now())
	if err != nil {
		p.unavailable(w, r, err)
		return
	}
	answer(w, map[string][]outcome{"outcomes": list})
}
