package consumer_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// outsider has only the scopes with which the bot cannot read any history.
var outsider = []string{"chat:write", "chat:write.public"}

const postMessage, shareFile = "chat.postMessage", "files.completeUploadExternal"

// TestSend_Faults has Slack fail in a way each.
func TestSend_Faults(t *testing.T) {
	t.Parallel()
	parts := strings.Repeat(strings.Repeat("y", 3000)+"\n", 3)
	for _, test := range []struct {
		name   string
		m      event.Message
		file   string
		method string
		faults []sim.Fault
		change func(o *office)
		posts  int // that the chat shows
		state  receipt.State
		code   string
		says   string // the receipt's error
	}{
		{name: "the answer is lost, and the post is there", faults: []sim.Fault{{Cut: true, Recorded: true}}, posts: 1, state: receipt.Sent},
		{name: "the answer is lost, and the post is not there", faults: []sim.Fault{{Cut: true}}, posts: 1, state: receipt.Sent},
		{name: "the answer is late, and the post is there", faults: []sim.Fault{{Late: 3 * time.Second, Recorded: true}}, posts: 1, state: receipt.Sent},
		{name: "an error after which it may be there", faults: []sim.Fault{{Status: http.StatusBadGateway, Recorded: true}}, posts: 1, state: receipt.Sent},
		{name: "the answer is lost, and nobody can tell", faults: []sim.Fault{{Cut: true, Recorded: true}},
			change: func(o *office) { _ = o.slack.RemoveBot(chat) }, posts: 1, state: receipt.Unknown, code: "outcome_unknown", says: "send it again if it is not there"},
		{name: "the same, and it is not there", faults: []sim.Fault{{Cut: true}},
			change: func(o *office) { _ = o.slack.RemoveBot(chat) }, posts: 0, state: receipt.Unknown, code: "outcome_unknown"},
		{name: "with metadata of its own", m: event.Message{Text: "hi", Metadata: []byte(`{"build":7}`)}, faults: []sim.Fault{{Cut: true, Recorded: true}}, posts: 1, state: receipt.Sent},
		{name: "with a colour", m: event.Message{Text: "hi", Status: event.OK}, faults: []sim.Fault{{Cut: true, Recorded: true}}, posts: 1, state: receipt.Sent},
		{name: "the second part's answer is lost", m: event.Message{Text: parts}, faults: []sim.Fault{{}, {Cut: true, Recorded: true}}, posts: 3, state: receipt.Sent},
		{name: "the second part fails", m: event.Message{Text: parts}, faults: []sim.Fault{{}, {Error: "team_added_to_org"}}, posts: 3, state: receipt.Sent},
		{name: "the file's answer is lost, and it is there", m: event.Message{File: &event.File{Name: "f"}}, file: "x", method: shareFile,
			faults: []sim.Fault{{Cut: true, Recorded: true}}, posts: 1, state: receipt.Sent},
		{name: "the file's answer is lost, and it is not there", m: event.Message{File: &event.File{Name: "f"}}, file: "x", method: shareFile,
			faults: []sim.Fault{{Cut: true}}, posts: 1, state: receipt.Sent},
		{name: "the upload fails", m: event.Message{File: &event.File{Name: "f"}}, file: "x", method: "upload", faults: []sim.Fault{{Status: 500}, {Cut: true}}, posts: 1, state: receipt.Sent},
		{name: "the file is refused for a moment", m: event.Message{File: &event.File{Name: "f"}, Text: "hi", Status: event.OK}, file: "x", method: shareFile,
			faults: []sim.Fault{{Error: "org_login_required"}}, posts: 2, state: receipt.Sent},
		{name: "a file where the bot is not", m: event.Message{File: &event.File{Name: "f"}}, file: "x",
			change: func(o *office) { _ = o.slack.RemoveBot(chat) }, posts: 0, state: receipt.Failed, code: "not_in_channel", says: "invite the bot"},
		{name: "no scope for files", m: event.Message{File: &event.File{Name: "f"}, ExpiresAt: time.Now().Add(3 * time.Second)}, file: "x",
			change: func(o *office) { o.slack.Grant(outsider...) }, posts: 0, state: receipt.Expired, code: "expired"},
		{name: "refused for good", faults: []sim.Fault{{Error: "restricted_action"}}, posts: 0, state: receipt.Failed, code: "restricted_action", says: "name another channel"},
		{name: "archived", change: func(o *office) { _ = o.slack.ArchiveChannel(chat) }, posts: 0, state: receipt.Failed, code: "is_archived", says: "unarchive"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			if test.m.Text == "" && test.m.File == nil {
				test.m.Text = "hi"
			}
			if test.file != "" {
				test.m.File.Blob = o.blobs.put("file", test.file)
			}
			if test.method == "" {
				test.method = postMessage
			}
			if test.change != nil {
				test.change(o)
			}
			o.slack.Fail(test.method, test.faults...)
			o.works()
			r := o.sent(o.send(test.m))
			if r.State != test.state || r.Code != test.code || !strings.Contains(r.Error, test.says) {
				t.Errorf("the receipt is %+v, want %s %q %q", r, test.state, test.code, test.says)
			}
			if said := o.said(); len(said) != test.posts {
				t.Errorf("it said %.100q, want %d", said, test.posts)
			}
			o.mu.Lock()
			defer o.mu.Unlock()
			if len(o.notified) != 1 || o.notified[0].State != r.State || o.notified[0].SyncID != r.SyncID {
				t.Errorf("callback rules got %+v, want %s once", o.notified, r.State)
			}
		})
	}
}

