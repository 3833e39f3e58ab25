package notify_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/gateway/notify"
	"github.com/gobridge/gopherbot/internal/blob"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestSend_Event(t *testing.T) {
	t.Parallel()
	a := open(t)
	got := a.send(`{"message":"m","status":"error","ttl":"1h","metadata":{"a":1},"key":"k","on_key":"update","link":"https://example.com/","title":"t"}`, "X-Request-ID", "http-1")
	a.is(got, 202, "")
	if want := "/api/v1/receipts/" + got.RequestID; got.header.Get("Location") != want || len(got.RequestID) != 26 {
		t.Errorf("Location %q, want %q", got.header.Get("Location"), want)
	}
	m := a.last(1)
	if m.RequestID != got.RequestID || m.Origin != event.API || m.KeyName != "ci" || m.Bot != "slack" || !m.Parse || m.Shadow || m.ExpiresAt.Sub(m.CreatedAt) != time.Hour ||
		time.Since(m.CreatedAt).Abs() > time.Minute || m.Status != event.Error || m.Subject.Key != "k" || m.Link != "https://example.com/" || m.Title != "t" || string(m.Metadata) != `{"a":1}` {
		t.Errorf("%+v", m)
	}
	e := a.queue.events[0]
	if e.Type != "send" || e.Key != "send/"+got.RequestID || e.Source != "slack" || e.ID != got.RequestID || e.RequestID != "http-1" || e.Partition != "slack/C0ALERTS" {
		t.Errorf("%+v", e)
	}
	entry, err := a.receipts.One(t.Context(), got.RequestID)
	if err != nil || entry.State != receipt.Queued || entry.Origin.KeyName != "ci" || entry.Chat != "alerts" || entry.Bot != "slack" || entry.Origin.Open != receipt.OpenFor(time.Hour) {
		t.Errorf("%+v, %v", entry, err)
	}
}

func TestSend_LongTextsLieInTheStore(t *testing.T) {
	t.Parallel()
	a := open(t)
	for i, size := range []int{3000, 5000, 16 << 10} {
		text := strings.Repeat("x", size)
		got := a.send(`{"message":"` + text + `"}`)
		a.is(got, 202, "")
		m := a.last(i + 1)
		if (m.TextBlob != nil) != (size > 4<<10) || a.textOf(m) != text {
			t.Errorf("%d bytes: %+v", size, m.TextBlob)
		}
		if e := a.queue.events[i]; len(e.Payload) > 4<<10 {
			t.Errorf("%d bytes: the event has %d", size, len(e.Payload))
		}
	}
}

// TestSend_Unqueued checks that nothing remains of a message that was certainly not queued,
// and that one which may be is queued once when it comes again.
func TestSend_Unqueued(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		code string
		kept bool
	}{{workqueue.ErrFull, "queue_full", false}, {errors.New("the answer was lost"), "queue_unavailable", true}} {
		a := open(t)
		a.queue.fail(test.err)
		body := `{"message":"` + strings.Repeat("x", 5000) + `","file":{"name":"a","data":"aGk="}}`
		got := a.send(body, "Idempotency-Key", "k")
		if a.is(got, 503, test.code); got.header.Get("Retry-After") != "5" {
			t.Error(got.header)
		}
		for _, pattern := range []string{":receipt:*", ":{blobs}:of:*"} {
			keys, err := a.rdb.Keys(t.Context(), a.app+pattern).Result()
			if err != nil || (len(keys) > 0) != test.kept {
				t.Errorf("%s: %q, %v", test.code, keys, err)
			}
		}
		a.queue.fail(nil)
		for i := range 2 {
			got := a.send(body, "Idempotency-Key", "k")
			if a.is(got, 202, ""); got.Duplicate != (test.kept || i == 1) {
				t.Errorf("%s: %s", test.code, got.raw)
			}
		}
		if m := a.last(1); a.textOf(m) != strings.Repeat("x", 5000) {
			t.Errorf("%s: the text is lost", test.code)
		}
	}
}

