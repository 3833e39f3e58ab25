// Package sharkfin has what the gateway's and the consumer's part of the platform Sharkfin
// share: the payload of its events, the mark of the bot's own messages, and the bot's
// identity on a server.
//
// It must not know the queue or the handlers.
package sharkfin

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Source is the Source of Sharkfin's events.
const Source = "sharkfin"

// Host returns the name of the server at an address, such as "chat.example.org" or
// "localhost:16000". It is the id of the bot's workspace, and a part of keys in Redis.
func Host(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("GOPHER_SHARKFIN_URL names no host: want an address such as https://chat.example.org/")
	}
	return strings.ToLower(u.Host), nil
}

// Key returns the key that deduplicates a message of a server, whichever way it came:
// "sharkfin/<host>/<message id>".
func Key(host string, message int64) string {
	return Source + "/" + host + "/" + strconv.FormatInt(message, 10)
}
