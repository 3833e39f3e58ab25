package process

import (
	"time"

	"github.com/gobridge/gopherbot/consumer"
	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/metrics"
	"github.com/gobridge/gopherbot/internal/slackapi"
)

// answered returns what is told of every request: it is counted, and a hook is
// told.
func answered(hooks Hooks, m *metrics.Set) func(gatewayslack.Answer) {
	var names []string
	for _, o := range gatewayslack.Outcomes() {
		names = append(names, string(o))
	}
	count := m.Requests(names...)
	return func(a gatewayslack.Answer) {
		count(string(a.Outcome), time.Since(a.Received))
		if hooks.Answered != nil {
			hooks.Answered(a)
		}
	}
}

// ran returns what counts the runs of handlers.
func ran(m *metrics.Set, registry *handler.Registry) func(consumer.Run) {
	var outcomes []string
	for _, o := range consumer.RunOutcomes() {
		outcomes = append(outcomes, string(o))
	}
	count := m.Handlers(consumer.Handlers(registry), outcomes)
	return func(r consumer.Run) { count(r.Handler, string(r.Outcome), r.Took) }
}

// called returns what counts the calls of Slack's Web API.
func called(m *metrics.Set) func(slackapi.Call) {
	count := m.WebAPI()
	return func(c slackapi.Call) { count(c.Method, string(c.Status), c.Took, c.Wait) }
}
