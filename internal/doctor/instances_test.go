package doctor

import (
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/presence"
)

func TestInstances(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	instance := func(name, commit string, ago time.Duration) presence.Instance {
		return presence.Instance{Role: "consumer", Name: name, Environment: "production", Team: "T0TEST", Commit: commit, Started: now.Add(-ago)}
	}
	list := func(instances ...presence.Instance) []Finding {
		return Instances(presence.Status{Instances: instances}, now)
	}

	all := list(instance("worker.1", "0123456789abcdef", time.Hour), instance("worker.2", "0123456789abcdef", time.Minute))
	check(t, "an instance", all[0], OK, "consumer worker.1 (ENV production, team T0TEST), commit 0123456789ab, started 2026-11-01T11:00:00Z, 1h0m0s ago")
	check(t, "one commit", all[2], OK, "one commit (0123456789ab: consumer worker.1, consumer worker.2)")
	if n := len(list()); n != 0 {
		t.Errorf("%d findings about nothing", n)
	}
	for _, test := range []struct {
		name   string
		others presence.Instance
		want   Status
		says   string
	}{
		{"during a deploy", instance("worker.2", "bbb", 9*time.Minute), Warning, "several, as during a deploy: aaa: consumer worker.1; bbb: consumer worker.2"},
		{"a deploy that was not finished", instance("worker.2", "bbb", 11*time.Minute), Warning, "several for over 10m0s: aaa: consumer worker.1; bbb: consumer worker.2"},
		{"a commit that is not known", instance("worker.2", "", time.Hour), OK, "one commit (aaa: consumer worker.1)"},
		{"a clock that is ahead", instance("worker.2", "bbb", -time.Hour), Warning, "several, as during a deploy"},
	} {
		check(t, test.name, list(instance("worker.1", "aaa", 24*time.Hour), test.others)[2], test.want, test.says)
	}
	check(t, "no commit is known", list(instance("worker.1", "", time.Hour))[1], OK, "unknown")

	rewound := Instances(presence.Status{Rewound: now.Add(-time.Hour)}, now)
	check(t, "Redis went back", rewound[0], Warning, "at 2026-11-01T11:00:00Z")
}

func TestInstances_Readiness(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	consumer := func(notReady string, age time.Duration) presence.Instance {
		return presence.Instance{Role: "consumer", Name: "worker.1", Environment: "production", NotReady: notReady, Started: now.Add(-age)}
	}
	gateway := presence.Instance{Role: "gateway", Name: "web.1", Environment: "production", Started: now.Add(-time.Hour)}
	for _, test := range []struct {
		name string
		of   []presence.Instance
		want Status
		says string
	}{
		{"ready", []presence.Instance{consumer("", time.Hour), gateway}, OK, "consumer worker.1"},
		{"has just started", []presence.Instance{consumer("starting", 29*time.Second), gateway}, Warning, "not at work yet: starting"},
		{"is not at work", []presence.Instance{consumer("waiting for a platform: invalid_auth", time.Hour), gateway}, Failure, "not at work: waiting for a platform: invalid_auth"},
		{"another is", []presence.Instance{consumer("stuck", time.Hour), consumer("", time.Hour)}, Warning, "not at work: stuck"},
		{"none is", []presence.Instance{consumer("stuck", time.Hour), consumer("stuck", time.Hour)}, Failure, "not at work: stuck"},
	} {
		check(t, test.name, Instances(presence.Status{Instances: test.of}, now)[0], test.want, test.says)
	}
}

func TestInstances_Mode(t *testing.T) {
	t.Parallel()
	of := func(environment string, implicit bool) presence.Instance {
		return presence.Instance{Role: "consumer", Name: environment, Environment: environment, Implicit: implicit}
	}
	for _, test := range []struct {
		name string
		of   []presence.Instance
		want Status
		says string
	}{
		{"production", []presence.Instance{of("production", false), of("production", false)}, OK, "answers everywhere"},
		{"ENV is not set", []presence.Instance{of("development", true), of("development", true)}, Warning, "shadow mode, because ENV is not set"},
		{"ENV is set on some", []presence.Instance{of("production", false), of("development", true)}, Warning, "because ENV is not set: the bot answers only who speaks to it, and logs its other answers (consumer development)"},
		{"intended", []presence.Instance{of("staging", false), of("staging", false)}, OK, "shadow mode, as ENV says"},
		{"on some", []presence.Instance{of("production", false), of("staging", false)}, Warning, "shadow mode on some: consumer staging"},
	} {
		list := Instances(presence.Status{Instances: test.of}, time.Now())
		check(t, test.name, list[len(list)-1], test.want, test.says)
	}
	check(t, "not started", NoEnvironment(), Warning, "ENV is not set")
}
