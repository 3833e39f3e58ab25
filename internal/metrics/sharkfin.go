package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// SharkfinCounts are the counts of a gateway's way in from Sharkfin.
type SharkfinCounts struct {
	Leads, Alone bool
	Channels     int
	Open         map[string]bool   // by socket
	Accepted     map[string]uint64 // by way
	Skipped      map[string]uint64 // by reason
	Reconnects   map[string]uint64 // by socket
	Deaf         uint64
	// Silence is how long the server has not answered, 0 if this process does not lead.
	Silence time.Duration
}

// Sharkfin declares the metrics of a gateway's way in from Sharkfin. Each socket, way and
// reason begins at 0.
func (s *Set) Sharkfin(sockets, ways, reasons []string, read func() SharkfinCounts) {
	var (
		leading    = desc("gateway_sharkfin_leading", "1 while this gateway has the lease, and takes the messages of Sharkfin for all gateways, else 0.")
		alone      = desc("gateway_sharkfin_reading_alone", "1 while another client uses the bot's key and gets its messages, so that this gateway reads all channels every 2 s, else 0.")
		channels   = desc("gateway_sharkfin_channels", "Channels and direct conversations that this gateway reads.")
		open       = desc("gateway_sharkfin_sockets", "1 while the socket of Sharkfin is open, else 0: ws brings messages, presence says that there are some.", "socket")
		messages   = desc("gateway_sharkfin_messages_total", "Messages of Sharkfin that were given to the queue, by the way that they came: push or read.", "way")
		skipped    = desc("gateway_sharkfin_skipped_total", "Messages of Sharkfin that were not given to the queue, by reason: own, service or too_large. A message that was pushed and read counts twice.", "reason")
		reconnects = desc("gateway_sharkfin_reconnects_total", "Sockets of Sharkfin that were lost or could not be opened.", "socket")
		deaf       = desc("gateway_sharkfin_deaf_total", "Times that the socket ws got no messages any more, because another client used the bot's key.")
		silence    = desc("gateway_sharkfin_silence_seconds", "Time since Sharkfin last answered, 0 on a gateway that does not have the lease.")
	)
	s.collect(func(to chan<- prometheus.Metric) {
		counts := read()
		to <- measured(leading, truth(counts.Leads))
		to <- measured(alone, truth(counts.Alone))
		to <- measured(channels, float64(counts.Channels))
		for _, socket := range sockets {
			to <- measured(open, truth(counts.Open[socket]), socket)
			to <- counted(reconnects, int64(counts.Reconnects[socket]), socket)
		}
		for _, way := range ways {
			to <- counted(messages, int64(counts.Accepted[way]), way)
		}
		for _, reason := range reasons {
			to <- counted(skipped, int64(counts.Skipped[reason]), reason)
		}
		to <- counted(deaf, int64(counts.Deaf))
		to <- measured(silence, counts.Silence.Seconds())
	}, leading, alone, channels, open, messages, skipped, reconnects, deaf, silence)
}