// TestSend_UnqueuedByOneGateway has two gateways get one request at once: the queue is full for
// the first, and has room again for the second. What the second needs is not removed by the
// first.
func TestSend_UnqueuedByOneGateway(t *testing.T) {
	t.Parallel()
	body := `{"message":"` + strings.Repeat("x", 5000) + `","file":{"name":"a","data":"aGk="}}`
	for name, both := range map[string]bool{"queued by the second": false, "queued by neither": true} {
		first := open(t)
		second := openOn(t, first.rdb, first.app)
		first.queue.instead(func() error {
			if both {
				second.queue.fail(workqueue.ErrFull)
			}
			want, code := 202, ""
			if both {
				want, code = 503, "queue_full"
			}
			second.is(second.send(body, "Idempotency-Key", "k"), want, code)
			return workqueue.ErrFull
		})
		first.is(first.send(body, "Idempotency-Key", "k"), 503, "queue_full")
		blobs, err := first.rdb.Keys(t.Context(), first.app+":{blobs}:of:*").Result()
		if want := map[bool]int{false: 2, true: 0}[both]; err != nil || len(blobs) != want {
			t.Errorf("%s: %q (%v), want %d blobs", name, blobs, err, want)
		}
		if !both {
			m := second.last(1)
			if second.textOf(m) != strings.Repeat("x", 5000) {
				t.Errorf("%s: the text is lost", name)
			}
			if _, err := second.receipts.One(t.Context(), m.RequestID); err != nil {
				t.Errorf("%s: its receipt: %v", name, err)
			}
		}
		first.queue.fail(nil)
		second.queue.fail(nil)
		if got := first.send(body, "Idempotency-Key", "k"); got.Duplicate != true && !both {
			t.Errorf("%s: %d %s", name, got.status, got.raw)
		}
		if blobs, err = first.rdb.Keys(t.Context(), first.app+":{blobs}:of:*").Result(); err != nil || len(blobs) != 2 {
			t.Errorf("%s, and sent again: %q (%v), want 2 blobs", name, blobs, err)
		}
	}
}

func TestSend_StoreFull(t *testing.T) {
	t.Parallel()
	a := open(t, func(o *notify.Options) {
		rdb, app := redistest.New(t)
		o.Blobs = blob.New(rdb, app, blob.Options{Budget: 10})
	})
	body := `{"message":"m","file":{"name":"a","data":"MDEyMzQ1Njc4OTAx"}}`
	a.is(a.send(body), 503, "store_full")
	if keys, err := a.rdb.Keys(t.Context(), a.app+":receipt:*").Result(); err != nil || len(keys) > 0 {
		t.Errorf("receipts %q, %v", keys, err)
	}
}

// TestSend_AtOnce makes one request many times at once: it is queued once, and all get its id.
func TestSend_AtOnce(t *testing.T) {
	t.Parallel()
	for path, body := range map[string]string{"/send": `{"message":"m"}`, "/alertmanager": firing("Disk", "critical", t0)} {
		a := open(t)
		var mu sync.Mutex
		ids, duplicates := map[string]bool{}, 0
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				got := a.post(ciKey, path, body, "Idempotency-Key", "k")
				mu.Lock()
				defer mu.Unlock()
				ids[got.RequestID] = true
				if got.Duplicate {
					duplicates++
				}
				if got.status >= 300 {
					t.Error(got.raw)
				}
			})
		}
		testenv.Wait(t, &wg)
		if a.last(1); len(ids) != 1 || duplicates > 15 {
			t.Errorf("%s: ids %v, %d duplicates", path, ids, duplicates)
		}
	}
}

// dying is a store of receipts whose gateway dies after a step.
type dying struct {
	*receipt.Store
	after string
}

var errDied = errors.New("the gateway has died")

func (d *dying) First(ctx context.Context, r receipt.Report, id string) (string, error) {
	first, err := d.Store.First(ctx, r, id)
	if d.after == "first" {
		return "", errDied
	}
	return first, err
}

func (d *dying) Create(ctx context.Context, id, attempt string, o receipt.Origin) (*receipt.Entry, error) {
	existing, err := d.Store.Create(ctx, id, attempt, o)
	if d.after == "create" {
		return nil, errDied
	}
	return existing, err
}

