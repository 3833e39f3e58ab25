package presence

import "strconv"

// keys names the Redis keys of one deployment. The part in braces is Redis
// Cluster's hash tag: keys with the same tag live in one slot, so that one script or
// transaction may touch them. docs/redis.md lists them.
type keys struct{ app string }

// instances is a hash of registrations by the instance's id:
// "<expires> <joined> <team> <environment> <Instance as JSON>". Times are Unix
// times in ms. Team and environment are those that are compared, "-" for none.
func (k keys) instances() string { return k.app + ":{presence}:instances" }

// clock is a hash: the time of the latest heartbeat of any instance (last), and the
// time at which an instance found that Redis had lost heartbeats (rewound).
func (k keys) clock() string { return k.app + ":{presence}:clock" }

// heartbeat is the Unix time in ms of a role's latest heartbeat.
func (k keys) heartbeat(role string) string { return k.app + ":{heartbeat}:" + role }

// reporters is a sorted set of consumers, by the time of their last report.
func (k keys) reporters() string { return k.app + ":{vitals}:names" }

// report is a consumer's last report, a Consumer as JSON.
func (k keys) report(name string) string { return k.app + ":{vitals}:of:" + name }

// failures is a list of Failure values as JSON, the latest first.
func (k keys) failures() string { return k.app + ":{vitals}:failures" }

// unanswered is a hash of the counts of an hour, numbered from 1970: by type and
// reason, such as "message_private/too_old".
func (k keys) unanswered(hour int64) string {
	return k.app + ":{vitals}:unanswered:" + strconv.FormatInt(hour, 10)
}

// notifications is a hash of the counts of an hour, numbered from 1970: see the fields of
// Notifier.
func (k keys) notifications(hour int64) string {
	return k.app + ":{vitals}:notifications:" + strconv.FormatInt(hour, 10)
}

// unsent is a list of Unsent values as JSON, the latest first.
func (k keys) unsent() string { return k.app + ":{vitals}:unsent" }

// requests is a hash of what the platforms have sent, by platform: see Requests.write.
func (k keys) requests() string { return k.app + ":{vitals}:requests" }
