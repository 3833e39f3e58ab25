package handler

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"net/http"
	"slices"
)

// Content is a community's part of a bot: its name and its declarations. All fields
// but Mention, Examples and Callbacks are required.
type Content struct {
	// Name is the bot's name in programs and manifests, such as "gopherbot": letters,
	// digits, dots, dashes and underscores, at most 35 characters. The Redis keys of a
	// deployment begin with it unless GOPHER_APP is set.
	Name string
	// Description is one line about the bot, for a platform's list of apps.
	Description string
	// Mention is the name by which people mention the bot in simulated workspaces, such
	// as "gopher" for @gopher. Defaults to Name. In a real workspace it is the name of
	// the platform's app.
	Mention string
	// Examples are messages to try in a simulated workspace, as someone in a channel types
	// them: those for the bot begin with @ and Mention. The first three are a short
	// conversation, and the first for the bot is said when something is broken on purpose.
	// Defaults to examples of the declarations, and no conversation.
	Examples []string
	// Registry builds the registry of the community's declarations. A consumer calls
	// it once for each chat platform. It is also called with the zero Services, to
	// list the declarations: it must not call a service while it builds.
	Registry func(Services) (*Registry, error)
	// Callbacks returns handlers for the callback rules of operators, by the type that a
	// rule names them with. One of the type "exec" or "webhook" replaces the bot's own.
	// A consumer calls it once for each chat platform. Like Registry, it is also called
	// with the zero Services, to list the types.
	Callbacks func(Services) map[string]CallbackFunc
}

// CallbackTypes returns the types of the handlers that Callbacks returns, in alphabetical
// order.
func (c Content) CallbackTypes() []string {
	if c.Callbacks == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(c.Callbacks(Services{})))
}

// MentionName returns Mention or its default.
func (c Content) MentionName() string { return cmp.Or(c.Mention, c.Name) }

// Services are a process's services for the declarations of a community on one chat
// platform. Each field of the zero Services is nil or false, and Value returns "".
type Services struct {
	// Channels is the directory of the platform's public channels.
	Channels ChannelNames
	// Files reads the files that are attached to the platform's messages.
	Files FileReader
	// HTTP makes the declarations' own requests. It keeps connections for all
	// workers.
	HTTP http.RoundTripper
	// Shadow is true in shadow mode: only text that was addressed to the bot may leave
	// the workspace.
	Shadow bool
	// Setting returns the value of an environment variable, "" if it is not set.
	// Variables of the process, such as GOPHER_PLAYGROUND_URL, have their defaults.
	// It returns no secret of the process.
	Setting func(name string) string
	// Log is for errors that only an operator can fix.
	Log *slog.Logger
}

// Value returns Setting(name), and "" if there is no Setting.
func (s Services) Value(name string) string {
	if s.Setting == nil {
		return ""
	}
	return s.Setting(name)
}

// ChannelNames knows the public channels of a workspace.
type ChannelNames interface {
	// Name returns the name of a channel, "" for one that is not public.
	Name(ctx context.Context, id string) (string, error)
}

// FileReader reads the files that are attached to messages. The error of both
// methods is fs.ErrNotExist for a file that does not exist any more, or that the bot
// may not read.
type FileReader interface {
	// Describe returns a pending file as the platform describes it now.
	Describe(ctx context.Context, file File) (File, error)
	// ReadFile returns a file's content; a file of more than limit bytes is an
	// error.
	ReadFile(ctx context.Context, file File, limit int64) ([]byte, error)
}
