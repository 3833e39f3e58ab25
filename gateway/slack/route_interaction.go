package slack

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/url"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/workqueue"
)

// The types of interactions. Source: https://docs.slack.dev/reference/interaction-payloads
const (
	blockActions   = "block_actions"
	globalShortcut = "shortcut"
	messageAction  = "message_action"
	viewSubmission = "view_submission"
	viewClosed     = "view_closed"
	typeAhead      = "block_suggestion"
)

// routeInteractionForm routes an interaction that came over HTTP: a form with one field.
func (g *Gateway) routeInteractionForm(form url.Values) (gateway.Decoded, error) {
	payload := form.Get("payload")
	if payload == "" {
		return missing("payload"), nil
	}
	return g.routeInteraction([]byte(payload), overHTTP)
}

// routeInteraction routes a press, a choice, a shortcut or a form. Slack gives it no time:
// it happened when it was received.
func (g *Gateway) routeInteraction(body []byte, transport string) (gateway.Decoded, error) {
	return parsed(body, func(v *fastjson.Value) (gateway.Decoded, error) {
		kind := text(v, "type")
		if kind == "" {
			return missing("type"), nil
		}
		if decoded, err := g.otherApp(v); err != nil || decoded.Outcome != "" {
			return decoded, err
		}
		team := text(v, "team", "id")
		if team == "" { // the app is installed for an organization
			team = text(v, "user", "team_id")
		}
		switch {
		case team == "":
			return missing("team.id and user.team_id"), nil
		case team != g.opts.TeamID:
			return forWorkspace(team), nil
		}
		key := ""
		switch kind {
		case blockActions, globalShortcut, messageAction, viewSubmission:
			// Neither a view's hash nor an action's time would do: a form that is corrected
			// after an error keeps the hash, and two presses may share the time.
			trigger := text(v, "trigger_id")
			if trigger == "" {
				return missing("trigger_id"), nil
			}
			key = triggered(trigger)
		case viewClosed:
			id := text(v, "view", "id")
			if id == "" {
				return missing("view.id"), nil
			}
			key = id + "/closed"
		case typeAhead: // is asked again for the same letters
		case "interactive_message", "dialog_submission", "dialog_cancellation", "dialog_suggestion":
			return ignored("interactions of the legacy type %q are not handled", kind), nil
		default:
			return ignored("interactions of type %q are not handled", gateway.Truncate(kind)), nil
		}
		channel := text(v, "channel", "id")
		if channel == "" {
			channel = text(v, "container", "channel_id")
		}
		e := g.interaction(key, channel)
		if isLive(v) { // the payload has the address of the answer
			return gateway.Decoded{Event: e, Wait: &gateway.Wait{Late: lateAnswer(v), Payload: func(answerTo string) ([]byte, error) {
				return event.InteractionRequest{Transport: transport, AnswerTo: answerTo, Body: body}.Encode()
			}}}, nil
		}
		return queued(e, body, transport)
	})
}

// triggered returns the key of what has a trigger, which is a secret.
func triggered(trigger string) string {
	sum := sha256.Sum256([]byte(trigger))
	return hex.EncodeToString(sum[:])
}

// interaction returns the event of an interaction, which is known by key in its workspace,
// or is never a duplicate if key is "".
func (g *Gateway) interaction(key, channel string) workqueue.Event {
	e := workqueue.Event{Type: event.Type(Source, event.Interaction), Partition: channel, Source: Source, ID: key, Time: g.opts.Now()}
	if key == "" {
		e.ID = rand.Text()
	} else {
		e.Key = g.opts.TeamID + "/" + key
	}
	return e
}

// queued returns the decision to queue an interaction that nobody waits for.
func queued(e workqueue.Event, body []byte, transport string) (gateway.Decoded, error) {
	var err error
	e.Payload, err = event.InteractionRequest{Transport: transport, Body: body}.Encode()
	return gateway.Decoded{Event: e}, err
}
