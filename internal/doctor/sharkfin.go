package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// SharkfinServer is a Sharkfin server as the bot is configured for it.
type SharkfinServer struct {
	// URL is its address.
	URL string
	// Identify asks it for the bot's identity, and Channels for all channels.
	Identify func(context.Context) (sharkfin.Identity, error)
	Channels func(context.Context) ([]client.Channel, error)
	// Joins are the channels that the gateway joins, and Speaks those in which the bot posts.
	Joins  []string
	Speaks []Channel
}

// Sharkfin checks the bot's key, its identity and its channels at a Sharkfin server.
func Sharkfin(ctx context.Context, s SharkfinServer) []Finding {
	list := []Finding{sharkfinAddress(s.URL)}
	me, err := s.Identify(ctx)
	list = append(list, sharkfinKey(me, err))
	if err != nil {
		return list
	}
	return append(list, sharkfinChannels(ctx, s))
}

// sharkfinAddress checks that the key is not sent in plain text over a network.
func sharkfinAddress(address string) Finding {
	const check = "sharkfin address"
	u, err := url.Parse(address)
	if err != nil {
		return bad(check, Failure, "GOPHER_SHARKFIN_URL is no address", "set it to the server's, such as https://chat.example.org")
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	if u.Scheme == "http" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return bad(check, Warning, "GOPHER_SHARKFIN_URL is an http:// address: the key and all messages are sent in plain text", "use https://, unless the network to "+host+" is private")
	}
	return ok(check, "%s", u.Scheme+"://"+u.Host)
}

func sharkfinKey(me sharkfin.Identity, err error) Finding {
	const check = "sharkfin key"
	switch {
	case errors.Is(err, client.ErrUnauthorized):
		return bad(check, Failure, "Sharkfin does not accept GOPHER_SHARKFIN_KEY", "set a key that the server's identity service has issued; if it is valid, see that the server reaches that service")
	case errors.Is(err, sharkfin.ErrNotSharkfin):
		return bad(check, Failure, err.Error(), "set GOPHER_SHARKFIN_URL to the server's address, without /ws or /api")
	case err != nil:
		return state(check, Failure, "Sharkfin does not answer: "+err.Error(), "check GOPHER_SHARKFIN_URL, and that the server runs")
	case me.Role == "admin":
		return bad(check, Warning, fmt.Sprintf("accepted: the bot is @%s, and an administrator of the server", me.Username), "have another administrator give it the role bot: the first identity that a server sees becomes its administrator")
	case me.Type != sharkfin.Service:
		return bad(check, Warning, fmt.Sprintf("accepted: the bot is @%s, of the type %s", me.Username, me.Type), "use an identity of the type service: to others the server does not say that there are new messages")
	default:
		return ok(check, "accepted: the bot is @%s", me.Username)
	}
}

// sharkfinChannels checks that the channels exist which the settings name, and that the bot
// is in those in which it posts.
func sharkfinChannels(ctx context.Context, s SharkfinServer) Finding {
	const check = "sharkfin channels"
	all, err := s.Channels(ctx)
	if err != nil {
		return bad(check, Warning, "list the channels: "+err.Error(), "run the check again")
	}
	member := map[string]bool{}
	count := 0
	for _, c := range all {
		if member[c.Name] = c.Member; c.Member {
			count++
		}
	}
	var missing, outside []string
	for _, name := range s.Joins {
		if _, exists := member[name]; !exists {
			missing = append(missing, "#"+name+" (GOPHER_SHARKFIN_CHANNELS)")
		}
	}
	for _, c := range s.Speaks {
		isMember, exists := member[c.Name]
		switch {
		case !exists:
			missing = append(missing, "#"+c.Name+" ("+c.Does+")")
		case !isMember && !slices.Contains(s.Joins, c.Name):
			outside = append(outside, "#"+c.Name+" ("+c.Does+")")
		}
	}
	switch {
	case len(missing) > 0:
		return state(check, Failure, "there is no channel "+strings.Join(missing, ", "), "create it, or correct its name")
	case len(outside) > 0:
		return state(check, Failure, "the bot is not in "+strings.Join(outside, ", ")+", and cannot post there", "add it to GOPHER_SHARKFIN_CHANNELS, or invite the bot")
	case count == 0 && len(s.Joins) == 0:
		return bad(check, Warning, "the bot is in no channel: it sees direct messages only", "invite it, or set GOPHER_SHARKFIN_CHANNELS")
	default:
		return ok(check, "the bot is in %d of %d", count, len(all))
	}
}