// TestAlert_GatewayDies has the gateway die after each step of accepting a webhook: what is
// sent again is queued, once, and later copies are duplicates.
func TestAlert_GatewayDies(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"first", "create", "publish"} {
		store := &dying{after: step}
		a := open(t, func(o *notify.Options) {
			store.Store = o.Receipts.(*receipt.Store)
			o.Receipts = store
		})
		body := firing("Disk", "critical", t0)
		queued := 0
		if step == "publish" { // the answer did not arrive
			store.after = ""
			a.is(a.post(ciKey, "/alertmanager", body), 202, "")
			queued = 1
		} else {
			a.is(a.post(ciKey, "/alertmanager", body), 503, "queue_unavailable")
			store.after = ""
		}
		again := a.post(ciKey, "/alertmanager", body)
		if wantStatus := 202 - 2*queued; again.status != wantStatus {
			t.Errorf("after %s: %d %s", step, again.status, again.raw)
		}
		later := a.post(opsKey, "/alertmanager", body)
		if a.is(later, 200, ""); !later.Duplicate || later.RequestID != again.RequestID {
			t.Errorf("after %s: %s", step, later.raw)
		}
		a.last(1)
	}
}

// TestAlert_LateFirstExtendsTheWindow checks that the copies of a webhook that could not be
// queued at once are recognised as long as others'.
func TestAlert_LateFirstExtendsTheWindow(t *testing.T) {
	t.Parallel()
	a := open(t)
	body := firing("Disk", "critical", t0)
	a.queue.fail(workqueue.ErrFull)
	a.is(a.post(ciKey, "/alertmanager", body), 503, "queue_full")
	a.age(3 * time.Minute)
	a.queue.fail(nil)
	a.is(a.post(ciKey, "/alertmanager", body), 202, "")
	a.age(3 * time.Minute)
	if got := a.post(ciKey, "/alertmanager", body); !got.Duplicate {
		t.Errorf("%d %s", got.status, got.raw)
	}
	a.last(1)
}

// TestGrafana_RedisComesBack checks that the gateway itself tries again for Grafana, which
// does not.
func TestGrafana_RedisComesBack(t *testing.T) {
	t.Parallel()
	a := open(t)
	a.queue.fail(errors.New("away"))
	time.AfterFunc(700*time.Millisecond, func() { a.queue.fail(nil) })
	a.is(a.post(ciKey, "/grafana", grafana("alerting")), 202, "")
	a.last(1)
	a.queue.fail(errors.New("away"))
	began := time.Now()
	a.is(a.post(ciKey, "/grafana", strings.Replace(grafana("alerting"), "57c6", "57c7", 1)), 503, "queue_unavailable")
	if took := time.Since(began); took < 3*time.Second {
		t.Errorf("it gave up after %v", took)
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	a := open(t)
	large := bytes.Repeat([]byte("x"), 3<<20)
	a.is(a.send(string(large)), 413, "too_large")
	a.is(a.send("{}", "Content-Encoding", "gzip"), 415, "unsupported_media_type")
	a.is(a.send("{}", "Content-Type", "application/json; charset=latin1"), 415, "unsupported_media_type")
	a.is(a.send(`{"message":"m"}`, "Content-Type", "application/json; charset=UTF-8"), 202, "")
	a.is(a.send("{}", "Content-Type", "multipart/form-data"), 400, "bad_form")
	a.is(a.post(ciKey, "/alertmanager", string(large)), 413, "too_large")
	a.is(a.post(ciKey, "/alertmanager", "{"), 400, "invalid_json")
	a.is(a.post(ciKey, "/alertmanager", `{"version":"4","alerts":[]}`), 400, "no_alerts")
	a.is(a.post(ciKey, "/send?no_parse=yes", `{"message":"m"}`), 400, "invalid_option")
	a.is(a.post(ciKey, "/send?wait=16s", `{"message":"m"}`), 400, "invalid_option")
	a.is(a.post(ciKey, "/send?wait=1s&wait=2s", `{"message":"m"}`), 400, "invalid_option")
	a.is(a.post(ciKey, "/send?no_prase=true", `{"message":"m"}`), 400, "invalid_option")
	a.is(a.send(`{"message":"m"}`, "Idempotency-Key", strings.Repeat("k", 129)), 400, "invalid_option")
	a.is(a.send(`{"message":"m"}`, "Idempotency-Key", "ä"), 400, "invalid_option")
}