// TestSend_RateLimits answers 429 more often than a message has attempts in most queues: that
// costs none (vector 27).
func TestSend_RateLimits(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.slack.Fail(postMessage, slices.Repeat([]sim.Fault{{Status: http.StatusTooManyRequests, RetryAfter: time.Second}}, 10)...)
	var ids []string
	for n := range 12 {
		ids = append(ids, o.send(event.Message{Text: fmt.Sprint("alert ", n)}))
	}
	o.works()
	for _, id := range ids {
		if r := o.sent(id); r.State != receipt.Sent || r.Attempts > 1 {
			t.Errorf("%+v, want it sent by the first attempt that counts", r)
		}
	}
	if said := o.said(); len(said) != 12 {
		t.Errorf("it said %q", said)
	}
}

// TestSend_Retries while Slack is away, and shows when the next attempt is.
func TestSend_Retries(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.slack.Disturb(func(sim.Call) sim.Fault { return sim.Fault{Error: "accesslimited"} })
	o.works()
	id := o.send(event.Message{Text: "hi"})
	r := o.is(id, "waits", func(s receipt.State) bool { return s == receipt.Retrying })
	if r.NextAt.Before(r.UpdatedAt) || r.Code != "accesslimited" || r.Error == "" {
		t.Errorf("%+v", r)
	}
	o.slack.Disturb(nil)
	if r := o.sent(id); r.State != receipt.Sent || r.Attempts < 2 || r.Error != "" {
		t.Errorf("%+v", r)
	}
}

// TestSend_Replays a dead letter, once in time and once too late.
func TestSend_Replays(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	if err := o.slack.ArchiveChannel(chat); err != nil {
		t.Fatal(err)
	}
	o.works()
	inTime, late := o.send(event.Message{Text: "in time"}), o.send(event.Message{Text: "late", ExpiresAt: time.Now().Add(2 * time.Second)})
	for _, id := range []string{inTime, late} {
		if r := o.sent(id); r.State != receipt.Failed {
			t.Fatalf("%+v", r)
		}
	}
	if err := o.slack.UnarchiveChannel(chat); err != nil {
		t.Fatal(err)
	}
	inspector, err := workqueue.NewInspector(o.rdb, o.app)
	if err != nil {
		t.Fatal(err)
	}
	sendType := event.Type(event.Slack, event.Send)
	var letters []workqueue.DeadLetter
	testenv.Eventually(t, "there are two dead letters", func() bool {
		letters, err = inspector.ListDeadLetters(t.Context(), sendType, "", 10)
		return err == nil && len(letters) == 2
	})
	testenv.Eventually(t, "one is too late", func() bool { return time.Since(letters[0].QueuedAt) > 2500*time.Millisecond })
	for _, l := range letters {
		if err := inspector.Replay(t.Context(), sendType, l.ID); err != nil {
			t.Fatal(err)
		}
	}
	o.is(inTime, "is sent", func(s receipt.State) bool { return s == receipt.Sent })
	o.is(late, "is expired", func(s receipt.State) bool { return s == receipt.Expired })
	if said := o.said(); !slices.Equal(said, []string{"in time"}) {
		t.Errorf("it said %q", said)
	}
}

