package demo

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/slack/sim/page"
)

const (
	maxExamples = 8  // of those that the declarations have
	maxLabel    = 32 // characters
)

// examplesOf returns the content's examples, or those of its declarations, without those that
// emoji alone answer if there are none.
func examplesOf(content handler.Content, reactions bool) ([]page.Example, error) {
	registry, err := content.Registry(handler.Services{})
	if err != nil {
		return nil, fmt.Errorf("list the bot's declarations: %w", err)
	}
	said := content.Examples
	if len(said) == 0 {
		said = declared(registry, "@"+content.MentionName()+" ")
	}
	list := []page.Example{}
	for _, text := range said {
		text, addressed := strings.CutPrefix(text, "@"+content.MentionName()+" ")
		if !reactions && reactsOnly(registry.Message(handler.Message{Text: text, Mentioned: addressed})) {
			continue
		}
		list = append(list, page.Example{Text: text, Label: label(text), Addressed: addressed})
	}
	return list, nil
}

// reactsOnly reports whether emoji are the only answer to a message.
func reactsOnly(matches []handler.Match) bool {
	return len(matches) > 0 && !slices.ContainsFunc(matches, func(m handler.Match) bool { return !m.Reacts })
}

// declared returns the first example of declarations of different kinds.
func declared(registry *handler.Registry, mention string) []string {
	var said []string
	for _, info := range registry.Infos() {
		if len(info.Examples) == 0 || len(said) == maxExamples {
			continue
		}
		switch info.Kind {
		case handler.CommandInfo:
			said = append(said, mention+info.Examples[0].Say)
		case handler.PrefixInfo, handler.ReactionInfo, handler.PhraseInfo, handler.ListenerInfo:
			said = append(said, info.Examples[0].Say)
		}
	}
	return said
}

// label returns the text of an example's button, "" if it is the example itself.
func label(text string) string {
	first, _, more := strings.Cut(text, "\n")
	if utf8.RuneCountInString(first) > maxLabel {
		first, more = strings.TrimSpace(string([]rune(first)[:maxLabel])), true
	}
	if !more {
		return ""
	}
	return first + "…"
}
