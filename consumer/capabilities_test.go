package consumer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// plain is a platform that has messages and nothing else.
type plain struct{ consumer.Platform }

func (plain) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// TestDispatcher_LogsCapabilities at the start, with each declaration that does not
// work on a platform, and leaves events alone that a platform does not have.
func TestDispatcher_LogsCapabilities(t *testing.T) {
	t.Parallel()
	declarations := append([]handler.Declaration{
		handler.Reaction{Words: []string{"bbq"}, Emoji: []string{"fire"}},
		handler.ChannelJoin{Channel: "newbies", Text: "hello"},
	}, answers...)
	outcomes := make(chan error, 10)
	var log testenv.Log
	platforms := map[string]consumer.Platform{"slack": &platform{}, "mattermost": plain{&platform{}}}
	d := deploy(t, consumer.Options{Platforms: platforms, Log: zerolog.New(&log)}, func(err error) { outcomes <- err }, declarations...)
	var full, partial string
	for line := range strings.Lines(log.String()) {
		switch {
		case !strings.Contains(line, `"message":"features of the platform"`):
		case strings.Contains(line, `"source":"slack"`):
			full = line
		case strings.Contains(line, `"source":"mattermost"`):
			partial = line
		}
	}
	if !strings.Contains(full, `"level":"info"`) || strings.Contains(full, "unsupported") || !strings.Contains(full, `"posts":true`) {
		t.Errorf("Slack: %s", full)
	}
	for _, want := range []string{`"level":"warn"`, `bbq\": no reactions`, "welcome to #newbies: no events", "workspace welcome: no events", `"posts":false`} {
		if !strings.Contains(partial, want) {
			t.Errorf("Mattermost: %s, want %s", partial, want)
		}
	}
	d.publishFrom("mattermost", event.Type("mattermost", event.WorkspaceJoin), "Ev1", handler.Join{Workspace: "T1", User: "U1"})
	d.publishFrom("mattermost", event.Type("mattermost", event.MessagePublic), "Ev2", in("C1", "books and bbq"))
	if err := testenv.Next(t, outcomes); err != nil {
		t.Error(err)
	}
	testenv.Eventually(t, "the message is handled", func() bool {
		stats, err := d.inspector.Stats(t.Context(), event.Types("mattermost", event.MessagePublic, event.WorkspaceJoin)...)
		return err == nil && stats[0].Depth == 0 && stats[1].Depth == 1
	})
	select {
	case err := <-outcomes:
		t.Errorf("the join is handled: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
}
