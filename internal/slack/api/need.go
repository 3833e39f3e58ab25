package api

// Need is a use of the Web API, declared where it is made. The app's manifest
// asks for the scopes of all of them and for no others.
type Need struct {
	// Method is the method's name, such as "reactions.add".
	Method string
	// Scope is the bot scope that Slack wants for that use, "" for none.
	Scope string
}
