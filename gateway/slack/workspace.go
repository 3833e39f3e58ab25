package slack

import (
	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/gateway"
)

// otherWorkspace returns what to do about an envelope that does not name the
// workspace teamID, the zero value if it does. An envelope names those whose
// installation of the app the event is sent for, the one in whose context it is seen,
// and the one where it happened. They differ in channels that several workspaces share
// by Slack Connect, and within an organization, where each may be missing or null. The
// first of them in this order, the most authoritative one, is logged.
// Sources: https://docs.slack.dev/apis/events-api#authorizations,
// https://docs.slack.dev/apis/slack-connect
func otherWorkspace(envelope *fastjson.Value, teamID string) gateway.Decoded {
	var first []byte
	ours := func(id []byte) bool {
		if len(first) == 0 {
			first = id
		}
		return string(id) == teamID
	}
	for _, a := range envelope.GetArray("authorizations") {
		if ours(a.GetStringBytes("team_id")) {
			return gateway.Decoded{}
		}
	}
	if ours(envelope.GetStringBytes("context_team_id")) || ours(envelope.GetStringBytes("team_id")) {
		return gateway.Decoded{}
	}
	if len(first) == 0 {
		return missing("authorizations, context_team_id or team_id")
	}
	return forWorkspace(string(first))
}
