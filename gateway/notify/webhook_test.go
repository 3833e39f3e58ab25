package notify_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/gateway/notify"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestWebhook_Chat has the order in which a webhook's chat is found.
func TestWebhook_Chat(t *testing.T) {
	t.Parallel()
	one := map[string]notifyconfig.Chat{"only": {ID: "C0ONLY"}}
	two := map[string]notifyconfig.Chat{"first": {ID: "C0FIRST"}, "second": {ID: "C0SECOND"}}
	byDefault := map[string]notifyconfig.Chat{"first": {ID: "C0FIRST"}, "second": {ID: "C0SECOND", Default: true}}
	for _, test := range []struct {
		query, configured string
		chats             map[string]notifyconfig.Chat
		want, code        string
	}{
		{"?chat_id=first", "second", two, "C0FIRST", ""},
		{"?chat_id=C0OTHER&bot=slack", "second", two, "C0OTHER", ""},
		{"", "second", two, "C0SECOND", ""},
		{"", "first", byDefault, "C0FIRST", ""},
		{"", "", byDefault, "C0SECOND", ""},
		{"", "", one, "C0ONLY", ""},
		{"", "", two, "", "missing_chat"},
		{"", "", nil, "", "missing_chat"},
		{"?bot=main", "", one, "", "unknown_bot"},
		{"?chat_id=third", "", one, "", "unknown_chat"},
	} {
		a := open(t, func(o *notify.Options) {
			o.Config.Chats, o.Config.Alertmanager.DefaultChat = test.chats, test.configured
		})
		got := a.post(ciKey, "/alertmanager"+test.query, firing("Disk", "critical", t0))
		if string(got.Code) != test.code {
			t.Errorf("%q, %q: %s, want %q", test.query, test.configured, got.raw, test.code)
		} else if test.code == "" && a.last(1).Chat.ID != test.want {
			t.Errorf("%q, %q: %+v, want %s", test.query, test.configured, a.last(1).Chat, test.want)
		}
	}
}

func TestWebhook_Message(t *testing.T) {
	t.Parallel()
	a := open(t, func(o *notify.Options) {
		o.Config.Alertmanager.FollowUp, o.Config.Alertmanager.TTL, o.Config.Alertmanager.Mentions = event.Update, time.Hour, true
		o.Config.Wait = 10 * time.Second // not for webhooks
	})
	a.is(a.post(opsKey, "/alertmanager", firing("Disk", "critical", t0)), 202, "")
	m := a.last(1)
	if m.Origin != event.FromAlertmanager || m.Status != event.Error || m.Format != event.Markup || !m.Parse || m.Broadcast || m.ExpiresAt.Sub(m.CreatedAt) != time.Hour {
		t.Errorf("%+v", m)
	}
	if !strings.Contains(m.Text, "FIRING") || !strings.Contains(m.Text, "db1 is full") {
		t.Error(m.Text)
	}
	if g := m.Group; g == nil || g.Status != "firing" || m.Subject == nil || m.Subject.Key != g.Key || m.Subject.On != event.Update || !slices.Equal(g.Firing, []string{"Disk — db1 is full"}) ||
		time.Since(g.Newest).Abs() > time.Minute {
		t.Errorf("%+v %+v", m.Group, m.Subject)
	}
	a.is(a.post(opsKey, "/grafana", grafana("alerting")), 202, "")
	if m := a.last(2); m.Origin != event.FromGrafana || m.Status != event.Error || m.Subject != nil || m.Group == nil || m.Parse || !strings.Contains(m.Text, "TestAlert") {
		t.Errorf("%+v", m)
	}
}

func TestWebhook_Skipped(t *testing.T) {
	t.Parallel()
	a := open(t, func(o *notify.Options) { o.Config.Alertmanager.SendResolved = false })
	got := a.post(ciKey, "/alertmanager", resolved("Disk", "critical", t0))
	if a.is(got, 200, ""); got.raw != "{\"ok\":true,\"skipped\":\"resolved\"}\n" {
		t.Error(got.raw)
	}
	a.is(a.post(ciKey, "/alertmanager", firing("Disk", "critical", t0)), 202, "")
	a.last(1)
}

// TestWebhook_Templates checks that a template that fails at run time loses no alert, and is
// refused where its operator wants that.
func TestWebhook_Templates(t *testing.T) {
	t.Parallel()
	with := func(template string, strict bool) func(*notify.Options) {
		return func(o *notify.Options) {
			o.Config.Alertmanager.Template, o.Config.Alertmanager.TemplateName, o.Config.Alertmanager.StrictTemplates = template, "am.tmpl", strict
		}
	}
	good := open(t, with(`{{ .Status }} {{ (index .Alerts 0).Labels.alertname }}`, false))
	good.is(good.post(ciKey, "/alertmanager", firing("Disk", "critical", t0)), 202, "")
	if m := good.last(1); m.Text != "firing Disk" || m.Format != event.Plain || m.Warnings != nil {
		t.Errorf("%+v", m)
	}
	for _, format := range []event.Format{event.Plain, event.Markdown, event.Native} {
		a := open(t, with(`*{{ .Status }}*`, false), func(o *notify.Options) { o.Config.Alertmanager.Format = format })
		a.is(a.post(ciKey, "/alertmanager", firing("Disk", "critical", t0)), 202, "")
		if m := a.last(1); m.Text != "*firing*" || m.Format != format {
			t.Errorf("format %s: %+v", format, m)
		}
	}
	const failing = `{{ (index .Alerts 5).Status }}`
	bad := open(t, with(failing, false))
	got := bad.post(ciKey, "/alertmanager", firing("Disk", "critical", t0))
	bad.is(got, 202, "")
	if m := bad.last(1); !strings.Contains(m.Text, "FIRING") || !slices.Equal(m.Warnings, []string{"template_error"}) {
		t.Errorf("%+v", m)
	}
	if entry, err := bad.receipts.One(t.Context(), got.RequestID); err != nil || !slices.Equal(entry.Warnings, []string{"template_error"}) {
		t.Errorf("%+v, %v", entry, err)
	}
	if !strings.Contains(bad.log.String(), `"code":"template_error"`) {
		t.Error(bad.log.String())
	}
	strict := open(t, with(failing, true))
	strict.is(strict.post(ciKey, "/alertmanager", firing("Disk", "critical", t0)), 400, "template_error")
	options := notify.Options{Config: config(), Receipts: strict.receipts, Blobs: strict.blobs, Publisher: strict.queue}
	options.Config.Chats = nil
	with("{{ .Stat", false)(&options)
	if _, err := notify.New(options); err == nil || !strings.Contains(err.Error(), "am.tmpl") {
		t.Errorf("a template that cannot be read: %v", err)
	}
}

// TestGrafana_ChannelByName has Redis away while the channel is looked up, too.
func TestGrafana_ChannelByName(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	a := openOn(t, redistest.Dial(t, server.URL()), redistest.App(), func(o *notify.Options) { o.Config.Grafana.DefaultChat = "#general" })
	server.Stop(t)
	a.is(a.post(ciKey, "/alertmanager?chat_id=general", firing("Disk", "critical", t0)), 503, "queue_unavailable")
	answers := make(chan answer, 1)
	go func() { answers <- a.post(ciKey, "/grafana", grafana("alerting")) }()
	select {
	case got := <-answers:
		t.Errorf("answered while Redis is away: %s", got.raw)
	case <-time.After(time.Second):
		server.Restart(t)
		if got := testenv.Next(t, answers); got.status != 202 {
			t.Errorf("Redis is back: %d %s", got.status, got.raw)
		}
		a.last(1)
	}
}
