package blockkit_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/slack/sim/blockkit"
)

type (
	object = map[string]any
	list   = []any
)

func plain(n int) object { return object{"type": "plain_text", "text": strings.Repeat("ä", n)} }

func options(n, text, value, description int) list {
	all := list{}
	for range n {
		all = append(all, object{"text": plain(text), "value": strings.Repeat("v", value), "description": plain(description)})
	}
	return all
}

func button(text int, more object) object {
	b := object{"type": "button", "action_id": "a", "text": plain(text)}
	for key, value := range more {
		b[key] = value
	}
	return b
}

func actions(elements ...any) object { return object{"type": "actions", "elements": list(elements)} }

func input(element object) object {
	return object{"type": "input", "label": plain(5), "element": element}
}

func times(n int, block object) list {
	all := list{}
	for range n {
		all = append(all, block)
	}
	return all
}

// buttons are n buttons with ids of their own.
func buttons(n int) list {
	all := list{}
	for i := range n {
		all = append(all, button(3, object{"action_id": fmt.Sprint(i)}))
	}
	return all
}

// TestParse_Limits has for each limit the largest that is taken and the smallest that is not.
func TestParse_Limits(t *testing.T) {
	t.Parallel()
	section := func(n int) object { return object{"type": "section", "text": plain(n)} }
	menu := func(n, text, value, description int) object {
		return actions(object{"type": "static_select", "options": options(n, text, value, description)})
	}
	confirm := func(title, text, confirm, deny int) object {
		return actions(button(1, object{"confirm": object{"title": plain(title), "text": plain(text), "confirm": plain(confirm), "deny": plain(deny)}}))
	}
	id := func(n int) string { return strings.Repeat("i", n) }
	for _, test := range []struct {
		name      string
		on        blockkit.Surface
		good, bad list
		place     string
	}{
		{"blocks of a message", blockkit.Message, times(50, object{"type": "divider"}), times(51, object{"type": "divider"}), "/blocks]"},
		{"blocks of a modal", blockkit.Modal, times(100, object{"type": "divider"}), times(101, object{"type": "divider"}), "/blocks]"},
		{"elements", blockkit.Message, list{actions(buttons(25)...)}, list{actions(buttons(26)...)}, "/blocks/0/elements]"},
		{"no elements", blockkit.Message, list{actions(buttons(1)...)}, list{actions()}, "/blocks/0/elements]"},
		{"button text", blockkit.Message, list{actions(button(75, nil))}, list{actions(button(76, nil))}, "/blocks/0/elements/0/text/text]"},
		{"button value", blockkit.Message, list{actions(button(1, object{"value": id(2000)}))}, list{actions(button(1, object{"value": id(2001)}))}, "/value]"},
		{"button url", blockkit.Message, list{actions(button(1, object{"url": id(3000)}))}, list{actions(button(1, object{"url": id(3001)}))}, "/url]"},
		{"button style", blockkit.Message, list{actions(button(1, object{"style": "danger"}))}, list{actions(button(1, object{"style": "red"}))}, "/style]"},
		{"action id", blockkit.Message, list{actions(button(1, object{"action_id": id(255)}))}, list{actions(button(1, object{"action_id": id(256)}))}, "/action_id]"},
		{"equal action ids", blockkit.Message, list{actions(button(1, nil)), actions(button(1, nil))}, list{actions(button(1, nil), button(1, nil))}, "/elements/1/action_id]"},
		{"block id", blockkit.Message, list{object{"type": "divider", "block_id": id(255)}}, list{object{"type": "divider", "block_id": id(256)}}, "/block_id]"},
		{"equal block ids", blockkit.Message, list{object{"type": "divider", "block_id": "a"}, object{"type": "divider", "block_id": "b"}},
			list{object{"type": "divider", "block_id": "a"}, object{"type": "divider", "block_id": "a"}}, "/blocks/1/block_id]"},
		{"options", blockkit.Message, list{menu(100, 1, 1, 1)}, list{menu(101, 1, 1, 1)}, "/options]"},
		{"option text", blockkit.Message, list{menu(1, 75, 1, 1)}, list{menu(1, 76, 1, 1)}, "/options/0/text/text]"},
		{"option value", blockkit.Message, list{menu(1, 1, 150, 1)}, list{menu(1, 1, 151, 1)}, "/options/0/value]"},
		{"option description", blockkit.Message, list{menu(1, 1, 1, 75)}, list{menu(1, 1, 1, 76)}, "/options/0/description/text]"},
		{"placeholder", blockkit.Message, list{actions(object{"type": "users_select", "placeholder": plain(150)})},
			list{actions(object{"type": "users_select", "placeholder": plain(151)})}, "/placeholder/text]"},
		{"checkboxes", blockkit.Message, list{actions(object{"type": "checkboxes", "options": options(10, 1, 1, 1)})},
			list{actions(object{"type": "checkboxes", "options": options(11, 1, 1, 1)})}, "/options]"},
		{"confirm title", blockkit.Message, list{confirm(100, 1, 1, 1)}, list{confirm(101, 1, 1, 1)}, "/confirm/title/text]"},
		{"confirm text", blockkit.Message, list{confirm(1, 300, 1, 1)}, list{confirm(1, 301, 1, 1)}, "/confirm/text/text]"},
		{"confirm button", blockkit.Message, list{confirm(1, 1, 30, 1)}, list{confirm(1, 1, 31, 1)}, "/confirm/confirm/text]"},
		{"deny button", blockkit.Message, list{confirm(1, 1, 1, 30)}, list{confirm(1, 1, 1, 31)}, "/confirm/deny/text]"},
		{"section", blockkit.Message, list{section(3000)}, list{section(3001)}, "/text/text]"},
		{"empty section", blockkit.Message, list{section(1)}, list{object{"type": "section"}}, "missing required field: text"},
		{"header", blockkit.Message, list{object{"type": "header", "text": plain(150)}}, list{object{"type": "header", "text": plain(151)}}, "/text/text]"},
		{"text input", blockkit.Modal, list{input(object{"type": "plain_text_input", "initial_value": id(3000)})},
			list{input(object{"type": "plain_text_input", "initial_value": id(3001)})}, "/initial_value]"},
		{"maximum of a text input", blockkit.Modal, list{input(object{"type": "plain_text_input", "max_length": 3000})},
			list{input(object{"type": "plain_text_input", "max_length": 3001})}, "/max_length]"},
		{"button in an input", blockkit.Modal, list{input(object{"type": "users_select"})}, list{input(button(1, nil))}, "unsupported type"},
		{"text input among actions", blockkit.Modal, list{actions(buttons(1)...)}, list{actions(object{"type": "plain_text_input"})}, "unsupported type"},
		{"files in a message", blockkit.Message, list{input(object{"type": "users_select"})}, list{input(object{"type": "file_input"})}, "unsupported type"},
		{"type", blockkit.Message, list{object{"type": "divider"}}, list{object{"type": "divide"}}, "unsupported type: divide"},
	} {
		if _, err := blockkit.Parse(encode(t, test.good), test.on); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if _, err := blockkit.Parse(encode(t, test.bad), test.on); err == nil || !strings.Contains(err.Error(), test.place) {
			t.Errorf("%s: %v, want an error at %s", test.name, err, test.place)
		}
	}
	if _, err := blockkit.Parse([]byte(`{"type":"divider"}`), blockkit.Message); err == nil {
		t.Error("an object was taken for blocks")
	}
}

