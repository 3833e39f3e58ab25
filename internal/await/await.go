// Package await carries a consumer's answer to the gateway that waits for it, within the
// seconds that a platform gives. It is for answers that cannot come later, such as the
// errors of a form that somebody submits.
//
// The gateway registers a wait with a Waiter and puts its address into the event. The
// consumer gives its answer to the address with Answers.Give. At the end of its budget the
// gateway takes the wait itself. Both are one atomic step on one key in Redis, so exactly
// one side wins and both know which one did:
//
//   - Give returned true: the gateway has the answer, or gets it with its own attempt.
//   - Give returned false: the gateway has given the neutral answer.
//
// Two failures leave one side without the result. A gateway that dies after Give returned
// true answers nobody. A Redis that does not answer the gateway at the end of the budget
// leaves it without the result: Waiter.Await returns an error then, and the gateway tries
// on to take the wait, so that a consumer which answers later than that is told so.
//
// The package must not know platforms, events' payloads or the content of an answer.
package await

import (
	"embed"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// MaxAnswer is how many bytes an answer may have: 256 kB. Slack takes views of 250 kB.
const MaxAnswer = 256_000

const (
	// answerTTL is how long an answer is kept, on its list and beside its verdict. It is
	// longer than any gateway waits.
	answerTTL = time.Minute
	// givenTTL is how long the verdict "given" is kept. A second Give of the same event
	// finds it; after that, Give succeeds again, for nobody.
	givenTTL = 2 * time.Minute
	// lateTTL is how long the verdict "late" is kept. An event may wait so long for a
	// consumer without its answer being taken for one in time. Publishers keep the keys of
	// events as long.
	lateTTL = 2 * time.Hour
)

// late is the verdict of a gateway; a consumer's is given and the id of its event.
const (
	late  = "late"
	given = "event:"
)

// keys names the Redis keys of one gateway. The part in braces is Redis Cluster's hash
// tag: keys with the same tag live in one slot, so that one script may use them together.
// docs/redis.md lists them.
type keys struct{ prefix string }

func keysOf(app, gateway string) keys { return keys{app + ":{answers." + gateway + "}:"} }

// verdict is who won: late, or given and the event's id.
func (k keys) verdict(token string) string { return k.prefix + token }

// answer is the answer of a wait that a consumer won.
func (k keys) answer(token string) string { return k.prefix + token + ":answer" }

// list is a list of answers that the gateway has not read: "<token> <answer>".
func (k keys) list() string { return k.prefix + "list" }

// parse splits an address, "<gateway>/<token>". Both have letters and digits only: the
// address has passed through the queue and becomes part of keys.
func parse(address string) (gateway, token string, err error) {
	gateway, token, ok := strings.Cut(address, "/")
	if !ok || !isName(gateway) || !isName(token) {
		return "", "", fmt.Errorf("%.64q is no address of a gateway's wait: want <gateway>/<token>", address)
	}
	return gateway, token, nil
}

// maxName is the maximum length of a gateway's name and of a token.
const maxName = 64

func isName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		default:
			return false
		}
	}
	return 0 < len(s) && len(s) <= maxName
}

//go:embed lua/*.lua
var luaFiles embed.FS

// The scripts; each file documents its script's arguments, work and result.
var (
	giveScript = script("give")
	takeScript = script("take")
)

func script(name string) *redis.Script {
	source, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(err) // the files are compiled in
	}
	return redis.NewScript(string(source))
}
