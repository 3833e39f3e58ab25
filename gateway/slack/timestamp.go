package slack

import (
	"strconv"
	"strings"
	"time"
)

// microseconds is the number from which a timestamp without a fraction counts microseconds:
// as seconds it would be in the year 33,658.
const microseconds = 1_000_000_000_000

// parseTimestamp reads Slack's timestamps, "1531420618.000100": seconds since
// 1970, and a fraction that makes a message's timestamp unique in its channel.
// app_home_opened is documented with one in microseconds, "1515449522000016".
// Source: https://docs.slack.dev/reference/events/app_home_opened
func parseTimestamp(ts string) (time.Time, bool) {
	whole, fraction, dotted := strings.Cut(ts, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds <= 0 {
		return time.Time{}, false
	}
	if !dotted && seconds > microseconds {
		return time.UnixMicro(seconds), true
	}
	micros, err := strconv.ParseInt((fraction + "000000")[:6], 10, 64)
	if err != nil || micros < 0 {
		return time.Time{}, false
	}
	return time.Unix(seconds, micros*1000), true
}
