package blockkit

import (
	"crypto/rand"
	"fmt"
	"slices"
)

// kind is what is known of a type of element.
type kind struct {
	in []string // the types of blocks that take it
	// value is the field of its value in payloads, "" if it has none.
	value string
	// initial is the field of its first value.
	initial string
	many    bool // the value is a list
	option  bool // values are options
	state   bool // it is part of state.values
	most    int  // the number of options, 0 if it has none of its own
}

var (
	anywhere = []string{"section", "actions", "input"}
	pressed  = []string{"section", "actions"}
	typed    = []string{"input"}
)

// kinds are the interactive elements.
// Source: https://docs.slack.dev/reference/block-kit/block-elements
var kinds = map[string]kind{
	"button":                     {in: pressed, value: "value"},
	"overflow":                   {in: pressed, value: "selected_option", option: true, most: 5},
	"static_select":              {in: anywhere, value: "selected_option", initial: "initial_option", option: true, state: true, most: 100},
	"external_select":            {in: anywhere, value: "selected_option", initial: "initial_option", option: true, state: true},
	"users_select":               {in: anywhere, value: "selected_user", initial: "initial_user", state: true},
	"conversations_select":       {in: anywhere, value: "selected_conversation", initial: "initial_conversation", state: true},
	"channels_select":            {in: anywhere, value: "selected_channel", initial: "initial_channel", state: true},
	"multi_static_select":        {in: anywhere, value: "selected_options", initial: "initial_options", many: true, option: true, state: true, most: 100},
	"multi_external_select":      {in: anywhere, value: "selected_options", initial: "initial_options", many: true, option: true, state: true},
	"multi_users_select":         {in: anywhere, value: "selected_users", initial: "initial_users", many: true, state: true},
	"multi_conversations_select": {in: anywhere, value: "selected_conversations", initial: "initial_conversations", many: true, state: true},
	"multi_channels_select":      {in: anywhere, value: "selected_channels", initial: "initial_channels", many: true, state: true},
	"checkboxes":                 {in: anywhere, value: "selected_options", initial: "initial_options", many: true, option: true, state: true, most: 10},
	"radio_buttons":              {in: anywhere, value: "selected_option", initial: "initial_option", option: true, state: true, most: 10},
	"datepicker":                 {in: anywhere, value: "selected_date", initial: "initial_date", state: true},
	"timepicker":                 {in: anywhere, value: "selected_time", initial: "initial_time", state: true},
	"datetimepicker":             {in: []string{"actions", "input"}, value: "selected_date_time", initial: "initial_date_time", state: true},
	"plain_text_input":           {in: typed, value: "value", initial: "initial_value", state: true},
	"email_text_input":           {in: typed, value: "value", initial: "initial_value", state: true},
	"url_text_input":             {in: typed, value: "value", initial: "initial_value", state: true},
	"number_input":               {in: typed, value: "value", initial: "initial_value", state: true},
	"rich_text_input":            {in: typed, value: "rich_text_value", initial: "initial_value", state: true},
	"file_input":                 {in: typed, value: "files", many: true, state: true},
}

// elements checks the elements of one block, and sets missing action ids.
func (c *checker) elements(place, block string, elements []Object) {
	seen := map[string]bool{}
	for i, e := range elements {
		here := place
		if block == "actions" {
			here = fmt.Sprintf("%s/%d", place, i)
		}
		name, _ := e["type"].(string)
		if name == "image" && block == "section" {
			c.text(here, e, "alt_text", 2000, true)
			continue
		}
		k, ok := kinds[name]
		switch {
		case !ok, !slices.Contains(k.in, block), name == "file_input" && c.surface != Modal:
			c.fail(here+"/type", "unsupported type: %s in %s", name, block)
			continue
		}
		c.text(here, e, "action_id", 255, false)
		id, _ := e["action_id"].(string)
		if id == "" {
			id = rand.Text()[:5]
			e["action_id"] = id
		}
		if seen[id] {
			c.fail(here+"/action_id", "action_id %q is used twice in a block", id)
		}
		seen[id] = true
		c.element(here, name, k, e)
	}
}

func (c *checker) element(place, name string, k kind, e Object) {
	c.textObject(place, e, "placeholder", 150, false, true)
	c.confirm(place, e)
	switch name {
	case "button":
		c.textObject(place, e, "text", 75, true, true)
		c.text(place, e, "value", 2000, false)
		c.text(place, e, "url", 3000, false)
		if style, ok := e["style"]; ok && style != "primary" && style != "danger" {
			c.fail(place+"/style", "must be primary or danger")
		}
	case "plain_text_input":
		c.text(place, e, "initial_value", 3000, false)
		for _, key := range []string{"min_length", "max_length"} {
			if n, ok := e[key].(float64); ok && (n < 0 || n > 3000) {
				c.fail(place+"/"+key, "must be between 0 and 3000")
			}
		}
	case "number_input":
		if _, ok := e["is_decimal_allowed"].(bool); !ok {
			c.fail(place, "missing required field: is_decimal_allowed")
		}
	}
	if k.most == 0 {
		return
	}
	groups := c.list(place, e, "option_groups", 0, 100)
	if len(groups) == 0 {
		c.options(place, e, k.most)
		return
	}
	for i, group := range groups {
		here := fmt.Sprintf("%s/option_groups/%d", place, i)
		c.textObject(here, group, "label", 75, true, true)
		c.options(here, group, k.most)
	}
}

func (c *checker) options(place string, o Object, most int) {
	for i, option := range c.list(place, o, "options", 1, most) {
		here := fmt.Sprintf("%s/options/%d", place, i)
		c.textObject(here, option, "text", 75, true, false)
		c.textObject(here, option, "description", 75, false, false)
		c.text(here, option, "value", 150, true)
	}
}

func (c *checker) confirm(place string, e Object) {
	confirm, ok := e["confirm"].(Object)
	if !ok {
		return
	}
	place += "/confirm"
	c.textObject(place, confirm, "title", 100, true, true)
	c.textObject(place, confirm, "text", 300, true, false)
	c.textObject(place, confirm, "confirm", 30, true, true)
	c.textObject(place, confirm, "deny", 30, true, true)
}

// Suggestions checks the answer of a type-ahead, which has options or option_groups, and returns the options.
func Suggestions(answer Object) ([]Object, error) {
	c := &checker{}
	groups := c.list("", answer, "option_groups", 0, 100)
	if len(groups) == 0 {
		groups = []Object{answer}
	}
	var all []Object
	for i, group := range groups {
		place := fmt.Sprintf("/option_groups/%d", i)
		if answer["options"] != nil || answer["option_groups"] == nil {
			place = ""
		} else {
			c.textObject(place, group, "label", 75, true, true)
		}
		if list, ok := group["options"].([]any); ok && len(list) == 0 {
			continue // nothing was found
		}
		c.options(place, group, 100)
		all = append(all, objects(group["options"])...)
	}
	if len(all) > 100 {
		c.fail("/option_groups", "no more than 100 options allowed")
	}
	return all, c.err()
}

func objects(list any) []Object {
	values, _ := list.([]any)
	var all []Object
	for _, v := range values {
		if o, ok := v.(Object); ok {
			all = append(all, o)
		}
	}
	return all
}
