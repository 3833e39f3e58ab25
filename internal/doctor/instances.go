package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/presence"
)

const (
	// deployTimeout is how long old and new processes usually run side by side.
	deployTimeout = 10 * time.Minute
	// startTimeout is how long a process may take until it can do its work.
	startTimeout = 30 * time.Second
)

// Instances lists the registered processes, and checks that they are ready, of one commit, and
// in one mode.
func Instances(s presence.Status, now time.Time) []Finding {
	var list []Finding
	for _, i := range s.Instances {
		list = append(list, instance(i, s.Instances, now))
	}
	if len(s.Instances) > 0 {
		list = append(list, commits(s.Instances, now), mode(s.Instances))
	}
	if !s.Rewound.IsZero() {
		list = append(list, bad("redis history", Warning,
			fmt.Sprintf("at %s a process found that Redis had gone back to an earlier state, or had lost its data", s.Rewound.UTC().Format(time.RFC3339)),
			"if a backup was restored, stop all processes, run gopherbot restore and start them again; if not, gopherbot restore --keep-queue clears this warning"))
	}
	return list
}

// instance describes a process. One that is not ready is a failure, unless it has just started
// or another of its role does its work.
func instance(i presence.Instance, all []presence.Instance, now time.Time) Finding {
	const check = "instance"
	described := fmt.Sprintf("%v, commit %s, started %s, %v ago", i, shortCommit(i.Commit), i.Started.UTC().Format(time.RFC3339), ago(now, i.Started))
	works := func(other presence.Instance) bool { return other.Role == i.Role && other.NotReady == "" }
	switch {
	case i.NotReady == "":
		return ok(check, "%s", described)
	case now.Sub(i.Started) < startTimeout:
		return state(check, Warning, described+": not at work yet: "+i.NotReady, "run doctor again in half a minute")
	case slices.ContainsFunc(all, works):
		return state(check, Warning, described+": not at work: "+i.NotReady, "see its log; another "+i.Role+" works")
	default:
		return state(check, Failure, described+": not at work: "+i.NotReady, "see its log, and the other checks; no "+i.Role+" works")
	}
}

// mode checks whether the processes answer everywhere, or are in shadow mode.
func mode(all []presence.Instance) Finding {
	const check = "mode"
	var shadow []string
	implicit := false
	for _, i := range all {
		if i.Environment != production {
			shadow = append(shadow, i.Role+" "+i.Name)
			implicit = implicit || i.Implicit
		}
	}
	names := strings.Join(shadow, ", ")
	switch {
	case len(shadow) == 0:
		return ok(check, "ENV is production: the bot answers everywhere")
	case implicit:
		return bad(check, Warning, "shadow mode, because ENV is not set: the bot answers only who speaks to it, and logs its other answers ("+names+")", setProduction)
	case len(shadow) < len(all):
		return bad(check, Warning, "shadow mode on some: "+names, "give all processes the same ENV")
	default:
		return ok(check, "shadow mode, as ENV says: the bot answers only who speaks to it, and logs its other answers")
	}
}

const (
	production    = "production"
	setProduction = "set ENV=production for all processes; or ENV=staging if shadow mode is intended"
)

// NoEnvironment is the finding of a configuration without ENV, of processes that are not started
// yet.
func NoEnvironment() Finding {
	return bad("mode", Warning, "ENV is not set, so the bot will be in shadow mode: it answers only who speaks to it, and logs its other answers", setProduction)
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
		return state(check, Warning, "several, as during a deploy: "+strings.Join(parts, "; "), "finish the deploy: restart the processes of the older commits")
	default:
		return bad(check, Warning, fmt.Sprintf("several for over %v: %s", deployTimeout, strings.Join(parts, "; ")),
			"restart the processes of the older commits")
	}
}

func shortCommit(commit string) string {
	return cmp.Or(commit[:min(len(commit), 12)], "unknown")
}
