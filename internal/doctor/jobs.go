package doctor

import (
	"fmt"
	"time"

	"github.com/gobridge/gopherbot/bgtasks"
)

const (
	// failingRuns is how many failures of a job in a row are a failure. The pauses between them
	// double from 1 s on, so that five take 15 s.
	failingRuns = 5
	// overdue is how late a job's run is unusual: a new leader takes over within 15 s.
	overdue = 5 * time.Minute
)

// Jobs judges the scheduled jobs. Every finding that is not OK is a state.
func Jobs(s bgtasks.Status, now time.Time) []Finding {
	const check = "job"
	var list []Finding
	for _, j := range s.Jobs {
		switch late := now.Sub(j.Next); {
		case j.Failing > 0:
			status := Warning
			if j.Failing >= failingRuns {
				status = Failure
			}
			list = append(list, state(check, status, fmt.Sprintf("%s failed %s, the last time %v ago: %s", j.Name, times(j.Failing), ago(now, j.Last), short(j.Result)),
				"fix the cause: the address or the channel in the job's settings, or the other side; the job is retried by itself"))
		case s.Leader != "" && !j.Next.IsZero() && late > overdue:
			list = append(list, state(check, Warning, fmt.Sprintf("%s was due %v ago, and %s leads", j.Name, late.Round(time.Second), s.Leader),
				"see the log of bgtasks; if it is stuck, restart it"))
		}
	}
	if s.Leader == "" && len(s.Jobs) > 0 {
		list = append(list, state("jobs", Warning, "no bgtasks leads, so no job runs", "start bgtasks, or see its log; a new one leads within 15 s"))
	}
	if len(list) == 0 && len(s.Jobs) > 0 {
		list = append(list, ok("jobs", "%d jobs, of which none fails; %s leads", len(s.Jobs), s.Leader))
	}
	return list
}

func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times in a row", n)
}
