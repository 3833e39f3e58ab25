package app

import (
	"time"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/arrivals"
	"github.com/gobridge/gopherbot/internal/metrics"
)

// noticing is a platform that says things about the app itself, such as that it was
// uninstalled.
type noticing interface {
	// notices returns their names, as gateway.Result has them.
	notices() []string
}

// watchPlatforms returns a function that counts a request of a platform.
func watchPlatforms(e env, a processRuntime) func(platform string, r gateway.Result) {
	var list []metrics.Platform
	came := map[string]*arrivals.Arrivals{}
	for _, p := range e.platforms() {
		of := arrivals.New(e.timeouts.Memory)
		m := metrics.Platform{Name: p.source(), Last: of.Last}
		if n, ok := p.(noticing); ok {
			m.Notices = n.notices()
		}
		list, came[p.source()] = append(list, m), of
	}
	unauthorized, noticed := a.metrics.Platforms(list)
	return func(platform string, r gateway.Result) {
		if of := came[platform]; of != nil && r.Authentic() {
			of.Note(time.Now())
		}
		if r.Outcome == gateway.Unauthorized {
			unauthorized(platform, r.WrongSecret)
		}
		if r.Notice != "" {
			noticed(platform, r.Notice)
		}
	}
}
