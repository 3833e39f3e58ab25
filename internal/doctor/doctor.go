// Package doctor looks whether a deployment is well: its configuration, its
// Redis, its app at Slack and its gateway. Each subject has a file: what is
// asked goes through a narrow interface and becomes plain data, and what that
// means is a pure function of it.
//
// It looks and changes nothing. It knows neither how the processes are built nor
// who reads what it found.
package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Status is how something is.
type Status string

// The statuses. A Failure keeps the bot from doing what it is there for, now or
// at the next mishap; a Warning is something to know, and may be on purpose.
const (
	OK      Status = "ok"
	Warning Status = "warning"
	Failure Status = "failure"
)

// Finding is one thing that was looked at.
type Finding struct {
	// Check is what was looked at, such as "redis version".
	Check  string `json:"check"`
	Status Status `json:"status"`
	// Message is how it is, in one line.
	Message string `json:"found"`
	// Fix is how to mend it, in one line; "" when there is nothing to do.
	Fix string `json:"mend,omitempty"`
}

func ok(check, format string, args ...any) Finding {
	return Finding{Check: check, Status: OK, Message: line(fmt.Sprintf(format, args...))}
}

// bad is a finding that is not OK, with how to mend it.
func bad(check string, s Status, found, mend string) Finding {
	return Finding{Check: check, Status: s, Message: line(found), Fix: line(mend)}
}

// line makes one line of what may be several.
func line(text string) string { return strings.Join(strings.Fields(text), " ") }

// Count returns how many findings have a status.
func Count(list []Finding, s Status) int {
	return len(slices.DeleteFunc(slices.Clone(list), func(f Finding) bool { return f.Status != s }))
}

// Configuration turns what config.Load says into findings, one for each of its
// lines; err may be nil.
func Configuration(err error) []Finding {
	const check = "configuration"
	if err == nil {
		return []Finding{ok(check, "complete and valid")}
	}
	var list []Finding
	for text := range strings.Lines(err.Error()) {
		found, mend, _ := strings.Cut(strings.TrimSpace(text), ": ")
		list = append(list, bad(check, Failure, found, mend))
	}
	return list
}

// Deprecated is the finding of an environment variable that is set by its
// deprecated name, was.
func Deprecated(was, name string) Finding {
	return bad("configuration "+was, Warning, "this name is deprecated and will stop working in the next release", "rename it to "+name)
}

// skew judges how far a clock is from this machine's. A message that seems to
// be older than 30 seconds is not answered, and a request that seems to be
// further away than 5 minutes is not taken for Slack's.
func skew(check, whose string, ahead time.Duration) Finding {
	found := fmt.Sprintf("%s is %v %s this machine's", whose, ahead.Abs().Round(100*time.Millisecond), map[bool]string{true: "ahead of", false: "behind"}[ahead > 0])
	const mend = "set the clocks by NTP: messages that seem old are not answered, and requests that seem old or early are refused"
	switch {
	case ahead.Abs() >= 20*time.Second:
		return bad(check, Failure, found, mend)
	case ahead.Abs() >= 3*time.Second:
		return bad(check, Warning, found, mend)
	default:
		return ok(check, "%s is within 3 seconds of this machine's", whose)
	}
}
