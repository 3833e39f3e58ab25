package consumer_test

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestSend_Subjects sends messages about one subject, one after another, and compares what
// the chat shows at the end.
func TestSend_Subjects(t *testing.T) {
	t.Parallel()
	start := time.Now().Add(-time.Minute)
	group := func(on event.FollowUp, text, status string, at int, firing ...string) event.Message {
		m := event.Message{
			Origin: event.FromAlertmanager, Text: text, CreatedAt: start.Add(time.Duration(at) * time.Second),
			Group: &event.Group{Key: "{}", Status: status, Newest: start.Add(time.Duration(at) * time.Second), Firing: firing},
		}
		if on != "" {
			m.Subject = &event.Subject{Key: "{}", On: on}
		}
		return m
	}
	deploy := func(on event.FollowUp, text string, at int) event.Message {
		return event.Message{Text: text, CreatedAt: start.Add(time.Duration(at) * time.Second), Subject: &event.Subject{Key: "deploy 42", On: on}}
	}
	long := strings.Repeat("z", 4500)
	for _, test := range []struct {
		name     string
		list     []event.Message
		between  func(o *office) // before the last message
		said     []string
		state    receipt.State // of the last
		warnings []string
	}{
		{name: "in a thread", list: []event.Message{deploy(event.InThread, "begun", 1), deploy(event.InThread, "half", 2), deploy(event.InThread, "done", 3)},
			said: []string{"begun", "in 0: half", "in 0: done"}, state: receipt.Sent},
		{name: "each anew", list: []event.Message{deploy(event.PostAnew, "begun", 1), deploy(event.PostAnew, "done", 2)},
			said: []string{"begun", "done"}, state: receipt.Sent},
		{name: "updated", list: []event.Message{deploy(event.Update, "begun", 1), deploy(event.Update, "done", 2)},
			said: []string{"done"}, state: receipt.Sent},
		{name: "updated by one that is older", list: []event.Message{deploy(event.Update, "done", 2), deploy(event.Update, "begun", 1)},
			said: []string{"done"}, state: receipt.Superseded},
		{name: "updated by one that is too long", list: []event.Message{deploy(event.Update, "begun", 1), deploy(event.Update, long, 2)},
			said: []string{"begun", "in 0: " + long[:4000], "in 0: " + long[4000:]}, state: receipt.Sent, warnings: []string{"posted_in_thread"}},
		{name: "updated after a long one", list: []event.Message{deploy(event.Update, long, 1), deploy(event.Update, "done", 2)},
			said: []string{long[:4000], long[4000:], "in 0: done"}, state: receipt.Sent, warnings: []string{"posted_in_thread"}},
		{name: "the first was deleted", list: []event.Message{deploy(event.Update, "begun", 1), deploy(event.Update, "done", 2)},
			between: func(o *office) { o.slack.Fail("chat.update", sim.Fault{Error: "message_not_found"}) },
			said:    []string{"begun", "done"}, state: receipt.Sent, warnings: []string{"target_gone"}},
		{name: "the thread was deleted", list: []event.Message{deploy(event.InThread, "begun", 1), deploy(event.InThread, "done", 2)},
			between: func(o *office) { o.slack.Fail("chat.postMessage", sim.Fault{Error: "thread_not_found"}) },
			said:    []string{"begun", "done"}, state: receipt.Sent, warnings: []string{"target_gone"}},
		{name: "the answer to an update is lost", list: []event.Message{deploy(event.Update, "begun", 1), deploy(event.Update, "done", 2)},
			between: func(o *office) { o.slack.Fail("chat.update", sim.Fault{Cut: true, Recorded: true}) },
			said:    []string{"done"}, state: receipt.Sent},
		{name: "alerts", list: []event.Message{group("", "firing", "firing", 1), group("", "resolved", "resolved", 2)},
			said: []string{"firing", "resolved"}, state: receipt.Sent},
		{name: "alerts, late", list: []event.Message{group("", "resolved", "resolved", 2), group("", "firing", "firing", 1)},
			said: []string{"resolved"}, state: receipt.Superseded}, // vector 25
		{name: "alerts that are updated", list: []event.Message{
			group(event.Update, "1 firing", "firing", 1, "db1"), group(event.Update, "2 firing", "firing", 2, "db1", "db2 *"), group(event.Update, "resolved", "resolved", 3),
		}, said: []string{"resolved", "in 0: db2 *"}, state: receipt.Sent},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.works()
			var last receipt.Receipt
			for i, m := range test.list {
				if i == len(test.list)-1 && test.between != nil {
					test.between(o)
				}
				last = o.sent(o.send(m))
			}
			if last.State != test.state || !slices.Equal(last.Warnings, test.warnings) {
				t.Errorf("the last receipt is %+v, want %s %q", last, test.state, test.warnings)
			}
			if said := o.said(); !slices.Equal(said, test.said) {
				t.Errorf("it said %.200q, want %.200q", said, test.said)
			}
		})
	}
}

