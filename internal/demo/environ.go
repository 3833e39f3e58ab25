package demo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gobridge/gopherbot/internal/config"
)

// fromUser are the variables that a user's environment sets for the demo: those of the content,
// and of announcements.
var fromUser = []string{
	"GOPHER_ANSWER_COOLDOWN", "GOPHER_ROLES", "GOPHER_ADMIN_CONTACT", "GOPHER_REPORTS_CHANNEL", "GOPHER_SUGGESTIONS_CHANNEL",
	"GOPHER_PLAYGROUND_URL", "GOPHER_PLAYGROUND_LINK_URL", "GOPHER_PLAYGROUND_EXCLUDE_CHANNELS",
	"GOPHER_WEEKLY_POST_CHANNEL", "GOPHER_WEEKLY_POST_TIME", "GOPHER_WEEKLY_POST_TEXT",
	"GOPHER_ANNOUNCE_LIMIT", feedsVariable, feedsIntervalVariable,
	"GOPHER_GERRIT_CHANNEL", "GOPHER_GERRIT_URL", "GOPHER_GERRIT_PROJECTS", "GOPHER_GERRIT_INTERVAL",
	"GOPHER_GOTIME_CHANNEL", "GOPHER_GOTIME_URL", "GOPHER_GOTIME_INTERVAL",
	"GOPHER_MASTODON_CHANNEL", "GOPHER_MASTODON_URL", "GOPHER_MASTODON_ACCOUNT", "GOPHER_MASTODON_INTERVAL",
	"GOPHER_RELEASES_CHANNEL", "GOPHER_RELEASES_URL", "GOPHER_RELEASES_INTERVAL",
}

const (
	feedsVariable         = "GOPHER_FEEDS"
	feedsIntervalVariable = "GOPHER_FEEDS_INTERVAL"
)

// settings are what a user's environment sets for the demo.
type settings struct {
	// environ are the variables that the bot's processes get: those of fromUser, OpenTelemetry's,
	// and any that our processes do not know, which the content may read.
	environ []string
	// taken and refused are names of our own variables, sorted.
	taken, refused []string
	config         config.Config
}

// readSettings sorts a user's variables, in the form of os.Environ. It returns an error if one
// that is taken is not valid.
func readSettings(environ []string) (settings, error) {
	names := map[string]string{} // today's, of each name that works
	for _, v := range config.Variables() {
		names[v.Name] = v.Name
		if v.Was != "" {
			names[v.Was] = v.Name
		}
	}
	var s settings
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		today, ours := names[name]
		switch {
		case strings.TrimSpace(value) == "", today == "GOPHER_APP":
			continue // as if it were not set; the tool sets GOPHER_APP
		case !ours, strings.HasPrefix(name, "OTEL_"):
		case slices.Contains(fromUser, today):
			s.taken = append(s.taken, today)
		default:
			s.refused = append(s.refused, name)
			continue
		}
		s.environ = append(s.environ, variable)
	}
	slices.Sort(s.taken)
	slices.Sort(s.refused)
	var err error
	s.config, err = config.LoadNeeding(s.environ)
	return s, err
}

// has reports whether the user's environment sets a variable.
func (s settings) has(name string) bool { return slices.Contains(s.taken, name) }

// with returns the environment of the bot's processes: own, except for what the user sets.
func (s settings) with(own ...string) []string {
	own = slices.DeleteFunc(own, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		// The interval of the demo's own blog is none for somebody's server.
		return s.has(name) || name == feedsIntervalVariable && s.has(feedsVariable)
	})
	return append(own, s.environ...)
}

// channels returns the names of the channels that the settings name, so that the workspace has them.
func (s settings) channels() []string {
	c := s.config
	list := []string{
		string(c.SuggestionsChannel), string(c.ReportsChannel), c.GerritChannel.Channel, c.GoTimeChannel.Channel, c.MastodonChannel.Channel,
		c.ReleasesChannel.Channel, c.WeeklyPostChannel.Channel,
	}
	for _, feed := range c.Feeds {
		list = append(list, feed.Channel.Channel)
	}
	list = append(list, c.PlaygroundExcludeChannels...)
	if name, ok := strings.CutPrefix(string(c.AdminContact), "#"); ok {
		list = append(list, name)
	}
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(name string) bool { return name == "" })
}

// notes say which settings the demo uses, without their values.
func (s settings) notes() []string {
	notes := []string{}
	if len(s.taken) > 0 {
		notes = append(notes, fmt.Sprintf("From your environment: %s.", strings.Join(s.taken, ", ")))
	}
	if len(s.refused) > 0 {
		notes = append(notes, fmt.Sprintf("Not used, because the demo has a chat platform, a Redis and processes of its own: %s.", strings.Join(s.refused, ", ")))
	}
	return notes
}
