package sim

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/pause"
)

// delivery is an event on its way to the gateway.
type delivery struct {
	eventID, requestID string
	body               []byte
}

// send wraps an event in Slack's envelope and queues it for delivery. It reports the
// event's steps in the journey of m, if there is one. The caller holds w.mu.
func (w *Workspace) send(event map[string]any, m *Message) error {
	if !w.subscribed(event) {
		return nil
	}
	d := delivery{eventID: "Ev" + rand.Text(), requestID: rand.Text()}
	var err error
	d.body, err = json.Marshal(map[string]any{
		"type": "event_callback", "token": "deprecated", "team_id": w.opts.TeamID, "context_team_id": w.opts.TeamID,
		"api_app_id": w.opts.AppID, "event": event, "event_id": d.eventID, "event_time": time.Now().Unix(),
		"authorizations":        []any{map[string]any{"team_id": w.opts.TeamID, "user_id": BotUserID, "is_bot": true}},
		"is_ext_shared_channel": false,
	})
	if err != nil {
		return fmt.Errorf("encode an event: %w", err)
	}
	if m != nil {
		m.Journey = &Journey{EventID: d.eventID, Steps: []Step{}, requestID: d.requestID, sent: time.Now()}
		w.journeys[d.eventID] = m
		w.events[d.requestID] = d.eventID
		w.tell("message", *m)
	}
	select {
	case w.outbox <- d:
		return nil
	default:
		return errors.New("too many events are waiting to be sent: does the workspace run?")
	}
}

// deliver sends an event, and retries while it is not accepted.
func (w *Workspace) deliver(ctx context.Context, d delivery) {
	reason := ""
	for try := 0; ; try++ {
		status, err := w.attempt(ctx, d, try, reason)
		if err == nil && status/100 == 2 {
			if try > 0 {
				w.Outcome(d.eventID, "") // it was refused before
			}
			return
		}
		if ctx.Err() != nil {
			return
		}
		outcome := fmt.Sprintf("refused: %d", status)
		reason = "http_error"
		if err != nil {
			outcome, reason = "refused: no answer", "connection_failed"
		}
		w.Outcome(d.eventID, outcome)
		w.opts.Log.Warn().Err(err).Int("status", status).Int("try", try).Str("event_id", d.eventID).Msg("the gateway did not take an event")
		if try == len(w.opts.Retries) {
			return
		}
		if !pause.For(ctx, w.opts.Retries[try]) {
			return
		}
	}
}

func (w *Workspace) attempt(ctx context.Context, d delivery, try int, reason string) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.opts.EventURL, bytes.NewReader(d.body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Slackbot 1.0 (simulated)")
	r.Header.Set("X-Request-ID", d.requestID)
	if try > 0 {
		r.Header.Set("X-Slack-Retry-Num", strconv.Itoa(try))
		r.Header.Set("X-Slack-Retry-Reason", reason)
	}
	slack.Sign(r.Header, d.body, w.opts.SigningSecret, time.Now())
	response, err := w.opts.Client.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20))
	return response.StatusCode, err
}
