package blockkit

import (
	"fmt"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
	slacktext "github.com/gobridge/gopherbot/internal/slack/text"
)

// Limits of Block Kit, in characters unless they say otherwise. Those of a handler's values
// are smaller, and are checked by package handler.
// Source: https://docs.slack.dev/reference/block-kit/blocks and block-elements
const (
	maxSection       = 3000 // counted in bytes here, which are never fewer
	maxMessageBlocks = 50
	maxViewBlocks    = 100
	maxConfirmButton = 30
	maxBlockID       = 255
)

// Message renders the text of a message and the controls below it. asker is the id of the
// person whom the message answers, maybe "". It returns an error if the controls are not
// as handler.CheckComponents wants them, or if Slack would refuse the message.
func Message(text markup.Doc, components []handler.Component, asker string) ([]slack.Block, error) {
	controls, err := actions(components, asker)
	if err != nil {
		return nil, err
	}
	blocks := append(Sections(text), controls...)
	if len(blocks) > maxMessageBlocks {
		return nil, fmt.Errorf("a message of %d blocks: Slack allows %d", len(blocks), maxMessageBlocks)
	}
	return blocks, nil
}

// Home renders the bot's own page: the controls first, since the page may be long.
func Home(text markup.Doc, components []handler.Component) ([]slack.Block, error) {
	controls, err := actions(components, "")
	if err != nil {
		return nil, err
	}
	blocks := append(controls, Sections(text)...)
	if len(blocks) > maxViewBlocks {
		return nil, fmt.Errorf("a page of %d blocks: Slack allows %d", len(blocks), maxViewBlocks)
	}
	return blocks, nil
}

// Sections renders a text as sections, as many as its length needs; none for a blank text.
func Sections(text markup.Doc) []slack.Block {
	if text.Blank() {
		return nil
	}
	var blocks []slack.Block
	for _, part := range markup.Split(text, maxSection, func(d markup.Doc) int { return len(slacktext.Mrkdwn(d)) }) {
		blocks = append(blocks, slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, slacktext.Mrkdwn(part), false, false), nil, nil))
	}
	return blocks
}

// actions renders controls in their order. A menu has a block of its own, whose id has its
// Data; the others share one.
func actions(components []handler.Component, asker string) ([]slack.Block, error) {
	if err := handler.CheckComponents(components); err != nil {
		return nil, err
	}
	var blocks []slack.Block
	var row []slack.BlockElement
	flush := func(data string) error {
		if len(row) == 0 {
			return nil
		}
		id := BlockID(len(blocks)+1, asker, data)
		if n := utf8.RuneCountInString(id); n > maxBlockID {
			return fmt.Errorf("a block's id of %d characters: Slack allows %d", n, maxBlockID)
		}
		blocks = append(blocks, slack.NewActionBlock(id, row...))
		row = nil
		return nil
	}
	seen, links := map[string]int{}, 0
	for _, c := range components {
		if c.URL != "" {
			links++
			link := slack.NewButtonBlockElement(linkID(links), "", plain(c.Label)).WithURL(c.URL)
			link.Confirm, link.Style = confirmation(c), style(c)
			row = append(row, link)
			continue
		}
		seen[c.ID]++
		id := ActionID(c.ID, seen[c.ID])
		if len(c.Options) == 0 {
			button := slack.NewButtonBlockElement(id, c.Data, plain(c.Label))
			button.Confirm, button.Style = confirmation(c), style(c)
			row = append(row, button)
			continue
		}
		if err := flush(""); err != nil {
			return nil, err
		}
		menu := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(c.Label), id, options(c.Options)...)
		menu.Confirm = confirmation(c)
		row = append(row, menu)
		if err := flush(c.Data); err != nil {
			return nil, err
		}
	}
	return blocks, flush("")
}

func style(c handler.Component) slack.Style {
	if c.Danger {
		return slack.StyleDanger
	}
	return slack.StyleDefault
}

// confirmation is the dialog before a control takes effect, nil for none.
func confirmation(c handler.Component) *slack.ConfirmationBlockObject {
	if c.Confirm == "" {
		return nil
	}
	yes := c.Label
	if utf8.RuneCountInString(yes) > maxConfirmButton || len(c.Options) > 0 {
		yes = "Yes"
	}
	return &slack.ConfirmationBlockObject{Title: plain("Are you sure?"), Text: plain(c.Confirm), Confirm: plain(yes), Deny: plain("Cancel"), Style: style(c)}
}

func options(list []handler.Option) []*slack.OptionBlockObject {
	rendered := make([]*slack.OptionBlockObject, len(list))
	for i, o := range list {
		rendered[i] = option(o)
	}
	return rendered
}

func option(o handler.Option) *slack.OptionBlockObject {
	return slack.NewOptionBlockObject(o.WithValue().Value, plain(o.Label), plain(o.Hint))
}

// plain returns a text that is shown as it is, nil for none.
func plain(text string) *slack.TextBlockObject {
	if text == "" {
		return nil
	}
	return slack.NewTextBlockObject(slack.PlainTextType, text, false, false)
}