// brokenReceipts are receipts that cannot be written or read.
type brokenReceipts struct{}

var errBroken = errors.New("out of order")

func (brokenReceipts) One(context.Context, string) (receipt.Entry, error) {
	return receipt.Entry{}, errBroken
}

func (brokenReceipts) Write(context.Context, receipt.Receipt, receipt.Origin) error { return errBroken }

// TestSend_BrokenReceipts keep no message from being posted.
func TestSend_BrokenReceipts(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.opts.Receipts = brokenReceipts{}
	outcomes := consume(t, o.rdb, o.app, o.opts)
	o.send(event.Message{Text: "hi"})
	if err := testenv.Next(t, outcomes); err != nil || len(o.said()) != 1 {
		t.Errorf("%v; it said %q", err, o.said())
	}
}

// TestSend_ReportsBeforeItIsDone: if the callback rules cannot be told, the message is not
// posted again, and they are told later.
func TestSend_ReportsBeforeItIsDone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	fails := 2
	o.opts.Notified = func(ctx context.Context, n consumer.Notified) error {
		if fails--; fails >= 0 {
			return errBroken
		}
		return o.notice(ctx, n)
	}
	o.works()
	id := o.send(event.Message{Text: "hi"})
	r := o.is(id, "is sent", func(s receipt.State) bool { return s == receipt.Sent })
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.notified) != 1 || o.notified[0].Key != "send/"+id+"/sent" || o.notified[0].SyncID != r.SyncID || r.SyncID == "" {
		t.Errorf("callback rules got %+v, the receipt is %+v", o.notified, r)
	}
	if said := o.said(); len(said) != 1 {
		t.Errorf("it said %q", said)
	}
}

// TestSend_OneChatWaitsAlone has a storm in one chat, with the real pace.
func TestSend_OneChatWaitsAlone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.opts.Pace = consumer.DefaultPace
	for n := range 200 {
		o.send(event.Message{Text: fmt.Sprint("storm ", n), ExpiresAt: time.Now().Add(5 * time.Second)})
	}
	other := o.send(event.Message{Chat: event.Chat{ID: "C02NEWBIES"}, Text: "calm"})
	start := time.Now()
	o.works()
	o.sent(other)
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("the other chat waited for %v", took)
	}
	stormed := 0
	for _, text := range o.said() {
		if strings.HasPrefix(text, "storm") {
			stormed++
		}
	}
	if most := 5 + int(time.Since(start)/time.Second) + 1; stormed > most {
		t.Errorf("%d messages of the storm in %v", stormed, time.Since(start))
	}
}

// TestSend_KeepsTheOrderOfAChat, although four messages are posted at once.
func TestSend_KeepsTheOrderOfAChat(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var want []string
	for n := range 30 {
		want = append(want, fmt.Sprint("step ", n))
		o.send(event.Message{Text: want[n], Origin: event.Announcement})
	}
	o.opts.Pace = time.Microsecond
	o.works()
	testenv.Eventually(t, "all are posted", func() bool { return len(o.said()) == len(want) })
	if said := o.said(); !slices.Equal(said, want) {
		t.Errorf("it said %q", said)
	}
}
