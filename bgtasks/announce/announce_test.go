package announce_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/bgtasks/announce"
	"github.com/gobridge/gopherbot/bgtasks/source"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// numbers is a source of things numbered from 1; its cursor is how many were
// seen.
type numbers struct {
	n   int
	err error
}

func (s *numbers) Name() string { return "numbers" }

func (s *numbers) Poll(_ context.Context, cursor string) ([]source.Item, string, error) {
	if s.err != nil {
		return nil, cursor, s.err
	}
	seen, _ := strconv.Atoi(cursor)
	var items []source.Item
	for i := seen + 1; i <= s.n; i++ {
		items = append(items, source.Item{ID: strconv.Itoa(i), Text: fmt.Sprint("number ", i)})
	}
	return items, strconv.Itoa(s.n), nil
}

// memory stores a job's state. Only the latest term may write.
type memory struct {
	kept []byte
	term int
	// failing, when it is not 0, is how many operations there are until one fails.
	failing int
}

var errDied = errors.New("died")

// step is an operation, which may fail.
func (m *memory) step() error {
	if m.failing > 0 {
		if m.failing--; m.failing == 0 {
			return errDied
		}
	}
	return nil
}

// state is the State in one term.
type state struct {
	*memory
	term int
}

func (m *memory) newTerm() state {
	m.term++
	return state{m, m.term}
}

func (s state) Load(_ context.Context, v any) (bool, error) {
	if s.kept == nil {
		return false, nil
	}
	return true, json.Unmarshal(s.kept, v)
}

func (s state) Save(_ context.Context, v any) error {
	if s.term != s.memory.term {
		return bgtasks.ErrNotLeader
	}
	if err := s.step(); err != nil {
		return err
	}
	var err error
	s.kept, err = json.Marshal(v)
	return err
}

// queue is a real publisher. The process may die before or after a call.
type queue struct {
	*workqueue.Publisher
	memory *memory
	before func() // called before anything is published
	queued []string
}

func newQueue(t *testing.T, m *memory) *queue {
	t.Helper()
	rdb, app := redistest.New(t)
	publisher, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app, DedupWindow: announce.DedupWindow})
	if err != nil {
		t.Fatal(err)
	}
	return &queue{Publisher: publisher, memory: m}
}

func (q *queue) Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error) {
	if q.before != nil {
		q.before()
	}
	if err := q.memory.step(); err != nil {
		return 0, err
	}
	result, err := q.Publisher.Publish(ctx, e)
	if err == nil && result == workqueue.Queued {
		m, err := event.DecodeMessage(e.Payload)
		if err != nil || m.Bot != "slack" || m.Chat.Name != "general" || m.Origin != event.Announcement || e.Type != "send" {
			return 0, fmt.Errorf("queued %s: %w", e.Payload, err)
		}
		q.queued = append(q.queued, m.Text)
	}
	if err := q.memory.step(); err != nil {
		return 0, err
	}
	return result, err
}

func job(s announce.Source, q announce.Publisher) bgtasks.Job {
	return announce.Job(announce.Options{Source: s, Target: event.Target{Source: "slack", Channel: "general"}, Every: time.Minute, Limit: 5, Publisher: q})
}

func said(from, to int) (list []string) {
	for i := from; i <= to; i++ {
		list = append(list, fmt.Sprint("number ", i))
	}
	return list
}

func TestJob_AnnouncesNewItems(t *testing.T) {
	t.Parallel()
	m := &memory{}
	s, q := &numbers{n: 100}, newQueue(t, m)
	j, leads := job(s, q), m.newTerm()
	for _, step := range []struct {
		name string
		n    int
		want []string
	}{
		{"the first start", 100, nil},
		{"nothing new", 100, nil},
		{"one", 101, said(101, 101)},
		{"many", 106, said(102, 106)},
		{"after a gap", 120, append([]string{"numbers: a lot is new. The newest 5 follow; 9 before them are left out."}, said(116, 120)...)},
		{"nothing new after a gap", 120, nil},
		{"one more than is announced at once", 126, append([]string{"numbers: a lot is new. The newest 5 follow; 1 before them are left out."}, said(122, 126)...)},
	} {
		s.n, q.queued = step.n, nil
		if err := j.Run(t.Context(), leads); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if !slices.Equal(q.queued, step.want) {
			t.Errorf("%s: %q, want %q", step.name, q.queued, step.want)
		}
	}
	s.n, s.err = 127, errors.New("away")
	if err := j.Run(t.Context(), leads); !errors.Is(err, s.err) {
		t.Errorf("an outage: %v", err)
	}
	s.err, q.queued = nil, nil
	if err := j.Run(t.Context(), leads); err != nil || !slices.Equal(q.queued, said(127, 127)) {
		t.Errorf("after the outage: %q (%v)", q.queued, err)
	}
}

// TestJob_LeaderDiesAnywhere lets the leader die at each step in turn; the next
// goes on.
func TestJob_LeaderDiesAnywhere(t *testing.T) {
	t.Parallel()
	for step := 1; ; step++ {
		m := &memory{}
		s, q := &numbers{n: 1}, newQueue(t, m)
		j := job(s, q)
		if err := j.Run(t.Context(), m.newTerm()); err != nil {
			t.Fatal(err)
		}
		s.n, m.failing = 4, step
		err := j.Run(t.Context(), m.newTerm())
		died := errors.Is(err, errDied)
		if err != nil && !died {
			t.Fatal(err)
		}
		m.failing, s.n = 0, 5
		if err := j.Run(t.Context(), m.newTerm()); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(q.queued, said(2, 5)) {
			t.Errorf("died at step %d: %q, want each once, in order", step, q.queued)
		}
		if !died {
			if step != 9 { // two saves, and before and after each of three
				t.Errorf("there were %d steps to die at, want 8", step-1)
			}
			return
		}
	}
}

