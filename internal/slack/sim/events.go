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
	"net/url"
	"strconv"
	"time"

	"github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/slack/sim/socket"
)

// delivery is an event on its way to the gateway.
type delivery struct {
	eventID string
	body    []byte
}

// send wraps an event in Slack's envelope and queues it for delivery. It reports the
// event's steps in the journey of m, if there is one. The caller holds w.mu.
func (w *Workspace) send(event map[string]any, m *Message) error {
	if !w.subscribed(event) {
		return nil
	}
	d := delivery{eventID: "Ev" + rand.Text()}
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
		m.Journey = NewJourney(d.eventID, time.Now())
		w.journeys[d.eventID] = m
		w.tell("message", *m)
	}
	select {
	case w.outbox <- d:
		return nil
	default:
		return errors.New("too many events are waiting to be sent: does the workspace run?")
	}
}

// deliver sends an event, and retries while it is not accepted. Each attempt takes the
// transport that is used at its time.
func (w *Workspace) deliver(ctx context.Context, d delivery) {
	reason := ""
	for try := 0; ; try++ {
		var attempt attempt = w.overHTTP
		if w.socket.On() {
			attempt = w.overSocket
		}
		refused := attempt(ctx, d, try, reason)
		if refused == nil {
			if try > 0 {
				w.Outcome(d.eventID, "") // it was refused before
				w.Note(d.eventID, fmt.Sprintf("Slack sent it %d times until it was accepted", try+1))
			}
			w.repeat(ctx, attempt, d, try+1)
			return
		}
		if ctx.Err() != nil {
			return
		}
		reason = refused.reason
		w.Outcome(d.eventID, "refused: "+refused.seen)
		w.opts.Log.Warn().Err(refused.err).Str("seen", refused.seen).Int("try", try).Str("event_id", d.eventID).Msg("the gateway did not take an event")
		if try == len(w.opts.Retries) {
			return
		}
		if !pause.For(ctx, w.opts.Retries[try]) {
			return
		}
	}
}

// refusal says why an attempt failed.
type refusal struct {
	reason string // as a retry names it
	seen   string // as a person is told
	err    error  // nil if the gateway answered
}

// track has the calls of the Web API that name a request's or an envelope's id be steps in
// the journey of an event.
func (w *Workspace) track(eventID, requestID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m := w.journeys[eventID]; m != nil {
		m.Journey = m.Journey.clone()
		m.Journey.requestIDs = append(m.Journey.requestIDs, requestID)
		w.events[requestID] = eventID
	}
}

// overSocket sends an event in an envelope.
func (w *Workspace) overSocket(ctx context.Context, d delivery, try int, reason string) *refusal {
	e := socket.Envelope{Type: socket.EventsAPI, ID: rand.Text(), Payload: d.body, RetryAttempt: try, RetryReason: reason}
	w.track(d.eventID, e.ID)
	if _, err := w.socket.Deliver(ctx, e); err != nil {
		return &refusal{"timeout", "no answer", err}
	}
	return nil
}

// overHTTP sends an event to the Request URL.
func (w *Workspace) overHTTP(ctx context.Context, d delivery, try int, reason string) *refusal {
	header := http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {rand.Text()}}
	w.track(d.eventID, header.Get("X-Request-ID"))
	if try > 0 {
		header.Set("X-Slack-Retry-Num", strconv.Itoa(try))
		header.Set("X-Slack-Retry-Reason", reason)
	}
	status, _, err := w.request(ctx, w.opts.EventURL, header, d.body)
	switch {
	case err != nil:
		return &refusal{"connection_failed", "no answer", err}
	case status/100 != 2:
		return &refusal{"http_error", strconv.Itoa(status), nil}
	}
	return nil
}

// request signs a request to the app, sends it, and returns the answer.
func (w *Workspace) request(ctx context.Context, address string, header http.Header, body []byte) (status int, answer []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header = header
	r.Header.Set("User-Agent", "Slackbot 1.0 (simulated)")
	slack.Sign(r.Header, body, w.opts.SigningSecret, time.Now())
	sent := string(body)
	if form, err := url.ParseQuery(sent); err == nil && header.Get("Content-Type") == formType {
		sent = formAsJSON(form)
	}
	w.recordHTTP(Traffic{Name: r.URL.Path, Body: sent})
	response, err := w.opts.Client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(response.Body, 1<<20))
	w.recordHTTP(Traffic{FromApp: true, Name: r.URL.Path, Status: response.StatusCode, Body: string(answer)})
	return response.StatusCode, answer, err
}
