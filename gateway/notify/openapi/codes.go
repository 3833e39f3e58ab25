package openapi

import (
	"slices"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
)

// meanings say of each code when it is answered.
var meanings = map[problem.Code]string{
	problem.Unauthorized:         "There is no key in the request.",
	problem.Forbidden:            "The key or the signature is wrong, or the key may not do this.",
	problem.ChatNotAllowed:       "The key may not send to that chat.",
	problem.BroadcastNotAllowed:  "The text has @mention[all], and the key may not notify everyone.",
	problem.KeyInURL:             "The key is in the address, where proxies log it. Give it in a header.",
	problem.NotFound:             "There is nothing at this path, or not for this key.",
	problem.MethodNotAllowed:     "The endpoint has other methods: see the header Allow.",
	problem.UnsupportedMediaType: "The Content-Type is another, the charset is not UTF-8, or the body is compressed.",
	problem.TooLarge:             "The body or the file is larger than the server takes.",
	problem.IncompleteBody:       "The body did not arrive as a whole within 10 s. Make the same request again.",
	problem.RateLimited:          "The key makes too many requests. Retry-After says how many seconds to wait.",
	problem.IdempotencyMismatch:  "The Idempotency-Key was used with another request.",
	problem.InvalidJSON:          "The body is not one JSON value in UTF-8, or has an unknown field or a wrong type. The error names the field.",
	problem.BadForm:              "The form is not valid, has an unknown field, or has one twice.",
	problem.MissingChat:          "There is no chat_id, and no default chat.",
	problem.UnknownChat:          "There is no such alias or chat.",
	problem.AmbiguousChat:        "Several bots know a chat of that name. Name the bot, too.",
	problem.UnknownThread:        "The thread names no message of that chat.",
	problem.MissingBot:           "There are several bots. Name one.",
	problem.BotMismatch:          "The request names two bots.",
	problem.UnknownBot:           "There is no such bot.",
	problem.EmptyMessage:         "There is no text and no file, or only white space.",
	problem.MessageTooLong:       "The text is too long. Send it as a file.",
	problem.InvalidStatus:        "The status is neither ok nor error.",
	problem.InvalidMentions:      "The mentions are not a list of objects, or too long.",
	problem.BadFile:              "The file is empty, has no name, or is not in base64.",
	problem.InvalidMetadata:      "The metadata is not an object, or too long.",
	problem.InvalidOption:        "A field or a parameter has a value that it cannot have.",
	problem.UnsupportedOption:    "The bot's platform cannot do that. Leave it out, or send on_unsupported: ignore.",
	problem.NoAlerts:             "The webhook has no alerts.",
	problem.TemplateError:        "The template failed, and strict_templates is set.",
	problem.Refused:              "The request waited, and the platform refused the message for good, or its time ended.",
	problem.QueueUnavailable:     "Redis is away, or its answer was lost. The message may have been kept: try again after Retry-After, with an Idempotency-Key so that it is not posted twice.",
	problem.QueueFull:            "Too many messages wait. Nothing was kept: try again after Retry-After.",
	problem.StoreFull:            "Too many files and long texts wait. Nothing was kept: try again after Retry-After.",
	problem.Overloaded:           "The server reads as many large requests as it can, or a monitoring system sends too many. Try again after Retry-After.",
}

// Codes of several endpoints.
var (
	ofKeys    = []problem.Code{problem.KeyInURL, problem.Unauthorized, problem.Forbidden}
	ofPeople  = []problem.Code{problem.RateLimited} // monitoring systems get Overloaded
	ofPlaces  = []problem.Code{problem.MissingChat, problem.UnknownChat, problem.AmbiguousChat, problem.MissingBot, problem.UnknownBot, problem.BotMismatch, problem.ChatNotAllowed}
	ofBodies  = []problem.Code{problem.InvalidJSON, problem.InvalidOption, problem.TooLarge, problem.IncompleteBody, problem.UnsupportedMediaType, problem.Overloaded}
	ofQueuing = []problem.Code{problem.Refused, problem.QueueUnavailable, problem.QueueFull, problem.StoreFull}
	ofSend    = []problem.Code{
		problem.BadForm, problem.UnknownThread, problem.EmptyMessage, problem.MessageTooLong, problem.InvalidStatus, problem.InvalidMentions,
		problem.BadFile, problem.InvalidMetadata, problem.UnsupportedOption, problem.BroadcastNotAllowed, problem.IdempotencyMismatch,
	}
	ofWebhooks = []problem.Code{problem.NoAlerts, problem.TemplateError, problem.NotFound}
)

// byStatus sorts codes by their statuses, and by themselves.
func byStatus(lists ...[]problem.Code) (statuses []int, codes map[int][]problem.Code) {
	codes = map[int][]problem.Code{}
	for _, list := range lists {
		for _, code := range list {
			status := code.Status()
			if codes[status] == nil {
				statuses = append(statuses, status)
			}
			codes[status] = append(codes[status], code)
		}
	}
	for _, list := range codes {
		slices.Sort(list)
	}
	slices.Sort(statuses)
	return statuses, codes
}