func encode(t *testing.T, value any) []byte {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func decode(t *testing.T, raw []byte) object {
	t.Helper()
	var o object
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestView_Limits(t *testing.T) {
	t.Parallel()
	modal := func(change object) object {
		v := object{"type": "modal", "title": plain(24), "submit": plain(24), "close": plain(24), "blocks": list{input(object{"type": "plain_text_input"})}}
		for key, value := range change {
			v[key] = value
		}
		return decode(t, encode(t, v))
	}
	id := func(n int) string { return strings.Repeat("i", n) }
	for _, test := range []struct {
		name      string
		good, bad object
		place     string
	}{
		{"title", nil, object{"title": plain(25)}, "/view/title/text]"},
		{"no title", nil, object{"title": nil}, "missing required field: title"},
		{"submit", nil, object{"submit": plain(25)}, "/view/submit/text]"},
		{"input without submit", object{"submit": nil, "blocks": list{object{"type": "divider"}}}, object{"submit": nil}, "missing required field: submit"},
		{"close", nil, object{"close": plain(25)}, "/view/close/text]"},
		{"metadata", object{"private_metadata": id(3000)}, object{"private_metadata": id(3001)}, "/view/private_metadata]"},
		{"callback id", object{"callback_id": id(255)}, object{"callback_id": id(256)}, "/view/callback_id]"},
		{"external id", object{"external_id": id(255)}, object{"external_id": id(256)}, "/view/external_id]"},
		{"blocks", object{"blocks": times(100, object{"type": "divider"})}, object{"blocks": times(101, object{"type": "divider"})}, "/view/blocks]"},
		{"no blocks", nil, object{"blocks": nil}, "missing required field: blocks"},
		{"type", object{"type": "home"}, object{"type": "tab"}, "unsupported type: tab"},
	} {
		if large, err := blockkit.View(modal(test.good)); err != nil || large {
			t.Errorf("%s: %v %v", test.name, large, err)
		}
		if _, err := blockkit.View(modal(test.bad)); err == nil || !strings.Contains(err.Error(), test.place) {
			t.Errorf("%s: %v, want an error at %s", test.name, err, test.place)
		}
	}
	if large, err := blockkit.View(modal(object{"blocks": times(95, object{"type": "section", "text": plain(1400)})})); err != nil || !large {
		t.Errorf("a view of more than 250 kB: %v %v", large, err)
	}
}

func TestParse_SetsIDs(t *testing.T) {
	t.Parallel()
	blocks, err := blockkit.Parse(encode(t, list{actions(object{"type": "button", "text": plain(1)}), object{"type": "divider"}}), blockkit.Message)
	if err != nil {
		t.Fatal(err)
	}
	all := blockkit.Elements(blocks)
	if len(all) != 1 || all[0].ActionID == "" || all[0].BlockID == "" || blocks[1]["block_id"] == "" {
		t.Errorf("%v", blocks)
	}
	for _, test := range []struct {
		block, action string
		ok            bool
	}{{all[0].BlockID, "", true}, {"", all[0].ActionID, true}, {"", "", false}, {"other", "", false}, {"", "other", false}} {
		if e, ok := blockkit.Find(blocks, test.block, test.action); ok != test.ok || ok && e.ActionID != all[0].ActionID {
			t.Errorf("%q %q: %+v", test.block, test.action, e)
		}
	}
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer object
		n      int
		ok     bool
	}{
		"none":         {object{"options": list{}}, 0, true},
		"a hundred":    {object{"options": options(100, 1, 1, 1)}, 100, true},
		"too many":     {object{"options": options(101, 1, 1, 1)}, 101, false},
		"groups":       {object{"option_groups": list{object{"label": plain(75), "options": options(2, 1, 1, 1)}, object{"label": plain(1), "options": options(3, 1, 1, 1)}}}, 5, true},
		"label":        {object{"option_groups": list{object{"label": plain(76), "options": options(2, 1, 1, 1)}}}, 2, false},
		"no options":   {object{}, 0, false},
		"a long value": {object{"options": options(1, 1, 151, 1)}, 1, false},
	} {
		got, err := blockkit.Suggestions(decode(t, encode(t, test.answer)))
		if (err == nil) != test.ok || len(got) != test.n {
			t.Errorf("%s: %d options, %v", name, len(got), err)
		}
	}
}
