package doctor

import (
	"fmt"
	"slices"
	"time"

	"github.com/gobridge/gopherbot/internal/presence"
)

const (
	// wrongSecrets is how many requests that were signed with another secret are a failure, if no
	// authentic one has come since the first of them: a platform sends a refused request again.
	wrongSecrets = 3
	// silentLong is how long a platform may send nothing before it is a warning.
	silentLong = 24 * time.Hour
	// youngGateway is how long a new deployment may have had no request.
	youngGateway = time.Hour
)

// Requests judges what a platform has sent. settings are those with which its requests are
// verified.
func Requests(list []presence.Requests, platform, settings string, registered presence.Status, now time.Time) Finding {
	r := presence.Requests{Platform: platform}
	if i := slices.IndexFunc(list, func(r presence.Requests) bool { return r.Platform == platform }); i >= 0 {
		r = list[i]
	}
	check := r.Platform + " requests"
	last := "no authentic request so far"
	if !r.Authentic.IsZero() {
		last = fmt.Sprintf("the last authentic request was %v ago", ago(now, r.Authentic))
	}
	message := last
	if r.Refused > 0 {
		message += fmt.Sprintf("; %d refused since %s, %d of them signed with another secret, the last %v ago: %s",
			r.Refused, r.FirstRefused.UTC().Format(time.RFC3339), r.WrongSecret, ago(now, r.LastRefused), r.Reason)
	}
	const strangers = "strangers send such requests, and nothing is to be done, unless the bot does not answer"
	wrong := fmt.Sprintf("give all gateways what the platform has now as %s, and set their clocks", settings)
	switch {
	case r.WrongSecret >= wrongSecrets:
		return state(check, Failure, message, wrong)
	case r.WrongSecret > 0, r.Refused > 0 && r.Authentic.IsZero():
		return state(check, Warning, message, wrong+"; if the bot answers, somebody else has sent them")
	case !r.Authentic.IsZero() && now.Sub(r.Authentic) > silentLong, r.Authentic.IsZero() && oldestGateway(registered, now) > youngGateway:
		return state(check, Warning, message, "write to the bot; if nothing comes, check the address that the platform has, its subscriptions to events, and that the bot is in channels")
	case r.Refused > 0:
		return ok(check, "%s; %s", message, strangers)
	default:
		return ok(check, "%s", message)
	}
}

// oldestGateway is how long the oldest gateway has been running.
func oldestGateway(registered presence.Status, now time.Time) (age time.Duration) {
	for _, i := range registered.Instances {
		if i.Role == "gateway" {
			age = max(age, now.Sub(i.Started))
		}
	}
	return age
}
