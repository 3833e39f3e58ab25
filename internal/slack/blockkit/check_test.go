package blockkit_test

import (
	"fmt"
	"unicode/utf8"

	"github.com/valyala/fastjson"
)

// check returns what Slack would refuse in blocks, by the limits of its documentation.
// Source: https://docs.slack.dev/reference/block-kit
func check(blocks []*fastjson.Value) (violations []string) {
	wrong := func(format string, args ...any) { violations = append(violations, fmt.Sprintf(format, args...)) }
	length := func(v *fastjson.Value, least, most int, path ...string) {
		field := v.Get(path...)
		if n := utf8.RuneCountInString(string(field.GetStringBytes())); field != nil && (n < least || n > most) {
			wrong("%v of %d characters, want %d to %d", path, n, least, most)
		}
	}
	blockIDs, actionIDs := map[string]bool{}, map[string]bool{}
	unique := func(seen map[string]bool, v *fastjson.Value, field string) {
		id := string(v.GetStringBytes(field))
		if id != "" && seen[id] {
			wrong("two of the %s %q", field, id)
		}
		seen[id] = true
		length(v, 1, 255, field)
	}
	element := func(e *fastjson.Value) {
		unique(actionIDs, e, "action_id")
		length(e, 1, 75, "text", "text")
		length(e, 1, 2000, "value")
		length(e, 1, 3000, "url")
		length(e, 1, 150, "placeholder", "text")
		length(e, 1, 100, "confirm", "title", "text")
		length(e, 1, 300, "confirm", "text", "text")
		length(e, 1, 30, "confirm", "confirm", "text")
		length(e, 1, 30, "confirm", "deny", "text")
		length(e, 1, 3000, "initial_value")
		if n := e.GetInt("max_length"); n > 3000 {
			wrong("a max_length of %d", n)
		}
		most := map[string]int{"checkboxes": 10}[string(e.GetStringBytes("type"))]
		if most == 0 {
			most = 100
		}
		options := e.GetArray("options")
		if len(options) > most || e.Exists("options") && len(options) == 0 {
			wrong("%d options", len(options))
		}
		for _, o := range options {
			length(o, 1, 75, "text", "text")
			length(o, 1, 150, "value")
			length(o, 1, 75, "description", "text")
		}
	}
	for _, b := range blocks {
		unique(blockIDs, b, "block_id")
		switch kind := string(b.GetStringBytes("type")); kind {
		case "section":
			length(b, 1, 3000, "text", "text")
		case "actions":
			elements := b.GetArray("elements")
			if len(elements) == 0 || len(elements) > 25 {
				wrong("%d elements", len(elements))
			}
			for _, e := range elements {
				element(e)
			}
		case "input":
			length(b, 1, 2000, "label", "text")
			length(b, 1, 2000, "hint", "text")
			element(b.Get("element"))
		default:
			wrong("a block of the type %q", kind)
		}
	}
	return violations
}
