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
	// Edits and Files say that its Outboxes can Edit, and Upload and Share.
	Edits, Files bool
	// Notes say how a feature that it supports differs there, by the Feature's Key.
	Notes map[string]string
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
	// Note says how it differs on the platform, "" if it does not.
	Note string
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
	list := []Feature{
		{Key: "reactions", Name: "emoji reactions", Without: "those that are declared do not run; a handler gets `handler.ErrUnsupported`", Supported: c.Reactions},
		{Key: "ephemeral", Name: "replies that only one person sees", Without: unsupported, Supported: c.Ephemeral},
		{Key: "dms", Name: "direct messages", Without: unsupported, Supported: c.DMs},
		{Key: "workspace_joins", Name: "welcomes to the workspace", Without: "they do not run", Supported: c.WorkspaceJoins},
		{Key: "channel_joins", Name: "welcomes to a channel", Without: "they do not run", Supported: c.ChannelJoins},
		{Key: "interactions", Name: "slash commands, buttons, menus, shortcuts and forms", Without: "the `Fallback` is said, if there is one", Supported: interacts},
		{Key: "reaction_events", Name: "handlers of emoji that people add", Without: "they do not run", Supported: reads},
		{Key: "home", Name: "a page of the bot's own", Without: "there is none", Supported: home},
		{Key: "posts", Name: "posts to a channel, such as announcements", Without: "events of the kind `send` stay on the queue", Supported: posts},
		{Key: "edits", Name: "posts that replace an earlier one", Without: "they are posted in its thread", Supported: c.Edits},
		{Key: "files", Name: "files with a post", Without: "the text is posted without them", Supported: c.Files},
		{Key: "channel_changes", Name: "channel changes within seconds", Without: "bgtasks' next list of all channels has them", Supported: channels},
	}
	for i, f := range list {
		list[i].Note = c.Notes[f.Key]
	}
	return list
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
			if f.Note != "" {
				line = line.Str(f.Key+"_note", f.Note)
			}
		}
		line.Str("source", source).Str("platform", platform.Name()).Msg("features of the platform")
	}
}
