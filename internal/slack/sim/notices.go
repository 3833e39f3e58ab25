package sim

import (
	"encoding/json"
	"fmt"
	"time"
)

// Uninstall removes the app from the workspace: its token is revoked, it is told of both, and
// gets no more events.
// Source: https://docs.slack.dev/reference/events/app_uninstalled
func (w *Workspace) Uninstall() error {
	if err := w.revoke("account_inactive"); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.send(map[string]any{"type": "app_uninstalled"}, nil)
	w.uninstalled = true
	return err
}

// RevokeToken revokes the bot's token, and tells the app.
// Source: https://docs.slack.dev/reference/events/tokens_revoked
func (w *Workspace) RevokeToken() error { return w.revoke("token_revoked") }

// revoke has calls with the bot's token refused with an error, and tells the app.
func (w *Workspace) revoke(refusal string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.revoked = refusal
	return w.send(map[string]any{"type": "tokens_revoked", "tokens": map[string]any{"oauth": []string{}, "bot": []string{BotUserID}}}, nil)
}

// LimitEvents tells the app that events of this minute were dropped.
// Source: https://docs.slack.dev/apis/events-api#rate-limiting
func (w *Workspace) LimitEvents() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	body, err := json.Marshal(map[string]any{
		"type": "app_rate_limited", "token": "deprecated", "team_id": w.opts.TeamID, "api_app_id": w.opts.AppID,
		"minute_rate_limited": time.Now().Truncate(time.Minute).Unix(),
	})
	if err != nil {
		return fmt.Errorf("encode a notice: %w", err)
	}
	return w.enqueue(delivery{body: body})
}
