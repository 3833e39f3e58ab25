package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// SocketCounts are the counts of a gateway's sockets.
type SocketCounts struct {
	States     map[string]int
	Envelopes  []EnvelopeCount
	Reconnects map[string]uint64 // by reason
	// Silence is how long the open socket that is silent for longest has been so.
	Silence time.Duration
}

// EnvelopeCount is the number of envelopes of a type with an outcome.
type EnvelopeCount struct {
	Type, Outcome string
	N             uint64
}

// Sockets declares the metrics of a gateway's sockets and of their frames. Each state and
// reason begins at 0.
func (s *Set) Sockets(states, reasons []string, read func() SocketCounts) {
	var (
		sockets    = desc("gateway_sockets", "Sockets to a chat platform, by state. Only open and draining ones bring envelopes.", "state")
		envelopes  = desc("gateway_socket_envelopes_total", "Envelopes that came over sockets, by type and outcome: one of the outcomes of requests, or ack_failed.", "type", "outcome")
		reconnects = desc("gateway_socket_reconnects_total", "Sockets that were replaced or could not be opened, by reason.", "reason")
		silence    = desc("gateway_socket_silence_seconds", "Time since the last frame of the open socket that is silent for longest. A socket is given up after 35 s.")
	)
	s.collect(func(to chan<- prometheus.Metric) {
		counts := read()
		for _, state := range states {
			to <- measured(sockets, float64(counts.States[state]), state)
		}
		for _, e := range counts.Envelopes {
			to <- counted(envelopes, int64(e.N), e.Type, e.Outcome)
		}
		for _, reason := range reasons {
			to <- counted(reconnects, int64(counts.Reconnects[reason]), reason)
		}
		to <- measured(silence, counts.Silence.Seconds())
	}, sockets, envelopes, reconnects, silence)
}
