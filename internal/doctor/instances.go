package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/presence"
)

// deployTimeout is how long old and new processes may run side by side. After that,
// Instances reports an unfinished deploy.
const deployTimeout = 10 * time.Minute

// Instances lists the registered processes, and checks that all are of one commit.
func Instances(s presence.Status, now time.Time) []Finding {
	var list []Finding
	for _, i := range s.Instances {
		list = append(list, ok("instance", "%v, commit %s, started %s, %v ago", i, shortCommit(i.Commit),
			i.Started.UTC().Format(time.RFC3339), max(0, now.Sub(i.Started)).Round(time.Second)))
	}
	if len(s.Instances) > 0 {
		list = append(list, commits(s.Instances, now))
	}
	if !s.Rewound.IsZero() {
		list = append(list, bad("redis history", Warning,
			fmt.Sprintf("at %s a process found that Redis had gone back to an earlier state, or had lost its data", s.Rewound.UTC().Format(time.RFC3339)),
			"if a backup was restored, stop all processes, run gopherbot restore and start them again; if not, gopherbot restore --keep-queue clears this warning"))
	}
	return list
}

// commits checks that all instances with a known commit have the same one.
func commits(instances []presence.Instance, now time.Time) Finding {
	const check = "commits"
	running := map[string][]string{} // instances by commit
	var latest time.Time
	for _, i := range instances {
		if i.Commit == "" {
			continue
		}
		running[shortCommit(i.Commit)] = append(running[shortCommit(i.Commit)], i.Role+" "+i.Name)
		if i.Started.After(latest) {
			latest = i.Started
		}
	}
	var parts []string
	for commit, names := range running {
		parts = append(parts, commit+": "+strings.Join(names, ", "))
	}
	slices.Sort(parts)
	switch {
	case len(running) == 0:
		return ok(check, "unknown")
	case len(running) == 1:
		return ok(check, "one commit (%s)", parts[0])
	case now.Sub(latest) < deployTimeout:
		return ok(check, "several, as during a deploy (%s)", strings.Join(parts, "; "))
	default:
		return bad(check, Warning, fmt.Sprintf("several for over %v: %s", deployTimeout, strings.Join(parts, "; ")),
			"restart the processes of the older commits")
	}
}

func shortCommit(commit string) string {
	return cmp.Or(commit[:min(len(commit), 12)], "unknown")
}
