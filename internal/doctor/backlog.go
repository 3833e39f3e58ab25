package doctor

import (
	"cmp"
	"fmt"

	"github.com/gobridge/gopherbot/workqueue"
)

// Backlog is the configured maximum of the queue.
type Backlog struct {
	// Max is the number of events that a stream may hold, 0 if it depends on Redis's memory.
	Max int
	// Shards is the number of streams for the events of a type.
	Shards int
}

// Bound is how many events a stream takes.
func (b Backlog) Bound(servers []Server) int {
	return cmp.Or(b.Max, workqueue.BacklogFor(leastMemory(servers), b.Shards, len(servers)))
}

// leastMemory returns the memory in bytes of the smallest server, 0 if one does not report it.
func leastMemory(servers []Server) (memory int64) {
	for i, s := range servers {
		if m := cmp.Or(s.number("maxmemory"), s.number("total_system_memory")); i == 0 || m < memory {
			memory = m
		}
	}
	return memory
}

// judge compares the maximum with the memory of the smallest server.
func (b Backlog) judge(servers []Server) Finding {
	const check = "queue backlog"
	memory := leastMemory(servers)
	masters := max(len(servers), 1)
	full := int64(b.Max) * workqueue.EventSize * int64((b.Shards+masters-1)/masters) // the streams of one type on one server
	fits := workqueue.BacklogFor(memory, b.Shards, len(servers))
	switch {
	case b.Max == 0 && memory == 0:
		return bad(check, Warning, fmt.Sprintf("Redis does not report its memory, so a stream holds only %d events", fits),
			"set GOPHER_QUEUE_MAX_BACKLOG to a quarter of Redis's memory in bytes, divided by 4096")
	case b.Max == 0:
		return ok(check, "a stream holds up to %d events, by Redis's memory", fits)
	case memory == 0:
		return ok(check, "a stream holds up to %d events, as GOPHER_QUEUE_MAX_BACKLOG says; Redis does not report its memory", b.Max)
	case full > memory/2:
		return bad(check, Warning,
			fmt.Sprintf("GOPHER_QUEUE_MAX_BACKLOG is %d: events of one type alone may take %s of Redis's %s", b.Max, megabytes(full), megabytes(memory)),
			fmt.Sprintf("unset it, which makes it %d, or get more memory", fits))
	default:
		return ok(check, "a stream holds up to %d events, as GOPHER_QUEUE_MAX_BACKLOG says", b.Max)
	}
}
