package await

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// Answers is the consumers' side. It is safe for concurrent use.
type Answers struct {
	rdb redis.UniversalClient
	app string
}

// NewAnswers returns the Answers of a deployment, app. The caller closes rdb.
func NewAnswers(rdb redis.UniversalClient, app string) *Answers { return &Answers{rdb, app} }

// Give gives an answer of at most MaxAnswer bytes to the gateway that waits at answerTo,
// the address in the event. It reports whether the answer is the verdict: true also if an
// earlier call for this event gave one, and false if the gateway has stopped waiting.
// eventID distinguishes the event from all others with this address.
//
// After an error of Redis the verdict is unknown: the answer may have been given. Call it
// again, or return an error so that the event is delivered again. An address or an answer
// that is refused is an error, too, and is refused again.
func (a *Answers) Give(ctx context.Context, answerTo, eventID string, answer []byte) (bool, error) {
	gateway, token, err := parse(answerTo)
	if err != nil {
		return false, err
	}
	if len(answer) > MaxAnswer {
		return false, fmt.Errorf("an answer of %d bytes for a gateway: at most %d", len(answer), MaxAnswer)
	}
	k := keysOf(a.app, gateway)
	won, err := giveScript.Run(ctx, a.rdb, []string{k.verdict(token), k.answer(token), k.list()},
		given+eventID, givenTTL.Milliseconds(), answer, token, answerTTL.Milliseconds()).Bool()
	if err != nil {
		return false, fmt.Errorf("give an answer to the gateway that waits for it: %w", err)
	}
	return won, nil
}
