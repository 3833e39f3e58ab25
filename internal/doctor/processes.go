package doctor

import "time"

// Process is one kind of the bot's processes.
type Process struct {
	Name string
	// Seen is when one of them last gave a sign of life, by its own clock; the zero
	// time if none did lately.
	Seen time.Time
}

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
		findings = append(findings, ok(check, "gave a sign of life %v ago", max(now.Sub(p.Seen), 0).Round(time.Second)))
	}
	return findings
}
