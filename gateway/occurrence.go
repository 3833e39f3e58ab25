package gateway

// Occurrence is an event of a chat in words that all platforms share, for programs outside
// the bot.
type Occurrence struct {
	// Name is the event's name, such as "message_public".
	Name string
	// ID is the platform's: of a message the one by which it can be answered, otherwise of
	// the event.
	ID string
	// Text is a message's text as the platform writes it, "" for other events.
	Text string
	// User and Chat are the platform's ids of who did it and where, "" for nowhere.
	User, Chat string
	// Direct says that the bot and the user are alone in the chat.
	Direct bool
	// System says that it is no message.
	System bool
}
