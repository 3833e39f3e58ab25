package slack

import (
	"fmt"
	"slices"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/gateway"
)

// workspaces returns the ids of the workspaces that an envelope names, the most
// authoritative first: those whose installation of the app the event is sent for,
// the one in whose context it is seen, and the one where it happened. They differ
// in channels that several workspaces share by Slack Connect, and within an
// organization, where each may be missing or null.
// Sources: https://docs.slack.dev/apis/events-api#authorizations,
// https://docs.slack.dev/apis/slack-connect
func workspaces(envelope *fastjson.Value) []string {
	var ids []string
	for _, a := range envelope.GetArray("authorizations") {
		ids = append(ids, text(a, "team_id"))
	}
	ids = append(ids, text(envelope, "context_team_id"), text(envelope, "team_id"))
	return slices.DeleteFunc(ids, func(id string) bool { return id == "" })
}

// otherWorkspace returns what to do about an envelope that does not name the
// workspace teamID, the zero value if it does.
func otherWorkspace(envelope *fastjson.Value, teamID string) gateway.Decoded {
	switch ids := workspaces(envelope); {
	case slices.Contains(ids, teamID):
		return gateway.Decoded{}
	case len(ids) == 0:
		return missing("authorizations, context_team_id or team_id")
	default:
		return gateway.Decoded{Outcome: gateway.OtherWorkspace, Reason: fmt.Sprintf("it is for workspace %q", gateway.Truncate(ids[0]))}
	}
}
