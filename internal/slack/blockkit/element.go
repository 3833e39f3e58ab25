package blockkit

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/handler"
)

// element renders the part of a field that the person fills in.
// Source: https://docs.slack.dev/reference/block-kit/block-elements
func element(f handler.Field) slack.BlockElement {
	id, placeholder, initial := marked(f.Name, f.Lookup != nil), plain(f.Placeholder), first(f.Default)
	switch f.Kind {
	case handler.Number:
		e := slack.NewNumberInputBlockElement(placeholder, id, true)
		e.InitialValue = initial
		if f.Min != 0 || f.Max != 0 {
			e.MinValue = strconv.Itoa(f.Min)
		}
		if f.Max != 0 {
			e.MaxValue = strconv.Itoa(f.Max)
		}
		return e
	case handler.Email:
		e := slack.NewEmailTextInputBlockElement(placeholder, id)
		e.InitialValue = initial
		return e
	case handler.URL:
		e := slack.NewURLTextInputBlockElement(placeholder, id)
		e.InitialValue = initial
		return e
	case handler.Select, handler.User, handler.ChannelField:
		return selection(f, id, placeholder)
	case handler.MultiSelect, handler.Users:
		return multiSelection(f, id, placeholder)
	case handler.Checkbox:
		box := option(handler.Option{Label: cmp.Or(f.Placeholder, f.Label), Value: "true"})
		e := slack.NewCheckboxGroupsBlockElement(id, box)
		if checked, err := strconv.ParseBool(initial); err == nil && checked {
			e.InitialOptions = []*slack.OptionBlockObject{box}
		}
		return e
	case handler.Date:
		e := slack.NewDatePickerBlockElement(id)
		e.Placeholder = placeholder
		if _, err := time.Parse(time.DateOnly, initial); err == nil {
			e.InitialDate = initial
		}
		return e
	case handler.DateTime:
		e := slack.NewDateTimePickerBlockElement(id)
		if at, err := time.Parse(time.RFC3339, initial); err == nil {
			e.InitialDateTime = at.Unix()
		}
		return e
	case handler.Files:
		e := slack.NewFileInputBlockElement(id)
		e.MaxFiles = min(cmp.Or(f.Max, maxFiles), maxFiles)
		return e
	default: // Slack has no element for a phone number or a password
		e := slack.NewPlainTextInputBlockElement(placeholder, id)
		e.InitialValue, e.Multiline, e.MinLength, e.MaxLength = initial, f.Kind == handler.TextArea, f.Min, f.Max
		return e
	}
}

// maxFiles is the number of files of one field.
const maxFiles = 10

// conversations are the kinds of conversations that a ChannelField offers.
var conversations = &slack.SelectBlockElementFilter{Include: []string{"public", "private"}}

// selection renders a choice of one.
func selection(f handler.Field, id string, placeholder *slack.TextBlockObject) *slack.SelectBlockElement {
	e := &slack.SelectBlockElement{Type: slack.OptTypeStatic, ActionID: id, Placeholder: placeholder}
	switch initial := first(f.Default); {
	case f.Kind == handler.User:
		e.Type, e.InitialUser = slack.OptTypeUser, initial
	case f.Kind == handler.ChannelField:
		e.Type, e.InitialConversation, e.Filter = slack.OptTypeConversations, initial, conversations
	default:
		if chosen := chosen(f); len(chosen) > 0 {
			e.InitialOption = chosen[0]
		}
		if f.Lookup != nil {
			e.Type, e.MinQueryLength = slack.OptTypeExternal, new(int) // the first choices come at once
		} else {
			e.Options = options(f.Options)
		}
	}
	return e
}

// multiSelection renders a choice of several.
func multiSelection(f handler.Field, id string, placeholder *slack.TextBlockObject) *slack.MultiSelectBlockElement {
	e := &slack.MultiSelectBlockElement{Type: slack.MultiOptTypeStatic, ActionID: id, Placeholder: placeholder}
	if f.Max > 0 {
		e.MaxSelectedItems = &f.Max
	}
	switch {
	case f.Kind == handler.Users:
		e.Type, e.InitialUsers = slack.MultiOptTypeUser, f.Default
	default:
		e.InitialOptions = chosen(f)
		if f.Lookup != nil {
			e.Type, e.MinQueryLength = slack.MultiOptTypeExternal, new(int)
		} else {
			e.Options = options(f.Options)
		}
	}
	return e
}

// chosen returns the options that are chosen at first. Those of a Lookup are known by their
// values only.
func chosen(f handler.Field) []*slack.OptionBlockObject {
	var list []*slack.OptionBlockObject
	for _, value := range f.Default {
		i := slices.IndexFunc(f.Options, func(o handler.Option) bool { return o.WithValue().Value == value })
		switch {
		case i >= 0:
			list = append(list, option(f.Options[i]))
		case f.Lookup != nil && value != "":
			list = append(list, option(handler.Option{Label: cut(value, maxOptionText), Value: value}))
		}
	}
	return list
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
