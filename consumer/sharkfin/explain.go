package sharkfin

import (
	"errors"
	"net/http"
	"strings"
)

// Explain implements consumer.Poster.
func (*Platform) Explain(err error) (code, advice string) {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.code, ""
	}
	if said := serverText(err); said != "" {
		for _, a := range advices {
			if strings.Contains(said, a.text) {
				return a.code, a.advice
			}
		}
	}
	switch status, _ := statusOf(err); status {
	case http.StatusTooManyRequests:
		return "rate_limited", ""
	case http.StatusUnauthorized:
		return "unauthorized", "the operator has to replace GOPHER_SHARKFIN_KEY, or start the server's identity service"
	default:
		return "", ""
	}
}

// advices say what to do about the server's refusals, which have texts and no codes.
var advices = []struct{ text, code, advice string }{
	{"you are not a participant", "not_in_channel", "the operator has to add the channel to GOPHER_SHARKFIN_CHANNELS, or somebody in it to invite the bot"},
	{"permission denied", "not_allowed", "the server's administrator has to give the bot the role bot"},
	{"user not found", "unknown_chat", "nobody on the server has that name"},
	{"channel not found", "unknown_chat", "there is no such channel"},
	{"cannot open DM with yourself", "unknown_chat", "that is the bot itself"},
	{"UNIQUE constraint failed", "unknown_chat", "a channel has the name that the server gives to the direct messages of that person"},
	{"parent message", "unknown_thread", "the thread must begin with a message of that channel that is in no thread"},
	{"cannot reply to a reply", "unknown_thread", "the thread must begin with a message that is in no thread"},
}