// TestJob_LeaderIsPausedAnywhere pauses the leader before it queues each announcement
// in turn. Meanwhile another process leads, and finds more new items.
func TestJob_LeaderIsPausedAnywhere(t *testing.T) {
	t.Parallel()
	for pause := 1; pause <= 3; pause++ {
		m := &memory{}
		s, q := &numbers{n: 1}, newQueue(t, m)
		j := job(s, q)
		if err := j.Run(t.Context(), m.newTerm()); err != nil {
			t.Fatal(err)
		}
		s.n = 4
		calls := 0
		q.before = func() {
			if calls++; calls != pause {
				return
			}
			s.n = 12 // a gap: 5 is left out now
			if err := j.Run(t.Context(), m.newTerm()); err != nil {
				t.Error(err)
			}
		}
		if err := j.Run(t.Context(), m.newTerm()); !errors.Is(err, bgtasks.ErrNotLeader) {
			t.Errorf("paused at %d: %v, want ErrNotLeader", pause, err)
		}
		q.before = nil
		if err := j.Run(t.Context(), m.newTerm()); err != nil {
			t.Fatal(err)
		}
		want := append(said(2, 4), append([]string{"numbers: a lot is new. The newest 5 follow; 3 before them are left out."}, said(8, 12)...)...)
		if !slices.Equal(q.queued, want) {
			t.Errorf("paused at %d: %q, want %q", pause, q.queued, want)
		}
	}
}

// TestJob_LimitsItems is of items that a hostile server may make up.
func TestJob_LimitsItems(t *testing.T) {
	t.Parallel()
	m := &memory{}
	long := strings.Repeat("é", 100_000)
	items := []source.Item{{}, {ID: long, Text: long, Link: "https://example.com/", Title: long}, {ID: "x", Link: "https://example.com/" + long, Title: "a title"}}
	var events []workqueue.Event
	j := job(fixed(items), publisher(func(e workqueue.Event) { events = append(events, e) }))
	leads := m.newTerm()
	for range 2 {
		if err := j.Run(t.Context(), leads); err != nil {
			t.Fatal(err)
		}
	}
	if len(events) != 2 {
		t.Fatalf("%d announcements, want 2", len(events))
	}
	for i, e := range events {
		m, err := event.DecodeMessage(e.Payload)
		if err != nil || len(e.Payload) > 5000 || len(e.Key) > 300 || e.ID != e.Key {
			t.Errorf("%d: key of %d and payload of %d bytes (%v)", i, len(e.Key), len(e.Payload), err)
		}
		if i == 1 && (m.Link != "" || m.Text != "a title") {
			t.Errorf("a link that is too long: %+v", m)
		}
	}
}

// TestJob_TwoPlatforms announces one source on two: each has its own stream, its
// own keys and its own state.
func TestJob_TwoPlatforms(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for text, want := range map[string]workqueue.Event{
		"golang-news":               {Type: "send", Key: "golang-news/numbers/1", Partition: "golang-news"},
		"mattermost:town-square":    {Type: "mattermost_send", Key: "mattermost:town-square/numbers/1", Partition: "town-square"},
		"mattermost:golang-news":    {Type: "mattermost_send", Key: "mattermost:golang-news/numbers/1", Partition: "golang-news"},
		"mattermost.second:general": {Type: "mattermost_second_send", Key: "mattermost.second:general/numbers/1", Partition: "general"},
	} {
		target, err := event.ParseTarget(text)
		if err != nil {
			t.Fatal(err)
		}
		var events []workqueue.Event
		m, s := &memory{}, &numbers{}
		j := announce.Job(announce.Options{
			Source: s, Target: target, Every: time.Minute, Limit: 5, Publisher: publisher(func(e workqueue.Event) { events = append(events, e) }),
		})
		leads := m.newTerm()
		for s.n = range 2 {
			if err := j.Run(t.Context(), leads); err != nil {
				t.Fatal(err)
			}
		}
		if len(events) != 1 || events[0].Type != want.Type || events[0].Key != want.Key || events[0].Partition != want.Partition {
			t.Errorf("%s: %+v, want %+v", text, events, want)
			continue
		}
		if m, err := event.DecodeMessage(events[0].Payload); err != nil || m.Bot != target.Source || m.Chat.Name != target.Channel {
			t.Errorf("%s: %+v (%v)", text, m, err)
		}
		names[j.Name] = true
	}
	if len(names) != 4 || !names["numbers in golang-news"] {
		t.Errorf("jobs %v, want four, and Slack's as it was", names)
	}
}

// fixed is a source of the same items from the second time on.
type fixed []source.Item

func (f fixed) Name() string { return "fixed" }

func (f fixed) Poll(_ context.Context, cursor string) ([]source.Item, string, error) {
	return f, cursor + "x", nil
}

type publisher func(workqueue.Event)

func (p publisher) Publish(_ context.Context, e workqueue.Event) (workqueue.Result, error) {
	p(e)
	return workqueue.Queued, nil
}
