package blockkit

import (
	"time"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/handler"
)

// Values reads the state of a view, by the names of the fields: each block of a form has
// the name of its field. Slack sends null for an empty one.
func Values(state *fastjson.Value) handler.Values {
	values := handler.Values{}
	state.GetObject().Visit(func(name []byte, block *fastjson.Value) {
		block.GetObject().Visit(func(_ []byte, element *fastjson.Value) {
			if chosen := Chosen(element); len(chosen) > 0 {
				values[string(name)] = chosen
			}
		})
	})
	return values
}

// Chosen reads the values of one element, as an action or a state has it, whatever its
// type. An empty one has none.
func Chosen(element *fastjson.Value) []string {
	for _, field := range [...]string{"value", "selected_user", "selected_conversation", "selected_channel", "selected_date", "selected_time"} {
		if value := text(element, field); value != "" {
			return []string{value}
		}
	}
	if value := text(element.Get("selected_option"), "value"); value != "" {
		return []string{value}
	}
	if seconds := element.GetInt64("selected_date_time"); seconds != 0 {
		return []string{time.Unix(seconds, 0).UTC().Format(time.RFC3339)}
	}
	var list []string
	for _, field := range [...]string{"selected_options", "selected_users", "selected_conversations", "selected_channels", "files"} {
		for _, chosen := range element.GetArray(field) {
			value := string(chosen.GetStringBytes())
			switch field {
			case "selected_options":
				value = text(chosen, "value")
			case "files":
				value = text(chosen, "id")
			}
			if value != "" {
				list = append(list, value)
			}
		}
	}
	return list
}

// Components reads the controls of a message from its blocks, and the id of the person
// whom it answers, "" if they do not say.
func Components(blocks []*fastjson.Value) (list []handler.Component, asker string) {
	for _, block := range blocks {
		if text(block, "type") != "actions" {
			continue
		}
		answers, data := ParseBlockID(text(block, "block_id"))
		if answers != "" {
			asker = answers
		}
		for _, element := range block.GetArray("elements") {
			if c, ok := component(element, data); ok {
				list = append(list, c)
			}
		}
	}
	return list, asker
}

// component reads a button or a menu. ok is false for another element.
func component(element *fastjson.Value, data string) (c handler.Component, ok bool) {
	id, _ := ComponentID(text(element, "action_id"))
	c = handler.Component{ID: id, Confirm: text(element.Get("confirm", "text"), "text"), Danger: text(element, "style") == "danger"}
	switch text(element, "type") {
	case "button":
		c.Label, c.URL, c.Data = text(element.Get("text"), "text"), text(element, "url"), text(element, "value")
	case "static_select":
		c.Label, c.Data = text(element.Get("placeholder"), "text"), data
		for _, o := range element.GetArray("options") {
			c.Options = append(c.Options, handler.Option{
				Label: text(o.Get("text"), "text"), Value: text(o, "value"), Hint: text(o.Get("description"), "text"),
			})
		}
	default:
		return handler.Component{}, false
	}
	return c, c.ID != "" || c.URL != ""
}

// InputBlocks returns the ids of the input blocks of a view, in their order: the only ones
// at which Slack shows an error.
func InputBlocks(view *fastjson.Value) []string {
	var ids []string
	for _, block := range view.GetArray("blocks") {
		if text(block, "type") == "input" {
			ids = append(ids, text(block, "block_id"))
		}
	}
	return ids
}

// text returns a copy of a string field, "" if there is none.
func text(v *fastjson.Value, field string) string { return string(v.GetStringBytes(field)) }
