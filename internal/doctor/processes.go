package doctor

import (
	"fmt"
	"time"
)

// Process is one kind of the bot's processes.
type Process struct {
	Name string
	// Seen is the time of the last heartbeat of one of them, by its own clock; the zero
	// time if there was none within a minute.
	Seen time.Time
}

// late is the age from which the last heartbeat of a process is late. A process sends
// one every five seconds.
const late = 20 * time.Second

// Processes judges whether the bot's processes run.
func Processes(list []Process, now time.Time) []Finding {
	var findings []Finding
	for _, p := range list {
		check := "process " + p.Name
		if p.Seen.IsZero() {
			findings = append(findings, bad(check, Failure, "no heartbeat within the last minute",
				"start it; if it exits, its log has the reason; if it runs, check that it has the same REDIS_URL and GOPHER_APP, and that Redis is not full"))
			continue
		}
		age := max(now.Sub(p.Seen), 0).Round(time.Second)
		if age > late {
			findings = append(findings, bad(check, Warning, fmt.Sprintf("the last heartbeat was %v ago; expected one every 5 s", age),
				"check whether it still runs: without a heartbeat for a minute this is a failure"))
			continue
		}
		findings = append(findings, ok(check, "the last heartbeat was %v ago", age))
	}
	return findings
}
