package blockkit

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Element is an interactive element in its block.
type Element struct {
	BlockID, ActionID string
	// Block is the block around it, and Object the element.
	Block, Object Object
	kind          kind
}

// Type returns the element's type, such as "button".
func (e Element) Type() string { return e.Object["type"].(string) }

// Input reports whether the element is in an input block.
func (e Element) Input() bool { return e.Block["type"] == "input" }

// Dispatches reports whether a change of the element sends an interaction at once.
func (e Element) Dispatches() bool { return !e.Input() || e.Block["dispatch_action"] == true }

// External reports whether the app suggests the element's options.
func (e Element) External() bool {
	return e.Type() == "external_select" || e.Type() == "multi_external_select"
}

// Elements returns the interactive elements of checked blocks, in their order.
func Elements(blocks []Object) []Element {
	var all []Element
	for _, block := range blocks {
		var inside []Object
		for _, key := range []string{"accessory", "element"} {
			if o, ok := block[key].(Object); ok {
				inside = append(inside, o)
			}
		}
		if block["type"] == "actions" {
			inside = append(inside, objects(block["elements"])...)
		}
		for _, o := range inside {
			name, _ := o["type"].(string)
			if k, ok := kinds[name]; ok {
				blockID, _ := block["block_id"].(string)
				actionID, _ := o["action_id"].(string)
				all = append(all, Element{blockID, actionID, block, o, k})
			}
		}
	}
	return all
}

// Find returns the first element with these ids. An empty id is any: that of the block where the action id is unique, or
// that of the action in a block with one element, whose action id Slack may have chosen.
func Find(blocks []Object, blockID, actionID string) (Element, bool) {
	all := Elements(blocks)
	i := slices.IndexFunc(all, func(e Element) bool {
		return (actionID == "" || e.ActionID == actionID) && (blockID == "" || e.BlockID == blockID)
	})
	if i < 0 || blockID == "" && actionID == "" {
		return Element{}, false
	}
	return all[i], true
}

// State has the values of elements, by block and action id, as payloads show them.
type State map[string]map[string]Object

// NewState returns the first values of the elements. A value in before is kept if ids and type stay the same.
func NewState(blocks []Object, before State) State {
	s := State{}
	for _, e := range Elements(blocks) {
		if !e.kind.state {
			continue
		}
		value := e.initial()
		if old := before[e.BlockID][e.ActionID]; old != nil && old["type"] == value["type"] {
			value = old
		}
		s.Set(e, value)
	}
	return s
}

// Set sets the value of an element, if it is part of the state.
func (s State) Set(e Element, value Object) {
	if !e.kind.state {
		return
	}
	if s[e.BlockID] == nil {
		s[e.BlockID] = map[string]Object{}
	}
	s[e.BlockID][e.ActionID] = value
}

// Clone returns a copy, which shares the values.
func (s State) Clone() State {
	c := State{}
	for block, actions := range s {
		c[block] = map[string]Object{}
		for action, value := range actions {
			c[block][action] = value
		}
	}
	return c
}

func (e Element) initial() Object {
	value := e.Object[e.kind.initial]
	if value == nil && e.kind.many {
		value = []any{}
	}
	return Object{"type": e.Type(), e.kind.value: value}
}

// Value returns the element's value after a person typed a text or chose values, as a payload shows it. No
// values empty the element. Options are chosen by their value, from those of the element or from suggested.
func (e Element) Value(suggested []Object, values ...string) (Object, error) {
	result := Object{"type": e.Type()}
	if e.Type() == "button" {
		if len(values) > 0 {
			return nil, errors.New("a button takes no value")
		}
		result["text"] = e.Object["text"]
		if e.Object["value"] != nil {
			result["value"] = e.Object["value"]
		}
		return result, nil
	}
	if len(values) > 1 && !e.kind.many {
		return nil, fmt.Errorf("a %s takes one value, not %d", e.Type(), len(values))
	}
	chosen := []any{}
	for _, value := range values {
		one, err := e.one(suggested, value)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, one)
	}
	switch {
	case e.kind.many:
		result[e.kind.value] = chosen
	case len(chosen) == 0:
		result[e.kind.value] = nil
	default:
		result[e.kind.value] = chosen[0]
	}
	return result, nil
}

func (e Element) one(suggested []Object, value string) (any, error) {
	switch {
	case e.kind.option:
		options := slices.Concat(objects(e.Object["options"]), suggested)
		for _, group := range objects(e.Object["option_groups"]) {
			options = append(options, objects(group["options"])...)
		}
		i := slices.IndexFunc(options, func(o Object) bool { return o["value"] == value })
		if i < 0 {
			return nil, fmt.Errorf("there is no option %q", value)
		}
		return options[i], nil
	case e.Type() == "datetimepicker":
		return strconv.ParseInt(value, 10, 64)
	case e.Type() == "rich_text_input":
		return Object{"type": "rich_text", "elements": []any{Object{
			"type": "rich_text_section", "elements": []any{Object{"type": "text", "text": value}},
		}}}, nil
	default:
		return value, nil
	}
}

// Complain returns a line for each input, by block id, that Slack's client does not submit: it is empty and
// required, or its text breaks a rule of the element.
func (s State) Complain(blocks []Object) map[string]string {
	lines := map[string]string{}
	for _, e := range Elements(blocks) {
		if !e.Input() {
			continue
		}
		value := s[e.BlockID][e.ActionID][e.kind.value]
		list, _ := value.([]any)
		text, _ := value.(string)
		empty := value == nil || value == "" || e.kind.many && len(list) == 0
		switch {
		case empty && e.Block["optional"] != true:
			lines[e.BlockID] = "Please complete this required field."
		case !empty:
			if line := e.complain(text); line != "" {
				lines[e.BlockID] = line
			}
		}
	}
	return lines
}

// complain returns the rule that a text breaks, "" for none.
func (e Element) complain(text string) string {
	number := func(key string, otherwise float64) float64 {
		switch n := e.Object[key].(type) {
		case float64:
			return n
		case string: // number_input has strings
			if f, err := strconv.ParseFloat(n, 64); err == nil {
				return f
			}
		}
		return otherwise
	}
	switch e.Type() {
	case "plain_text_input":
		switch n := float64(utf8.RuneCountInString(text)); {
		case n < number("min_length", 0):
			return fmt.Sprintf("Please enter at least %v characters.", number("min_length", 0))
		case n > number("max_length", 3000):
			return fmt.Sprintf("Please enter at most %v characters.", number("max_length", 3000))
		}
	case "email_text_input":
		if address, err := mail.ParseAddress(text); err != nil || address.Address != text {
			return "Please enter a valid email address."
		}
	case "url_text_input":
		if u, err := url.Parse(text); err != nil || u.Scheme == "" || u.Host == "" {
			return "Please enter a valid URL."
		}
	case "number_input":
		n, err := strconv.ParseFloat(text, 64)
		switch {
		case err != nil, e.Object["is_decimal_allowed"] != true && n != float64(int64(n)):
			return "Please enter a number."
		case n < number("min_value", n):
			return fmt.Sprintf("Please enter a number of at least %v.", number("min_value", n))
		case n > number("max_value", n):
			return fmt.Sprintf("Please enter a number of at most %v.", number("max_value", n))
		}
	}
	return ""
}
