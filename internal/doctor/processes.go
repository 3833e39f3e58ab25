package doctor

import (
	"fmt"
	"time"
)

// Process is one kind of the bot's processes.
type Process struct {
	Name string
	// Seen is when one of them last gave a sign of life, by its own clock; the zero
	// time if none did lately.
	Seen time.Time
}

// late is how old the last sign of life of a process that is well may be: it gives
// one every five seconds.
const late = 20 * time.Second

// Processes judges whether the bot's processes run.
func Processes(list []Process, now time.Time) []Finding {
	var findings []Finding
	for _, p := range list {
		check := "process " + p.Name
		if p.Seen.IsZero() {
			findings = append(findings, bad(check, Failure, "none gave a sign of life within the last minute",
				"start it; if it does not stay, its log says why; if it runs, see that it has the same REDIS_URL and GOPHER_APP, and that Redis is not full"))
			continue
		}
		age := max(now.Sub(p.Seen), 0).Round(time.Second)
		if age > late {
			findings = append(findings, bad(check, Warning, fmt.Sprintf("the last sign of life was %v ago, and there should be one every few seconds", age),
				"see whether it still runs: one that has stopped is a failure after a minute"))
			continue
		}
		findings = append(findings, ok(check, "gave a sign of life %v ago", age))
	}
	return findings
}
