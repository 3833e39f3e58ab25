package sim

import "context"

// SendTwice has Slack send every event a second time although it was acknowledged, as it does
// when the acknowledgement gets lost on its way.
// Source: https://docs.slack.dev/apis/events-api#retries
func (w *Workspace) SendTwice(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.twice = on
}

// repeat sends an event once more if SendTwice says so.
func (w *Workspace) repeat(ctx context.Context, attempt attempt, d delivery, try int) {
	w.mu.Lock()
	twice := w.twice
	w.mu.Unlock()
	reason := "http_timeout"
	if w.socket.On() {
		reason = "timeout"
	}
	if twice {
		w.Note(d.eventID, "Slack sent it again")
		attempt(ctx, d, try, reason) // it was accepted before, so nothing depends on it
	}
}

// attempt sends an event once. It returns why the app did not accept it, nil if it did.
type attempt func(ctx context.Context, d delivery, try int, reason string) *refusal
