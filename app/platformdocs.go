package app

import (
	"fmt"
	"strings"

	"github.com/gobridge/gopherbot/consumer"
)

// PlatformsMarkdown returns docs/platforms.md: a table of the features of all
// platforms, configured or not.
func PlatformsMarkdown() string {
	all := make([]consumer.Platform, len(platforms))
	for i, p := range platforms {
		all[i] = p.unconnected()
	}
	return featureTable(all) + sharkfinNotes
}

// sharkfinNotes says what the table cannot.
const sharkfinNotes = `
## Sharkfin

- **Nothing is private.** The server lets everybody read and join every conversation by its REST interface, direct messages as well. An answer for one
  person alone goes to the direct messages that the server opens. If a third person is in them, the answer is refused, as a dead letter.
- Texts are shown as they are. Marks such as ` + "`*`" + ` stay, a link is its label and its address, and an emoji that Unicode has is that character.
- A person is mentioned by ` + "`@name`" + `. The bot's own texts mention nobody but the people that a handler addresses: a zero-width space follows any other
  ` + "`@`" + ` before the name of a person or a mention group. Nobody can mention everybody.
- Services are not answered, so that two bots do not talk for ever. Agents are answered only if they mention the bot.
- Threads have one level. A message can be neither changed nor deleted, and has no address: posts that replace an earlier one come in its thread.
- Files of the notification API are left out, with a warning in the receipt; a file without a text is refused. Colours are a sign before the text. The
  server knows no e-mail addresses: the chat ` + "`@name`" + ` is a person's direct messages.
- The bot posts with the server's MCP tools, because what is posted by REST is pushed to nobody. Where a proxy hides ` + "`/mcp`" + `, the consumer warns at its
  start and posts by REST: people see an answer when they load the channel again, and there are no direct messages, so that help fails.
`

// featureTable has a row for each feature and a column for each platform. It needs
// at least one platform.
func featureTable(all []consumer.Platform) string {
	var w strings.Builder
	w.WriteString(`# Platforms

<!-- Written by "gopherbot docs" from the platforms' capabilities; do not edit. -->

What each chat platform supports. A platform is enabled by its variables: see [configuration.md](configuration.md). A consumer
logs these features of each platform when it starts, and warns of declarations that do not work on it. To add a platform, see
[CONTRIBUTING.md](../CONTRIBUTING.md#add-a-platform).

| feature |`)
	for _, p := range all {
		fmt.Fprintf(&w, " %s |", p.Name())
	}
	w.WriteString(" on a platform without it |\n|---|" + strings.Repeat("---|", len(all)) + "---|\n")
	for i, feature := range consumer.Features(all[0]) {
		fmt.Fprintf(&w, "| %s |", feature.Name)
		for _, p := range all {
			supported, f := "no", consumer.Features(p)[i]
			if f.Supported {
				supported = "yes"
			}
			if f.Note != "" {
				supported += ", " + f.Note
			}
			fmt.Fprintf(&w, " %s |", supported)
		}
		fmt.Fprintf(&w, " %s |\n", feature.Without)
	}
	return w.String()
}
