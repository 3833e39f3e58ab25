package consumer

import (
	"github.com/gobridge/gopherbot/handler"
)

// Capabilities are the optional abilities of a Platform.
type Capabilities struct {
	// WorkspaceJoins and ChannelJoins say that it sends events about joins.
	WorkspaceJoins, ChannelJoins bool
	// Reactions, Ephemeral and DMs say that its Responders can React,
	// ReplyEphemeral and DM.
	Reactions, Ephemeral, DMs bool
}

// missing returns a line for each of r's declarations that needs a capability that c
// lacks. A declaration with a Run function may need more capabilities: there the
// platform's Responder returns handler.ErrUnsupported.
func missing(r *handler.Registry, c Capabilities) []string {
	var lines []string
	for _, info := range r.Infos() {
		switch {
		case info.Kind == handler.ReactionInfo && !c.Reactions:
			lines = append(lines, info.Name+": no reactions")
		case info.Kind == handler.JoinInfo && info.Trigger == "" && !c.WorkspaceJoins:
			lines = append(lines, info.Name+": no events about who joins the workspace")
		case info.Kind == handler.JoinInfo && info.Trigger != "" && !c.ChannelJoins:
			lines = append(lines, info.Name+": no events about who joins a channel")
		}
	}
	return lines
}

// Feature is one thing that a platform supports or does not.
type Feature struct {
	// Key is the field in the log, such as "reactions".
	Key string
	// Name is for people, such as "emoji reactions".
	Name string
	// Without describes the behaviour of a platform that does not support it.
	Without   string
	Supported bool
}

// Features returns all features, whether p supports them or not, always in the same
// order. It does not call the platform.
func Features(p Platform) []Feature {
	c := p.Capabilities()
	_, posts := p.(Poster)
	_, channels := p.(ChannelDecoder)
	_, interacts := p.(Interactor)
	_, reads := p.(MessageReader)
	_, home := p.(HomePublisher)
	const unsupported = "the handler gets `handler.ErrUnsupported`"
	return []Feature{
		{"reactions", "emoji reactions", unsupported, c.Reactions},
		{"ephemeral", "replies that only one person sees", unsupported, c.Ephemeral},
		{"dms", "direct messages", unsupported, c.DMs},
		{"workspace_joins", "welcomes to the workspace", "they do not run", c.WorkspaceJoins},
		{"channel_joins", "welcomes to a channel", "they do not run", c.ChannelJoins},
		{"interactions", "slash commands, buttons, menus, shortcuts and forms", "the `Fallback` is said, if there is one", interacts},
		{"reaction_events", "handlers of emoji that people add", "they do not run", reads},
		{"home", "a page of the bot's own", "there is none", home},
		{"posts", "posts to a channel, such as announcements", "events of the kind `send` stay on the queue", posts},
		{"channel_changes", "channel changes within seconds", "bgtasks' next list of all channels has them", channels},
	}
}

// logCapabilities logs the features of each platform, and the declarations that do
// not work on it.
func (d *Dispatcher) logCapabilities() {
	for _, source := range d.sources() {
		platform := d.opts.Platforms[source]
		line, lines := d.opts.Log.Info(), missing(d.opts.Registry, platform.Capabilities())
		if len(lines) > 0 {
			line = d.opts.Log.Warn().Strs("unsupported", lines)
		}
		for _, f := range Features(platform) {
			line = line.Bool(f.Key, f.Supported)
		}
		line.Str("source", source).Str("platform", platform.Name()).Msg("platform")
	}
}
