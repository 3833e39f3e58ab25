package openapi

import (
	"github.com/gobridge/gopherbot/gateway/notify/problem"
)

// operation is an endpoint with a method.
type operation struct {
	method, path, id string
	summary, about   string
	parameters       []parameter
	bodies           []body
	successes        []success
	codes            [][]problem.Code
	open             bool // needs no key
	signed           bool // a signature stands in for a key
	ifConfigured     bool // is there only if it is configured
}

// parameter is one beside the body.
type parameter struct {
	name, in, about, form string // form is a pattern, or "boolean"
	required              bool
}

// body is what a request may have.
type body struct{ mediaType, schema string }

// success is an answer that is no problem.
type success struct {
	status        int
	about, schema string
	list          bool
	headers       []header
}

type header struct{ name, about string }

var (
	location   = header{"Location", "The path of the message's receipt."}
	preference = header{"Preference-Applied", "How long the request was allowed to wait, if it had the header Prefer."}

	waitQuery  = parameter{name: "wait", in: "query", form: `^[0-9.a-zµ]+$`, about: "How long to wait until the message is posted, `0s` to `15s`. The server's default is usually `0s`: it answers as soon as the message is queued."}
	waitHeader = parameter{name: "Prefer", in: "header", about: "`wait=5` is the same as the parameter `wait` with `5s`."}
	chatQuery  = parameter{name: "chat_id", in: "query", about: "The chat to post in, in place of the configured one."}
	botQuery   = parameter{name: "bot", in: "query", about: "The bot that posts."}
)

var (
	queued = success{status: 202, schema: "Answer", headers: []header{location, preference}, about: "The message is queued. Its receipt says what becomes of it."}
	posted = success{status: 200, schema: "Answer", headers: []header{location, preference}, about: "The message is posted, because the request waited; or it was made before (`duplicate`), or is not to be posted (`skipped`)."}
)

// operations are those of the document, in its order. Each GET is there as HEAD, too.
var operations = []operation{
	{
		method: "POST", path: "/send", id: "send", summary: "Post a message, with or without a file",
		about: "After the answer 202 the message is posted, unless its receipt says why not. After the answer 503 the same request can be made again. With the code queue_unavailable the message may have been kept, so use an Idempotency-Key.",
		parameters: []parameter{
			waitQuery, waitHeader,
			{name: "no_parse", in: "query", form: "boolean", about: "Leaves mentions such as `@mention[email:ada@example.com]` as they are."},
			{name: "Idempotency-Key", in: "header", form: "^[!-~]{1,128}$", about: "The same key and request within 24 h post one message. Use it where you try again."},
		},
		bodies:    []body{{"application/json", "Send"}, {"multipart/form-data", "SendForm"}},
		successes: []success{posted, queued},
		codes:     [][]problem.Code{ofKeys, ofPeople, ofPlaces, ofBodies, ofSend, ofQueuing},
	},
	{
		method: "POST", path: "/alertmanager", id: "alertmanager", summary: "Take a notification of Alertmanager", ifConfigured: true,
		about:      "The same notification within the dedupe window is posted once. Overload is answered 503 and not 429, which Alertmanager takes for final.",
		parameters: []parameter{chatQuery, botQuery, waitQuery, waitHeader}, bodies: []body{{"application/json", "Webhook"}},
		successes: []success{posted, queued}, codes: [][]problem.Code{ofKeys, ofPlaces, ofBodies, ofWebhooks, ofQueuing},
	},
	{
		method: "POST", path: "/grafana", id: "grafana", summary: "Take a notification of Grafana", ifConfigured: true, signed: true,
		about:      "Where `hmac_secret` is configured, a signature of the body stands in for the key.",
		parameters: []parameter{chatQuery, botQuery, waitQuery, waitHeader}, bodies: []body{{"application/json", "Webhook"}},
		successes: []success{posted, queued}, codes: [][]problem.Code{ofKeys, ofPlaces, ofBodies, ofWebhooks, ofQueuing},
	},
	{
		method: "PUT", path: "/grafana", id: "grafanaPut", summary: "The same, for contact points that use PUT", ifConfigured: true, signed: true,
		parameters: []parameter{chatQuery, botQuery, waitQuery, waitHeader}, bodies: []body{{"application/json", "Webhook"}},
		successes: []success{posted, queued}, codes: [][]problem.Code{ofKeys, ofPlaces, ofBodies, ofWebhooks, ofQueuing},
	},
	{
		method: "GET", path: "/receipts/{request_id}", id: "receipt", summary: "Tell what became of a message",
		about:      "Only a key of the same name may ask. Receipts are kept for an hour after the post, and for a day after a failure or with an Idempotency-Key.",
		parameters: []parameter{{name: "request_id", in: "path", required: true, about: "The `request_id` of the answer."}},
		successes:  []success{{status: 200, schema: "Receipt", about: "The receipt."}},
		codes:      [][]problem.Code{ofKeys, ofPeople, {problem.NotFound, problem.InvalidOption, problem.QueueUnavailable}},
	},
	{
		method: "GET", path: "/bot/list", id: "bots", summary: "List the bots that the key may use",
		successes: []success{{status: 200, schema: "Bot", list: true, about: "The bots, sorted by name."}}, codes: [][]problem.Code{ofKeys, ofPeople},
	},
	{
		method: "GET", path: "/chats/alias/list", id: "chats", summary: "List the aliases of chats that the key may send to",
		successes: []success{{status: 200, schema: "Chat", list: true, about: "The aliases, sorted by name."}},
		codes:     [][]problem.Code{ofKeys, ofPeople, {problem.QueueUnavailable}},
	},
	{
		method: "GET", path: "/healthz", id: "healthz", summary: "Tell that the server answers", open: true,
		successes: []success{{status: 200, schema: "Health", about: "It does."}},
	},
}
