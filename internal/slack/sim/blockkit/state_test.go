package blockkit_test

import (
	"fmt"
	"testing"

	"github.com/gobridge/gopherbot/internal/slack/sim/blockkit"
)

func parse(t *testing.T, blocks ...any) []blockkit.Object {
	t.Helper()
	parsed, err := blockkit.Parse(encode(t, blocks), blockkit.Modal)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// field is an input block named after its element.
func field(name string, element object) object {
	element["action_id"] = "value"
	block := input(element)
	block["block_id"] = name
	return block
}

func TestElement_Values(t *testing.T) {
	t.Parallel()
	choices := func() list {
		return list{object{"text": plain(1), "value": "a"}, object{"text": plain(1), "value": "b"}}
	}
	for _, test := range []struct {
		kind    string
		element object
		values  []string
		want    string // as payloads have it
		empty   string
	}{
		{"plain_text_input", object{}, []string{"hi"}, `{"type":"plain_text_input","value":"hi"}`, `{"type":"plain_text_input","value":null}`},
		{"static_select", object{"options": choices()}, []string{"b"}, `{"selected_option":{"text":{"text":"ä","type":"plain_text"},"value":"b"},"type":"static_select"}`,
			`{"selected_option":null,"type":"static_select"}`},
		{"checkboxes", object{"options": choices()}, []string{"a"}, `{"selected_options":[{"text":{"text":"ä","type":"plain_text"},"value":"a"}],"type":"checkboxes"}`,
			`{"selected_options":[],"type":"checkboxes"}`},
		{"users_select", object{}, []string{"U1"}, `{"selected_user":"U1","type":"users_select"}`, `{"selected_user":null,"type":"users_select"}`},
		{"multi_users_select", object{}, []string{"U1", "U2"}, `{"selected_users":["U1","U2"],"type":"multi_users_select"}`, `{"selected_users":[],"type":"multi_users_select"}`},
		{"channels_select", object{}, []string{"C1"}, `{"selected_channel":"C1","type":"channels_select"}`, `{"selected_channel":null,"type":"channels_select"}`},
		{"conversations_select", object{}, []string{"C1"}, `{"selected_conversation":"C1","type":"conversations_select"}`, `{"selected_conversation":null,"type":"conversations_select"}`},
		{"datepicker", object{}, []string{"2026-11-27"}, `{"selected_date":"2026-11-27","type":"datepicker"}`, `{"selected_date":null,"type":"datepicker"}`},
		{"timepicker", object{}, []string{"10:00"}, `{"selected_time":"10:00","type":"timepicker"}`, `{"selected_time":null,"type":"timepicker"}`},
		{"datetimepicker", object{}, []string{"1700000000"}, `{"selected_date_time":1700000000,"type":"datetimepicker"}`, `{"selected_date_time":null,"type":"datetimepicker"}`},
	} {
		test.element["type"] = test.kind
		blocks := parse(t, field("f", test.element))
		state := blockkit.NewState(blocks, nil)
		if got := string(encode(t, state["f"]["value"])); got != test.empty {
			t.Errorf("%s is %s at first, want %s", test.kind, got, test.empty)
		}
		e, ok := blockkit.Find(blocks, "f", "value")
		if !ok || !e.Input() || e.Dispatches() {
			t.Fatalf("%s: %+v", test.kind, e)
		}
		value, err := e.Value(nil, test.values...)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(encode(t, value)); got != test.want {
			t.Errorf("%s: %s, want %s", test.kind, got, test.want)
		}
		if value, err = e.Value(nil); err != nil || string(encode(t, value)) != test.empty {
			t.Errorf("%s emptied: %v (%v)", test.kind, value, err)
		}
	}
}

func TestElement_RefusesValues(t *testing.T) {
	t.Parallel()
	blocks := parse(t, actions(
		object{"type": "button", "action_id": "button", "text": plain(1), "value": "v"},
		object{"type": "static_select", "action_id": "menu", "options": options(1, 1, 1, 1)},
		object{"type": "external_select", "action_id": "external"},
	))
	element := func(id string) blockkit.Element {
		e, ok := blockkit.Find(blocks, "", id)
		if !ok || !e.Dispatches() {
			t.Fatal(id)
		}
		return e
	}
	for id, values := range map[string][]string{"button": {"x"}, "menu": {"x"}, "external": {"x"}} {
		if v, err := element(id).Value(nil, values...); err == nil {
			t.Errorf("%s took %v", id, v)
		}
	}
	if v, err := element("menu").Value(nil, "v", "v"); err == nil {
		t.Errorf("a menu took two values: %v", v)
	}
	suggested := []blockkit.Object{{"text": plain(1), "value": "x"}}
	if v, err := element("external").Value(suggested, "x"); err != nil || fmt.Sprint(v["selected_option"]) != fmt.Sprint(suggested[0]) || !element("external").External() {
		t.Errorf("%v (%v)", v, err)
	}
	if v, err := element("button").Value(nil); err != nil || v["value"] != "v" || v["text"] == nil {
		t.Errorf("%v (%v)", v, err)
	}
}

func TestNewState_KeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	before := blockkit.State{"f": {"value": {"type": "plain_text_input", "value": "typed"}}, "gone": {"value": {"type": "plain_text_input", "value": "typed"}}}
	text := object{"type": "plain_text_input", "initial_value": "first"}
	state := blockkit.NewState(parse(t, field("f", text), field("g", object{"type": "plain_text_input", "initial_value": "first"})), before)
	if got := string(encode(t, state)); got != `{"f":{"value":{"type":"plain_text_input","value":"typed"}},"g":{"value":{"type":"plain_text_input","value":"first"}}}` {
		t.Error(got)
	}
	state = blockkit.NewState(parse(t, field("f", object{"type": "users_select"})), before)
	if got := string(encode(t, state)); got != `{"f":{"value":{"selected_user":null,"type":"users_select"}}}` {
		t.Errorf("another type: %s", got)
	}
}

