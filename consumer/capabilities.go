package consumer

import (
	"github.com/gobridge/gopherbot/handler"
)

// Capabilities says what a Platform supports.
type Capabilities struct {
	// WorkspaceJoins and ChannelJoins say that it has events about those.
	WorkspaceJoins, ChannelJoins bool
	// Reactions, Ephemeral and DMs say that its Responders can React,
	// ReplyEphemeral and DM.
	Reactions, Ephemeral, DMs bool
}

// missing returns what r's declarations need and a platform lacks, a line each. A
// declaration with a function of its own may need more: there the platform's
// Responder returns handler.ErrUnsupported.
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

// logCapabilities logs what each platform supports, and which declarations do not
// work on it.
func (d *Dispatcher) logCapabilities() {
	for _, source := range d.sources() {
		platform := d.opts.Platforms[source]
		c, lines := platform.Capabilities(), missing(d.opts.Registry, platform.Capabilities())
		_, posts := platform.(Poster)
		_, channels := platform.(ChannelDecoder)
		line := d.opts.Log.Info()
		if len(lines) > 0 {
			line = d.opts.Log.Warn().Strs("unsupported", lines)
		}
		line.Str("source", source).Str("platform", platform.Name()).
			Bool("reactions", c.Reactions).Bool("ephemeral", c.Ephemeral).Bool("dms", c.DMs).
			Bool("workspace_joins", c.WorkspaceJoins).Bool("channel_joins", c.ChannelJoins).
			Bool("posts", posts).Bool("channel_changes", channels).Msg("platform")
	}
}
