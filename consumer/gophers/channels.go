package gophers

import (
	"context"
	"regexp"
	"strings"

	"github.com/gobridge/gopherbot/handler"
)

var recommendedChannels = handler.Command{
	Trigger:  "recommended channels",
	Aliases:  []string{"channels"},
	Help:     "lists channels that are worth joining",
	Examples: []handler.Example{{Say: "recommended channels", Want: "reviews.* – show your code"}},
	Text: lines(
		"Here are some channels to begin with:",
		"• #general – announcements and whatever concerns everyone",
		"• #newbies – any question about Go, above all the first ones",
		"• #reviews – show your code and hear what others think of it",
		"• #showandtell – what you made, for others to admire",
		"• #performance – making Go programs faster, with numbers",
		"• #security – keeping Go programs safe",
		"• #jobs – offers and requests for work",
		"• #random – everything else",
		"Slack's channel browser has them all, with a search.",
	),
}

// ChannelLinker looks up channels.
type ChannelLinker interface {
	// Links returns, for channels by their names, what to write in their place
	// so that a message links them, and "" for those that do not exist.
	Links(ctx context.Context, names ...string) ([]string, error)
}

// channelPattern finds the names of channels in a text: #name at the beginning
// or after a space or bracket, and so not the fragment of a link.
var channelPattern = regexp.MustCompile(`(^|[\s(])#([a-z][a-z0-9_-]*)`)

// linkChannels returns the declarations with links where their fixed texts name
// channels.
func linkChannels(channels ChannelLinker, declarations []handler.Declaration) []handler.Declaration {
	linked := make([]handler.Declaration, len(declarations))
	for i, d := range declarations {
		linked[i] = linkIn(channels, d)
	}
	return linked
}

func linkIn(channels ChannelLinker, d handler.Declaration) handler.Declaration {
	switch d := d.(type) {
	case handler.Command:
		if channelPattern.MatchString(d.Text) {
			d.Run, d.Text = sayLinked[handler.Message](channels, d.Text, handler.Responder.Reply), ""
			d.Static = true
		}
		return d
	case handler.WorkspaceJoin:
		if channelPattern.MatchString(d.Text) {
			d.Run, d.Text = sayLinked[handler.Join](channels, d.Text, handler.Responder.DM), ""
		}
		return d
	case handler.ChannelJoin:
		if channelPattern.MatchString(d.Text) {
			d.Run, d.Text = sayLinked[handler.Join](channels, d.Text, handler.Responder.ReplyEphemeral), ""
		}
		return d
	}
	return d
}

// sayLinked returns the Run function of a declaration that says a text with
// links, in one of a Responder's ways.
func sayLinked[Occasion any](
	channels ChannelLinker, text string, say func(handler.Responder, context.Context, handler.Reply) error,
) func(context.Context, Occasion, handler.Responder) error {
	return func(ctx context.Context, _ Occasion, r handler.Responder) error {
		linked, err := link(ctx, channels, text)
		if err != nil {
			return err
		}
		return say(r, ctx, handler.Reply{Text: linked, MentionUsers: true})
	}
}

// link replaces the names of channels in a text by links. A line that names a
// channel which does not exist is left out.
func link(ctx context.Context, channels ChannelLinker, text string) (string, error) {
	var names []string
	for _, hit := range channelPattern.FindAllStringSubmatch(text, -1) {
		names = append(names, hit[2])
	}
	links, err := channels.Links(ctx, names...)
	if err != nil {
		return "", err
	}
	linkOf := map[string]string{}
	for i, name := range names {
		linkOf[name] = links[i]
	}
	var kept []string
	for line := range strings.SplitSeq(text, "\n") {
		missing := false
		line = channelPattern.ReplaceAllStringFunc(line, func(hit string) string {
			before, name, _ := strings.Cut(hit, "#")
			missing = missing || linkOf[name] == ""
			return before + linkOf[name]
		})
		if !missing {
			kept = append(kept, line)
		}
	}
	return lines(kept...), nil
}
