package slack

// The types of a socket's envelopes that bring something for the queue.
// Source: https://docs.slack.dev/apis/events-api/using-socket-mode
const (
	eventsEnvelope      = "events_api"
	commandEnvelope     = "slash_commands"
	interactiveEnvelope = "interactive"
)
