// Package audit keeps in Redis who did what to a deployment: logins, and the acts of
// operators, through the page /ops or with the command-line tool. It must not know either.
//
// An entry names people by their operators' names, and things by ids. It never has a
// secret, or the text of a message.
package audit

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Via is the way by which an operator acted.
type Via string

// The ways.
const (
	Page Via = "page" // /ops of a gateway
	Tool Via = "tool" // the command-line tool
)

// Action is the kind of an act, in words for operators. Another one needs no change here.
type Action string

// The actions that the page and the tool have in common, so that both use the same words.
const (
	Login        Action = "login"
	LoginRefused Action = "login refused"
	Logout       Action = "logout"
	ReadText     Action = "read text"
	Replay       Action = "replay"
	Drop         Action = "drop"
	RetryNow     Action = "retry now"
	Pause        Action = "pause"
	Resume       Action = "resume"
	Silence      Action = "silence"
	Unsilence    Action = "unsilence"
	Ignore       Action = "ignore"
	Unignore     Action = "unignore"
	Say          Action = "say"
	Delete       Action = "delete"
	Purge        Action = "purge"
)

// The outcomes that are not errors.
const (
	// Begun is the outcome of an act that has not ended, or of whose end nothing is known:
	// its process died, or Redis was away.
	Begun = "begun"
	Done  = "done"
)

// The bounds of an entry's texts, in characters. Longer ones are cut.
const (
	MaxName = 64  // Who, From, Via and Action
	MaxText = 300 // On, Detail and Outcome
)

// Entry is one act.
type Entry struct {
	// ID orders the entries. It and At are set by Redis. An act that has ended has the ID of
	// its end.
	ID string `json:"id"`
	// At is when the act began.
	At time.Time `json:"at"`
	// Who is the operator's name, as they gave it. It is "-" if nobody has logged in.
	Who string `json:"who"`
	// From is the address or the host that they acted from.
	From string `json:"from"`
	Via  Via    `json:"via"`
	// Action is the kind of the act, and On what it was done to, such as
	// "message_public 1700000000000-0".
	Action Action `json:"action"`
	On     string `json:"on,omitempty"`
	// Count is how many things it was done to, 0 if the act is not about a number of them.
	Count int64 `json:"count,omitempty"`
	// Detail says more, such as a filter or a reason.
	Detail string `json:"detail,omitempty"`
	// Outcome is Begun, Done or why the act failed.
	Outcome string `json:"outcome"`
}

// The fields of an entry in the stream. All entries have all of them in this order: then
// Redis stores the names once for many entries.
const (
	fieldAt      = "at" // Unix time in ms; "" if it is that of the entry's id
	fieldWho     = "who"
	fieldFrom    = "from"
	fieldVia     = "via"
	fieldAction  = "action"
	fieldOn      = "on"
	fieldCount   = "count"
	fieldDetail  = "detail"
	fieldOutcome = "outcome"
)

// check returns an error if an entry does not say who did what.
func (e Entry) check() error {
	if e.Who == "" || e.Via == "" || e.Action == "" {
		return fmt.Errorf("the audit entry %+v lacks Who, Via or Action", e)
	}
	return nil
}

// fields returns the entry as it is stored. at is "" or the time at which it began, in ms.
func (e Entry) fields(at string) []any {
	count := ""
	if e.Count != 0 {
		count = fmt.Sprint(e.Count)
	}
	return []any{
		fieldAt, at, fieldWho, cut(e.Who, MaxName), fieldFrom, cut(e.From, MaxName), fieldVia, cut(string(e.Via), MaxName),
		fieldAction, cut(string(e.Action), MaxName), fieldOn, cut(e.On, MaxText), fieldCount, count,
		fieldDetail, cut(e.Detail, MaxText), fieldOutcome, cut(e.Outcome, MaxText),
	}
}

// cut returns the first n characters of a text.
func cut(text string, n int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n-1]) + "…"
}

// outcome returns the outcome of an act that ended with err.
func outcome(err error) string {
	if err == nil {
		return Done
	}
	return "failed: " + err.Error()
}

// A NotRecordedError is the error of an act that was refused, because it could not be
// recorded.
type NotRecordedError struct {
	Action Action
	Err    error
}

func (e *NotRecordedError) Error() string {
	return fmt.Sprintf("%s: nothing was done, because the audit could not be written: %v", e.Action, e.Err)
}

func (e *NotRecordedError) Unwrap() error { return e.Err }

// errUnended is part of the error of an act whose outcome could not be recorded.
var errUnended = errors.New("the audit has no outcome of this act")
