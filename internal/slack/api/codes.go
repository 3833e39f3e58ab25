package api

import (
	"errors"

	"github.com/slack-go/slack"
)

// The errors of the Web API, by their meaning for the caller. An error in none of these
// sets is a permanent refusal: another call of that kind is refused, too. An unknown
// error is one of those.
// Source: https://docs.slack.dev/reference/methods, a page for each method, and of
// those chat.postMessage, reactions.add, conversations.open, conversations.info and views.update

// Passing reports whether an error is documented to pass by itself.
func Passing(code string) bool { return passing[code] || rateLimits[code] }

var passing = set(
	"fatal_error", "internal_error", "request_timeout", "service_unavailable",
	"team_added_to_org", "org_login_required", // the workspace is being moved to an organisation
	"accesslimited", // on the current network
)

// Limits reports whether an error is a rate limit that came without HTTP status 429.
func Limits(code string) bool { return rateLimits[code] }

var rateLimits = set("ratelimited", "rate_limited", "message_limit_exceeded")

// OfToken reports whether an error is about the bot's token, its scopes or its
// installation, which an operator can replace.
func OfToken(code string) bool { return ofToken[code] }

// RefusesToken reports whether an error is Slack's answer that it refuses a call for the
// bot's token: see OfToken.
func RefusesToken(err error) bool {
	refused, ok := errors.AsType[slack.SlackErrorResponse](err)
	return ok && OfToken(refused.Err)
}

var ofToken = set(
	"access_denied", "account_inactive", "invalid_auth", "missing_scope", "no_permission", "not_allowed_token_type", "not_authed",
	"team_access_not_granted", "token_expired", "token_revoked", "two_factor_setup_required",
)

// Gone reports whether the target of a call does not exist any more, or not for
// the bot: the message or thread was deleted, the channel was deleted, archived or
// made private, the person or the bot has left it, the form was closed, or the
// response_url is spent.
func Gone(code string) bool { return gone[code] }

var gone = set(
	"channel_not_found", "file_deleted", "file_not_found", "is_archived", "message_not_found", "not_in_channel", "thread_not_found",
	"user_disabled", "user_not_found", "user_not_in_channel", "users_not_found",
	"not_found", "used_url", "expired_url",
)

// Elsewhere reports whether a call was refused because the bot may not speak in that
// conversation: the person can be answered in another.
func Elsewhere(code string) bool { return elsewhere[code] }

var elsewhere = set(
	"channel_not_found", "is_archived", "not_in_channel", "user_not_in_channel", "restricted_action", "restricted_action_read_only_channel",
	"restricted_action_thread_only_channel", "restricted_action_non_threadable_channel", "restricted_action_thread_locked", "thread_locked",
	"messages_tab_disabled",
)

// TriggerSpent reports whether a trigger_id opens no view any more.
// Source: https://docs.slack.dev/reference/methods/views.open
func TriggerSpent(code string) bool { return triggerSpent[code] }

var triggerSpent = set("expired_trigger_id", "exchanged_trigger_id")

// MayHaveHappened reports whether a call with that error may have had its effect. Slack
// documents it for the first two; request_timeout is also its answer when it is slow.
func MayHaveHappened(code string) bool { return mayHaveHappened[code] }

var mayHaveHappened = set("fatal_error", "internal_error", "request_timeout", "service_unavailable", "")

func set(codes ...string) map[string]bool {
	m := make(map[string]bool, len(codes))
	for _, code := range codes {
		m[code] = true
	}
	return m
}
