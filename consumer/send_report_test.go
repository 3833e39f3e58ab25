package consumer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestSend_Reports sends one message each, and compares the report for operators, which has
// nothing of what somebody wrote.
func TestSend_Reports(t *testing.T) {
	t.Parallel()
	const text, file, email = "psst, a secret", "payroll.xlsx", "nobody@example.net"
	for _, test := range []struct {
		name  string
		chat  event.Chat
		file  bool
		fault func(sim.Call) sim.Fault
		want  consumer.SendReport
	}{
		{name: "posted", want: consumer.SendReport{Chat: chat, State: receipt.Sent}},
		{
			name: "refused", chat: event.Chat{ID: chat, Alias: "alerts"}, want: consumer.SendReport{Chat: "alerts", State: receipt.Failed, Code: "is_archived"},
			fault: func(c sim.Call) sim.Fault { return faultIf(c.Method == postMessage, "is_archived") },
		},
		{
			name: "for a person whom nobody knows", chat: event.Chat{Email: email},
			want: consumer.SendReport{Chat: "a person", State: receipt.Failed, Code: "unknown_chat"},
		},
		{
			name: "with a file that is refused", file: true, want: consumer.SendReport{Chat: chat, State: receipt.Failed, Code: "file_type_not_allowed"},
			fault: func(c sim.Call) sim.Fault {
				return faultIf(strings.HasPrefix(c.Method, "files."), "file_type_not_allowed")
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			reports := make(chan consumer.SendReport, 10)
			o.opts.Sent = func(r consumer.SendReport) { reports <- r }
			if test.fault != nil {
				o.slack.Disturb(test.fault)
			}
			o.works()
			m := event.Message{Text: text, KeyName: "ci", Chat: test.chat}
			if test.file {
				m.File = &event.File{Name: file, Blob: o.blobs.put("f", "content")}
			}
			test.want.RequestID, test.want.Bot, test.want.KeyName = o.send(m), event.Slack, "ci"
			got := testenv.Next(t, reports)
			if said := fmt.Sprintf("%+v", got); strings.Contains(said, text) || strings.Contains(said, file) || strings.Contains(said, email) {
				t.Errorf("the report shows what somebody wrote: %s", said)
			}
			if got.Waited < 0 || got.Waited > testenv.Timeout || (got.Error == "") != (got.State == receipt.Sent) {
				t.Errorf("%+v", got)
			}
			if got.Waited, got.Error = 0, ""; got != test.want {
				t.Errorf("%+v, want %+v", got, test.want)
			}
		})
	}
}

// faultIf returns Slack's error for a call that a test disturbs.
func faultIf(disturbed bool, code string) sim.Fault {
	if disturbed {
		return sim.Fault{Error: code}
	}
	return sim.Fault{}
}
