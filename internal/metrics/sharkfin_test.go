package metrics_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/metrics"
)

func TestSet_Sharkfin(t *testing.T) {
	t.Parallel()
	s := metrics.New("gateway", "", "")
	s.Sharkfin([]string{"ws", "presence"}, []string{"push", "read"}, []string{"own"}, func() metrics.SharkfinCounts {
		return metrics.SharkfinCounts{
			Leads: true, Channels: 3, Open: map[string]bool{"ws": true}, Accepted: map[string]uint64{"push": 7}, Skipped: map[string]uint64{"own": 2},
			Reconnects: map[string]uint64{"presence": 4}, Deaf: 1, Silence: 1500 * time.Millisecond,
		}
	})
	text := scrape(t, s, zerolog.Nop())
	for _, want := range []string{
		"gopherbot_gateway_sharkfin_leading 1\n", "gopherbot_gateway_sharkfin_reading_alone 0\n", "gopherbot_gateway_sharkfin_channels 3\n",
		`gopherbot_gateway_sharkfin_sockets{socket="ws"} 1`, `gopherbot_gateway_sharkfin_sockets{socket="presence"} 0`,
		`gopherbot_gateway_sharkfin_messages_total{way="push"} 7`, `gopherbot_gateway_sharkfin_messages_total{way="read"} 0`,
		`gopherbot_gateway_sharkfin_skipped_total{reason="own"} 2`, `gopherbot_gateway_sharkfin_reconnects_total{socket="presence"} 4`,
		`gopherbot_gateway_sharkfin_reconnects_total{socket="ws"} 0`, "gopherbot_gateway_sharkfin_deaf_total 1\n", "gopherbot_gateway_sharkfin_silence_seconds 1.5\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}
