package audit

import (
	"context"
	_ "embed" // for the scripts
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// MaxEntries is how many entries are kept at least, if there are so many: about 3 MB of
	// Redis's memory. The oldest are removed.
	MaxEntries = 10_000
	// MaxRefused is how many of them may be refused logins. So guesses at the token, of which
	// there can be many, do not remove what operators did.
	MaxRefused = 1000
	// endTimeout bounds how long the outcome of an act is tried to be written.
	endTimeout = 5 * time.Second
)

// Log writes and reads the audit of a deployment. It is safe for concurrent use.
type Log struct {
	rdb redis.UniversalClient
	app string
}

// New returns the Log of a deployment, app. The caller closes rdb.
func New(rdb redis.UniversalClient, app string) *Log { return &Log{rdb, app} }

// entries is a stream of acts.
func (l *Log) entries() string { return l.app + ":{audit}:entries" }

// refused is a list of the ids of the refused logins in the stream, the oldest first.
func (l *Log) refused() string { return l.app + ":{audit}:refused" }

//go:embed lua/add.lua
var addSource string

var addScript = redis.NewScript(addSource)

// Record records something that has happened, such as a refused login. Outcome defaults to
// Done. An act that may fail is for Do.
func (l *Log) Record(ctx context.Context, e Entry) error {
	if e.Outcome == "" {
		e.Outcome = Done
	}
	_, err := l.add(ctx, e, "", "")
	return err
}

// add adds an entry in place of one, which is "" for none, and returns its id. at is when
// it began in ms, "" for now.
func (l *Log) add(ctx context.Context, e Entry, replaced, at string) (id string, err error) {
	if err := e.check(); err != nil {
		return "", err
	}
	keys := []string{l.entries(), l.refused()}
	bound := 0 // none: it is no refused login
	if e.Action == LoginRefused {
		bound = MaxRefused
	}
	id, err = addScript.Run(ctx, l.rdb, keys, append([]any{MaxEntries, bound, replaced}, e.fields(at)...)...).Text()
	if err != nil {
		return "", fmt.Errorf("record %q of %s in the audit: %w", e.Action, e.Who, err)
	}
	return id, nil
}

// Do records that an act begins, then does it, and records its outcome: how many things it
// was done to, or how it failed. If the beginning cannot be recorded it does nothing and
// returns a NotRecordedError. Otherwise it returns the error of act; the error also says so
// if the outcome could not be recorded. That is recorded even if ctx has ended meanwhile.
//
// An act that did a part returns how many together with its error. The error's text is
// recorded: it must not quote what people wrote.
func (l *Log) Do(ctx context.Context, e Entry, act func(context.Context) (count int64, err error)) error {
	e.Outcome = Begun
	id, err := l.add(ctx, e, "", "")
	if err != nil {
		return &NotRecordedError{e.Action, err}
	}
	count, failure := act(ctx)
	e.Count, e.Outcome = count, outcome(failure)
	began, _, _ := strings.Cut(id, "-")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	if _, err := l.add(ctx, e, id, began); err != nil {
		return errors.Join(failure, fmt.Errorf("%w: %w", errUnended, err))
	}
	return failure
}

// List returns up to n entries, at least one, the latest first: those before the entry with
// the ID before, or the latest if it is "".
func (l *Log) List(ctx context.Context, before string, n int) ([]Entry, error) {
	from := "+"
	if before != "" {
		from = "(" + before
	}
	messages, err := l.rdb.XRevRangeN(ctx, l.entries(), from, "-", int64(max(n, 1))).Result()
	if err != nil {
		return nil, fmt.Errorf("read the audit: %w", err)
	}
	list := make([]Entry, len(messages))
	for i, m := range messages {
		list[i] = entry(m)
	}
	return list, nil
}

// entry decodes an entry. Fields that are missing are "".
func entry(m redis.XMessage) Entry {
	text := func(field string) string {
		s, _ := m.Values[field].(string)
		return s
	}
	at := text(fieldAt)
	if at == "" {
		at, _, _ = strings.Cut(m.ID, "-")
	}
	ms, _ := strconv.ParseInt(at, 10, 64)
	count, _ := strconv.ParseInt(text(fieldCount), 10, 64)
	return Entry{
		ID: m.ID, At: time.UnixMilli(ms).UTC(), Who: text(fieldWho), From: text(fieldFrom), Via: Via(text(fieldVia)),
		Action: Action(text(fieldAction)), On: text(fieldOn), Count: count, Detail: text(fieldDetail), Outcome: text(fieldOutcome),
	}
}
