package config

import (
	"fmt"
	"strings"
)

// group is a section of docs/configuration.md.
type group struct {
	title    string
	prefixes []string // the beginnings of its variables' names
}

// groups are the sections in their order. A variable belongs to the group that
// has the longest prefix of its name, and to the first if none has one.
var groups = []group{
	{"Process", nil},
	{"Redis and the queue", []string{"REDIS_", "GOPHER_REDIS_", "GOPHER_QUEUE_", "GOPHER_CONSUMER_CONCURRENCY", "GOPHER_INSTANCE_"}},
	{"Slack", []string{"GOPHER_SLACK_", "GOPHER_PUBLIC_URL"}},
	{"Sharkfin", []string{"GOPHER_SHARKFIN_"}},
	{"Monitoring and the operations page", []string{"GOPHER_CONSUMER_LISTEN", "GOPHER_BGTASKS_LISTEN", "GOPHER_METRICS_", "GOPHER_OPS_"}},
	{"Notification API", []string{"GOPHER_NOTIFY_"}},
	{"Roles and suggestions", []string{"GOPHER_ROLES", "GOPHER_SUGGESTIONS_"}},
	{"Playground", []string{"GOPHER_PLAYGROUND_"}},
	{"Background jobs", []string{"GOPHER_BGTASKS_", "GOPHER_CHANNELS_", "GOPHER_HOUSEKEEPING_", "GOPHER_DEAD_LETTER"}},
	{"Announcements", []string{"GOPHER_ANNOUNCE_", "GOPHER_GERRIT_", "GOPHER_GOTIME_", "GOPHER_MASTODON_", "GOPHER_RELEASES_", "GOPHER_WEEKLY_", "GOPHER_FEEDS"}},
	{"Tracing", []string{"OTEL_"}},
	{"Heroku", []string{"HEROKU_", "DYNO"}},
}

// groupOf returns the index in groups of a variable's group.
func groupOf(name string) int {
	best, length := 0, 0
	for i, g := range groups {
		for _, prefix := range g.prefixes {
			if strings.HasPrefix(name, prefix) && len(prefix) > length {
				best, length = i, len(prefix)
			}
		}
	}
	return best
}

// Markdown returns docs/configuration.md: a table of all variables for each group.
func Markdown() string {
	rows := make([]strings.Builder, len(groups))
	for _, v := range Variables() {
		value := ""
		if v.Default != "" {
			value = "`" + v.Default + "`"
		}
		fmt.Fprintf(&rows[groupOf(v.Name)], "| `%s` | %s | %s | %s | %s |\n",
			v.Name, neededBy(v), value, cell(v.Form), cell(v.Find))
	}
	var s strings.Builder
	s.WriteString(`# Configuration

<!-- Written by "gopherbot docs" from internal/config; do not edit. -->

Each process reads environment variables; the notification API has a document, too: see
[notifications.md](notifications.md#configuration). A process refuses to start if a variable is missing or invalid, and says how
to fix it. "Needed by" names the processes that do not start without the variable. The variables of a chat platform, such as
Slack, form a group: set all that a process needs, or none. At least one platform must be configured.
`)
	for i, g := range groups {
		s.WriteString("\n## " + g.title + "\n\n| variable | needed by | default | form | purpose |\n|---|---|---|---|---|\n" + rows[i].String())
	}
	return s.String()
}

// neededBy names the processes that need a variable, and its alternatives.
func neededBy(v Variable) string {
	text := strings.Join(v.needed, ", ")
	for i, name := range v.or {
		if i == 0 {
			text += ", unless "
		} else {
			text += " or "
		}
		text += "`" + name + "`"
	}
	if len(v.or) > 0 {
		text += " is set"
	}
	return text
}

// cell escapes a text for a cell of a Markdown table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", `\<`, "*", `\*`).Replace(text)
}
