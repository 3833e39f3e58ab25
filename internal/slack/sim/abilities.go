package sim

// Abilities are what people can do in a simulated workspace, and how its texts are written, for
// whoever shows it. Other platforms' have fewer.
type Abilities struct {
	// Platform is its name, such as "Slack".
	Platform string `json:"platform"`
	// Markup says that texts are in Slack's markup. Otherwise they are shown as they are.
	Markup bool `json:"markup"`
	// Apps says that people use commands, shortcuts, buttons, forms and the app's home.
	Apps      bool `json:"apps"`
	Reactions bool `json:"reactions"`
	// Edits says that people edit and delete their messages.
	Edits bool `json:"edits"`
	Files bool `json:"files"`
	// Newcomers says that people join the workspace, and that the bot learns of it.
	Newcomers bool `json:"newcomers"`
	// Private says that direct messages are seen by their members alone.
	Private bool `json:"private"`
}

// Abilities returns all of them.
func (*Workspace) Abilities() Abilities {
	return Abilities{Platform: "Slack", Markup: true, Apps: true, Reactions: true, Edits: true, Files: true, Newcomers: true, Private: true}
}
