package doctor

import (
	"fmt"
	"time"

	"github.com/gobridge/gopherbot/internal/presence"
)

// maxConnections is how many sockets Slack allows to an app.
// Source: https://docs.slack.dev/apis/events-api/using-socket-mode
const maxConnections = 10

// settling is how long a gateway that has just started may have reported no open socket:
// it opens one within a second or two, and reports it with the next heartbeat, after 5 s.
const settling = 10 * time.Second

// Socket is the answer of Slack to an app token, and to a socket if one was opened.
type Socket struct {
	// Refused is the reason why Slack refuses the token, "" if it does not.
	Refused string
	// Err is the error of a call that got no answer.
	Err error
	// Opened says that a socket was opened, and closed again. AppID and Connections are from Slack's greeting;
	// Connections includes that socket.
	Opened      bool
	AppID       string
	Connections int
}

// Sockets checks the app token of Socket Mode and the sockets that the gateways have
// registered. appID is the configured one, "" if the gateways learn it. registered is
// ignored unless started is true.
func Sockets(s Socket, appID string, registered presence.Status, started bool, now time.Time) []Finding {
	list := []Finding{appToken(s, appID)}
	if !started {
		return list
	}
	return append(list, openSockets(s, registered, now))
}

func appToken(s Socket, appID string) Finding {
	const check = "slack app token"
	switch {
	case s.Refused != "":
		return bad(check, Failure, "Slack does not accept GOPHER_SLACK_APP_TOKEN: "+s.Refused,
			"create one with the scope connections:write at api.slack.com/apps, your app, Basic Information, App-Level Tokens, and see that Socket Mode is on")
	case s.Err != nil:
		return bad(check, Warning, "Slack opens no socket: "+s.Err.Error(),
			"see that Socket Mode is on at api.slack.com/apps, your app, Socket Mode, and that this machine can reach Slack; slack-status.com lists outages")
	case s.Opened && appID != "" && s.AppID != appID:
		return bad(check, Failure, fmt.Sprintf("it is of app %s, and GOPHER_SLACK_APP_ID is %s: the gateway takes none of its envelopes", s.AppID, appID), "make the two agree")
	case s.Opened:
		return ok(check, "accepted; a socket of app %s opened", s.AppID)
	default:
		return ok(check, "accepted; run doctor with --socket to open a socket, too")
	}
}

func openSockets(s Socket, registered presence.Status, now time.Time) Finding {
	const check = "slack sockets"
	gateways, wanted, open, connections, young := 0, 0, 0, 0, false
	for _, i := range registered.Instances {
		young = young || i.Role == "gateway" && now.Sub(i.Started) < settling
		if i.Sockets == nil {
			continue
		}
		gateways++
		wanted += i.Sockets.Wanted
		open += i.Sockets.Open
		connections = max(connections, i.Sockets.Connections)
	}
	if s.Opened {
		connections = s.Connections - 1
	}
	state := fmt.Sprintf("%d of %d are open, in %d gateways; Slack counted %d of this app", open, wanted, gateways, connections)
	switch {
	case young && (gateways == 0 || open < wanted):
		return bad(check, Warning, "a gateway started less than 10 s ago, and has not reported open sockets yet", "run doctor again in a few seconds")
	case gateways == 0:
		return bad(check, Failure, "no gateway with sockets is registered", "start the gateway with GOPHER_SLACK_APP_TOKEN; Slack has no other way in while Socket Mode is on")
	case open == 0:
		return bad(check, Failure, state, "see the gateways' log for the reason: the token, Socket Mode being off, or the network")
	case open < wanted:
		return bad(check, Warning, state, "see the gateways' log for the reason; envelopes come by the others")
	case 2*wanted > maxConnections:
		return bad(check, Warning, fmt.Sprintf("%s; while they are replaced there are twice as many, and Slack allows %d", state, maxConnections),
			"lower GOPHER_SLACK_SOCKETS, or run fewer gateways")
	case connections > wanted:
		return bad(check, Warning, state+": another process takes a share of what people press, and may answer nothing",
			"stop other processes with this app token; a socket that was not closed disappears by itself")
	default:
		return ok(check, "%s", state)
	}
}