func TestState_Complain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind     string
		more     object
		optional bool
		value    string
		ok       bool
	}{
		{"plain_text_input", object{}, false, "", false},
		{"plain_text_input", object{}, true, "", true},
		{"plain_text_input", object{"min_length": 2, "max_length": 3}, true, "a", false},
		{"plain_text_input", object{"min_length": 2, "max_length": 3}, false, "äää", true},
		{"plain_text_input", object{"min_length": 2, "max_length": 3}, false, "abcd", false},
		{"email_text_input", object{}, false, "a@example.org", true},
		{"email_text_input", object{}, false, "example.org", false},
		{"url_text_input", object{}, false, "https://go.dev", true},
		{"url_text_input", object{}, false, "go.dev", false},
		{"number_input", object{"is_decimal_allowed": false}, false, "1.5", false},
		{"number_input", object{"is_decimal_allowed": true}, false, "1.5", true},
		{"number_input", object{"is_decimal_allowed": false, "min_value": "2", "max_value": "3"}, false, "1", false},
		{"number_input", object{"is_decimal_allowed": false, "min_value": "2", "max_value": "3"}, false, "4", false},
		{"number_input", object{"is_decimal_allowed": false, "min_value": "2", "max_value": "3"}, false, "3", true},
		{"users_select", object{}, false, "", false},
		{"multi_users_select", object{}, false, "", false},
		{"multi_users_select", object{}, false, "U1", true},
	} {
		test.more["type"] = test.kind
		block := field("f", test.more)
		block["optional"] = test.optional
		blocks := parse(t, block)
		state := blockkit.NewState(blocks, nil)
		e, _ := blockkit.Find(blocks, "f", "value")
		var values []string
		if test.value != "" {
			values = append(values, test.value)
		}
		value, err := e.Value(nil, values...)
		if err != nil {
			t.Fatal(err)
		}
		state.Set(e, value)
		if lines := state.Complain(blocks); (len(lines) == 0) != test.ok || !test.ok && lines["f"] == "" {
			t.Errorf("%s %q: %q", test.kind, test.value, lines)
		}
	}
}
