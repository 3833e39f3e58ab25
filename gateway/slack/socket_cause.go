package slack

import (
	"fmt"
	"slices"
	"time"
)

// The reasons for which a socket is replaced. Those of Slack's disconnect frames are
// Slack's words; too_many_websockets is in no documentation.
const (
	warning     = "warning"             // about 10 s are left
	refresh     = "refresh_requested"   // as are reasons that we do not know
	linkOff     = "link_disabled"       // somebody switched Socket Mode off
	tooMany     = "too_many_websockets" // more than ten
	unknown     = "other"
	old         = "age"
	silent      = "silence"
	writeFailed = "write_failed"
	notJSON     = "not_json"
	closed      = "closed"
	failedDial  = "dial_failed"
)

// ReconnectReasons returns the reasons for which sockets are replaced or dialled again.
func ReconnectReasons() []string {
	return []string{warning, refresh, linkOff, tooMany, unknown, old, silent, writeFailed, notJSON, closed, failedDial}
}

// cause is why a socket is to be replaced, or could not be opened.
type cause struct {
	reason string // one of ReconnectReasons
	err    error  // says more for the log; it has no secret
	// refused says that Slack does not accept us, and that dialling again is of no use.
	refused bool
	// wait is what Slack asks to wait, 0 if it does not.
	wait time.Duration
}

// asked returns the cause of a disconnect frame.
func asked(reason string) cause {
	if slices.Contains([]string{warning, refresh, linkOff, tooMany}, reason) {
		return cause{reason: reason}
	}
	return cause{reason: unknown, err: fmt.Errorf("the reason is %q", reason[:min(len(reason), 64)])}
}

// polite reports whether Slack, or the socket's age, asks for a replacement of a socket
// that is still in use.
func (c cause) polite() bool {
	return slices.Contains([]string{warning, refresh, unknown, old}, c.reason)
}
