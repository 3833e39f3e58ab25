// Package doctor checks a deployment: its configuration, its Redis, its app at
// Slack and its gateway. Each subject has a file. The data comes through a narrow
// interface, and a pure function of that data makes the findings.
//
// A release may be checked before its processes are started: see Release.
//
// Doctor changes nothing. It knows neither how the processes are built nor who
// reads the findings.
package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Status is the result of a check.
type Status string

// The statuses. A Failure stops the bot, or part of it, now or at the next
// outage. A Warning may be intended.
const (
	OK      Status = "ok"
	Warning Status = "warning"
	Failure Status = "failure"
)

// Finding is the result of one check.
type Finding struct {
	// Check names the check, such as "redis version".
	Check  string `json:"check"`
	Status Status `json:"status"`
	// Message describes the state, in one line.
	Message string `json:"message"`
	// Fix says how to fix it, in one line; "" when there is nothing to do.
	Fix string `json:"fix,omitempty"`
	// State reports that the finding is about the state of a system at this moment, which the
	// configuration does not decide: Slack does not answer, or Redis is full.
	State bool `json:"-"`
}

func ok(check, format string, args ...any) Finding {
	return Finding{Check: check, Status: OK, Message: line(fmt.Sprintf(format, args...))}
}

// bad is a finding that is not OK. fix says how to fix it.
func bad(check string, s Status, message, fix string) Finding {
	return Finding{Check: check, Status: s, Message: line(message), Fix: line(fix)}
}

// state is a bad finding about a state: see Finding.State.
func state(check string, s Status, message, fix string) Finding {
	f := bad(check, s, message, fix)
	f.State = true
	return f
}

// Release returns the findings of a release that is not started yet. A failure that is a state
// becomes a warning: it must not stop the release, or the rollback, that would help.
func Release(list []Finding) []Finding {
	list = slices.Clone(list)
	for i, f := range list {
		if f.State && f.Status == Failure {
			list[i].Status = Warning
		}
	}
	return list
}

// line joins the lines of text.
func line(text string) string { return strings.Join(strings.Fields(text), " ") }

// Count returns the number of findings that have a status.
func Count(list []Finding, s Status) int {
	return len(slices.DeleteFunc(slices.Clone(list), func(f Finding) bool { return f.Status != s }))
}

// Configuration turns the error of config.Load into findings, one for each of its
// lines. err may be nil.
func Configuration(err error) []Finding {
	const check = "configuration"
	if err == nil {
		return []Finding{ok(check, "complete and valid")}
	}
	var list []Finding
	for text := range strings.Lines(err.Error()) {
		message, fix, _ := strings.Cut(strings.TrimSpace(text), ": ")
		list = append(list, bad(check, Failure, message, fix))
	}
	return list
}

// Deprecated is the finding of an environment variable that is set by its
// deprecated name, was.
func Deprecated(was, name string) Finding {
	return bad("configuration "+was, Warning, "this name is deprecated and will stop working in the next release", "rename it to "+name)
}

// UnknownVariable is the finding of an environment variable that looks like one of ours and
// is none. nearest may be meant; it is "" if none is like it.
func UnknownVariable(name, nearest string) Finding {
	fix := "remove it"
	if nearest != "" {
		fix = "rename it to " + nearest + ", or remove it"
	}
	return bad("configuration "+name, Warning, "no program of this release reads this variable", fix)
}

// WeakSecret is the finding of a secret that is used twice or could be guessed.
func WeakSecret(message, fix string) Finding { return bad("secrets", Warning, message, fix) }

// NoContact is the finding of content that names a contact to people who need help, but has
// none to name.
func NoContact() Finding {
	return bad("admin contact", Warning, "GOPHER_ADMIN_CONTACT is not set: people who ask for help with harassment or spam are only told to find an admin",
		"set it to a channel such as #moderators, a person's id, or an address")
}

// skew checks the difference of a clock from this machine's. The bot does not answer
// messages that seem older than 30 s, and the gateway refuses requests whose time differs
// by more than 5 min.
func skew(check, whose string, ahead time.Duration) Finding {
	message := fmt.Sprintf("%s is %v %s this machine's", whose, ahead.Abs().Round(100*time.Millisecond), map[bool]string{true: "ahead of", false: "behind"}[ahead > 0])
	const fix = "synchronize the clocks with NTP: messages that seem old are not answered, and requests that seem old or early are refused"
	switch {
	case ahead.Abs() >= 20*time.Second:
		return state(check, Failure, message, fix)
	case ahead.Abs() >= 3*time.Second:
		return state(check, Warning, message, fix)
	default:
		return ok(check, "%s is within 3 seconds of this machine's", whose)
	}
}
