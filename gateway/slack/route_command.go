package slack

import (
	"encoding/json"
	"net/url"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/gateway"
)

// tryAgain is what a person reads whose slash command could not be queued.
const tryAgain = "I cannot take this right now. Please try again in a minute."

// routeCommandForm routes a slash command that came over HTTP, as a form. Its payload has
// the fields as a socket's has them: a JSON object of texts.
func (g *Gateway) routeCommandForm(form url.Values) (gateway.Decoded, error) {
	fields := make(map[string]string, len(form))
	for name := range form {
		fields[name] = form.Get(name)
	}
	body, err := json.Marshal(fields)
	if err != nil {
		return gateway.Decoded{}, err // never: these are texts
	}
	return g.routeCommand(body, overHTTP)
}

// routeCommand routes a slash command. Slack gives it neither a time nor an id: it happened
// when it was received, and the key is of its trigger, which each has anew.
// Source: https://docs.slack.dev/interactivity/implementing-slash-commands
func (g *Gateway) routeCommand(body []byte, transport string) (gateway.Decoded, error) {
	return parsed(body, func(v *fastjson.Value) (gateway.Decoded, error) {
		if decoded, err := g.otherApp(v); err != nil || decoded.Outcome != "" {
			return decoded, err
		}
		switch team := text(v, "team_id"); {
		case team == "":
			return missing("team_id"), nil
		case team != g.opts.TeamID:
			return forWorkspace(team), nil
		}
		for _, field := range [...]string{"command", "user_id", "channel_id", "trigger_id"} {
			if len(v.GetStringBytes(field)) == 0 {
				return missing(field), nil
			}
		}
		decoded, err := queued(g.interaction(triggered(text(v, "trigger_id")), text(v, "channel_id")), body, transport)
		decoded.Busy = tryAgain
		return decoded, err
	})
}
