package doctor

import (
	"errors"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/presence"
)

func TestSockets_AppToken(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		s    Socket
		app  string
		want Status
		says string
	}{
		{"not opened", Socket{}, "A1", OK, "accepted; run doctor with --socket"},
		{"opened", Socket{Opened: true, AppID: "A1"}, "A1", OK, "accepted; a socket of app A1 opened"},
		{"opened, of an app that is learned", Socket{Opened: true, AppID: "A1"}, "", OK, "accepted; a socket of app A1 opened"},
		{"of another app", Socket{Opened: true, AppID: "A2"}, "A1", Failure, "it is of app A2, and GOPHER_SLACK_APP_ID is A1"},
		{"refused", Socket{Refused: "invalid_auth"}, "", Failure, "Slack does not accept GOPHER_SLACK_APP_TOKEN: invalid_auth"},
		{"no answer", Socket{Err: errors.New("connection refused")}, "", Warning, "Slack opens no socket: connection refused"},
	} {
		list := Sockets(test.s, test.app, presence.Status{}, false, time.Now())
		check(t, test.name, list[0], test.want, test.says)
		if len(list) != 1 {
			t.Errorf("%s: %d findings before the processes are started", test.name, len(list))
		}
	}
}

func TestSockets_OfGateways(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, test := range []struct {
		name     string
		s        Socket
		gateways []presence.Sockets
		want     Status
		says     string
	}{
		{"none", Socket{}, nil, Failure, "no gateway with sockets is registered"},
		{"all are open", Socket{}, []presence.Sockets{{Wanted: 1, Open: 1, Connections: 2}, {Wanted: 1, Open: 1, Connections: 1}}, OK,
			"2 of 2 are open, in 2 gateways; Slack counted 2 of this app"},
		{"ours is not counted", Socket{Opened: true, Connections: 2}, []presence.Sockets{{Wanted: 1, Open: 1, Connections: 1}}, OK,
			"1 of 1 are open, in 1 gateways; Slack counted 1 of this app"},
		{"none is open", Socket{}, []presence.Sockets{{Wanted: 2}}, Failure, "0 of 2 are open"},
		{"one is not open", Socket{}, []presence.Sockets{{Wanted: 2, Open: 1, Connections: 1}}, Warning, "1 of 2 are open"},
		{"too many for their replacement", Socket{}, []presence.Sockets{{Wanted: 3, Open: 3, Connections: 6}, {Wanted: 3, Open: 3, Connections: 6}}, Warning,
			"6 of 6 are open, in 2 gateways; Slack counted 6 of this app; while they are replaced there are twice as many, and Slack allows 10"},
		{"somebody else's", Socket{}, []presence.Sockets{{Wanted: 1, Open: 1, Connections: 3}}, Warning,
			"Slack counted 3 of this app: another process takes a share of what people press"},
	} {
		var registered presence.Status
		for _, sockets := range test.gateways {
			registered.Instances = append(registered.Instances,
				presence.Instance{Role: "gateway", Started: now.Add(-time.Minute), Sockets: &sockets}, presence.Instance{Role: "consumer", Started: now})
		}
		check(t, test.name, Sockets(test.s, "", registered, true, now)[1], test.want, test.says)
	}
}

// TestSockets_OfAGatewayThatHasJustStarted runs doctor right after the start, as the README does.
func TestSockets_OfAGatewayThatHasJustStarted(t *testing.T) {
	t.Parallel()
	now := time.Now()
	none, closed, open := (*presence.Sockets)(nil), &presence.Sockets{Wanted: 1}, &presence.Sockets{Wanted: 1, Open: 1, Connections: 1}
	const waits = "a gateway started less than 10 s ago"
	for _, test := range []struct {
		name    string
		age     time.Duration
		sockets *presence.Sockets
		want    Status
		says    string
	}{
		{"none is reported", 4 * time.Second, none, Warning, waits},
		{"none is open", 9 * time.Second, closed, Warning, waits},
		{"one is open", 6 * time.Second, open, OK, "1 of 1 are open"},
		{"none is reported any more", 11 * time.Second, none, Failure, "no gateway with sockets is registered"},
		{"none is open any more", 11 * time.Second, closed, Failure, "0 of 1 are open"},
	} {
		registered := presence.Status{Instances: []presence.Instance{{Role: "gateway", Started: now.Add(-test.age), Sockets: test.sockets}}}
		check(t, test.name, Sockets(Socket{}, "", registered, true, now)[1], test.want, test.says)
	}
}
