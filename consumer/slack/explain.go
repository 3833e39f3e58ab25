package slack

import (
	"errors"

	"github.com/slack-go/slack"

	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// Explain implements consumer.Poster. The code of a refusal is Slack's own.
func (*Platform) Explain(err error) (code, advice string) {
	if refused, ok := errors.AsType[*noticeError](err); ok {
		return refused.code, ""
	}
	if _, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		return "rate_limited", ""
	}
	answer, ok := errors.AsType[slack.SlackErrorResponse](err)
	switch {
	case !ok:
		return "", ""
	case slackapi.Limits(answer.Err):
		return "rate_limited", ""
	case slackapi.OfToken(answer.Err) && advices[answer.Err] == "":
		return answer.Err, "the operator has to replace the bot's token, or install the app again"
	default:
		return answer.Err, advices[answer.Err]
	}
}

// advices say what to do about Slack's refusals.
var advices = map[string]string{
	"not_in_channel":              "invite the bot to the channel",
	"channel_not_found":           "there is no such channel, or it is private: invite the bot, and name it by its id",
	"is_archived":                 "unarchive the channel, or name another",
	"missing_scope":               "the operator has to install the app again with the scopes of its manifest: files:write for files, users:read.email for e-mail addresses",
	"restricted_action":           "the workspace lets only some people post there: name another channel",
	"thread_not_found":            "the message whose thread it is for is gone",
	"message_not_found":           "the message is gone",
	"invalid_metadata_format":     "metadata must be a JSON object that Slack accepts",
	"invalid_metadata_schema":     "metadata must be a JSON object that Slack accepts",
	"metadata_too_large":          "send less metadata",
	"file_uploads_disabled":       "the workspace allows no uploads",
	"file_upload_size_restricted": "the workspace allows no files of that size",
}
