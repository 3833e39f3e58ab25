package doctor

import (
	"testing"
	"time"

	"github.com/gobridge/gopherbot/bgtasks"
)

func TestJobs(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	job := func(failing int64, due time.Duration) bgtasks.JobStatus {
		return bgtasks.JobStatus{Name: "feed/news", Failing: failing, Last: now.Add(-time.Minute), Next: now.Add(due), Result: "HTTP 500"}
	}
	for _, test := range []struct {
		name   string
		status bgtasks.Status
		want   Status
		says   string
	}{
		{"fine", bgtasks.Status{Leader: "bgtasks.1", Jobs: []bgtasks.JobStatus{job(0, time.Minute)}}, OK, "1 jobs, of which none fails; bgtasks.1 leads"},
		{"failed once", bgtasks.Status{Leader: "bgtasks.1", Jobs: []bgtasks.JobStatus{job(1, time.Minute)}}, Warning, "feed/news failed once, the last time 1m0s ago: HTTP 500"},
		{"failed six times", bgtasks.Status{Leader: "bgtasks.1", Jobs: []bgtasks.JobStatus{job(6, time.Minute)}}, Failure, "failed 6 times in a row"},
		{"a little late", bgtasks.Status{Leader: "bgtasks.1", Jobs: []bgtasks.JobStatus{job(0, -time.Minute)}}, OK, "none fails"},
		{"stuck", bgtasks.Status{Leader: "bgtasks.1", Jobs: []bgtasks.JobStatus{job(0, -time.Hour)}}, Warning, "was due 1h0m0s ago, and bgtasks.1 leads"},
		{"nobody leads", bgtasks.Status{Jobs: []bgtasks.JobStatus{job(0, -time.Hour)}}, Warning, "no bgtasks leads"},
	} {
		list := Jobs(test.status, now)
		if len(list) != 1 {
			t.Errorf("%s: %+v", test.name, list)
			continue
		}
		check(t, test.name, list[0], test.want, test.says)
		if list[0].State != (test.want != OK) {
			t.Errorf("%s: it is not a state", test.name)
		}
	}
	if list := Jobs(bgtasks.Status{}, now); len(list) != 0 {
		t.Errorf("of a new deployment: %+v", list)
	}
}