// TestSend_SubjectsThroughAnOutage: Slack is away while five alerts of a group come; then one
// message shows the newest (vector 38, without the gateway).
func TestSend_SubjectsThroughAnOutage(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.slack.Disturb(func(sim.Call) sim.Fault { return sim.Fault{Status: 503} })
	o.works()
	start := time.Now().Add(-time.Minute)
	var ids []string
	for n, text := range []string{"1 alert", "2 alerts", "3 alerts", "2 alerts again", "resolved"} {
		at := start.Add(time.Duration(n) * time.Second)
		ids = append(ids, o.send(event.Message{
			Origin: event.FromAlertmanager, Text: text, CreatedAt: at, Subject: &event.Subject{Key: "{}", On: event.Update},
			Group: &event.Group{Key: "{}", Status: "firing", Newest: at},
		}))
	}
	o.is(ids[4], "waits", func(s receipt.State) bool { return s == receipt.Retrying })
	o.slack.Disturb(nil)
	for _, id := range ids {
		if r := o.sent(id); r.State != receipt.Sent && r.State != receipt.Superseded {
			t.Errorf("%+v", r)
		}
	}
	if said := o.said(); !slices.Equal(said, []string{"resolved"}) {
		t.Errorf("it said %q", said)
	}
}

// TestSend_SubjectsOutOfOrder has the answer to the first post of a message be lost, and a newer
// message of its subject come first. If the post was made, it stays beside the newer one; if not,
// it has nothing to say any more. It never replaces the newer one.
func TestSend_SubjectsOutOfOrder(t *testing.T) {
	t.Parallel()
	for _, recorded := range []bool{true, false} {
		o := newOffice(t)
		o.slack.Fail("chat.postMessage", sim.Fault{Cut: true, Recorded: recorded})
		var newer atomic.Bool // was posted: the older one is not searched for before that
		o.slack.Disturb(func(c sim.Call) sim.Fault {
			if c.Method == "conversations.history" && !newer.Load() {
				return sim.Fault{Status: http.StatusServiceUnavailable}
			}
			return sim.Fault{}
		})
		o.works()
		start := time.Now().Add(-time.Minute)
		send := func(text string, at time.Duration) string {
			return o.send(event.Message{
				Origin: event.FromAlertmanager, Text: text, CreatedAt: start.Add(at), Subject: &event.Subject{Key: "{}", On: event.Update},
				Group: &event.Group{Key: "{}", Status: "firing", Newest: start.Add(at)},
			})
		}
		first := send("1 alert", 0)
		o.is(first, "waits", func(s receipt.State) bool { return s == receipt.Retrying })
		second := send("2 alerts", time.Second)
		want, state := []string{"2 alerts"}, receipt.Superseded
		if recorded {
			want, state = []string{"1 alert", "2 alerts"}, receipt.Sent
		}
		if r := o.sent(second); r.State != receipt.Sent {
			t.Errorf("%+v", r)
		}
		newer.Store(true)
		if r := o.sent(first); r.State != state {
			t.Errorf("recorded %v: %+v", recorded, r)
		}
		if said := o.said(); !slices.Equal(said, want) {
			t.Errorf("recorded %v: it said %q, want %q", recorded, said, want)
		}
	}
}

// TestSend_Threads posts in the thread of a message by its sync_id and by its timestamp.
func TestSend_Threads(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.works()
	first := o.sent(o.send(event.Message{Text: "begun"}))
	_, ts, _ := strings.Cut(first.SyncID, "/")
	o.sent(o.send(event.Message{Text: "half", Thread: first.SyncID}))
	b := o.blobs.put("report", "fine")
	r := o.sent(o.send(event.Message{Text: "done", Thread: ts, File: &event.File{Blob: b, Name: "r.txt"}}))
	if said := o.said(); !slices.Equal(said, []string{"begun", "in 0: half", "in 0: done{r.txt: fine}"}) {
		t.Errorf("it said %q", said)
	}
	if r.State != receipt.Sent || r.FileID == "" {
		t.Errorf("%+v", r)
	}
	testenv.Eventually(t, "the file is deleted from the store", o.blobs.empty)
}
