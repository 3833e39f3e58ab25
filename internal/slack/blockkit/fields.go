package blockkit

import (
	"strconv"
	"strings"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/handler"
)

// kinds are the kinds of fields by the types of their elements.
var kinds = map[string]handler.FieldKind{
	"plain_text_input": handler.TextLine, "number_input": handler.Number, "email_text_input": handler.Email, "url_text_input": handler.URL,
	"static_select": handler.Select, "external_select": handler.Select, "users_select": handler.User, "conversations_select": handler.ChannelField,
	"multi_static_select": handler.MultiSelect, "multi_external_select": handler.MultiSelect, "multi_users_select": handler.Users,
	"checkboxes": handler.Checkbox, "datepicker": handler.Date, "datetimepicker": handler.DateTime, "file_input": handler.Files,
}

var unescaped = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// Fields reads the fields of a form that a person saw, as far as their values depend on
// them: without Label and other texts, and without functions. It returns nil if the view
// has no blocks. Slack keeps the view, so no client has changed it.
func Fields(view *fastjson.Value) []handler.Field {
	blocks := view.GetArray("blocks")
	if len(blocks) == 0 {
		return nil
	}
	fields := []handler.Field{}
	for _, block := range blocks {
		if text(block, "type") == "input" {
			fields = append(fields, field(block))
		}
	}
	return fields
}

// field reads a field from its input block. Of an element that this release does not know
// any text is a value.
func field(block *fastjson.Value) handler.Field {
	element := block.Get("element")
	kind, known := kinds[text(element, "type")]
	f := handler.Field{Name: text(block, "block_id"), Kind: kind, Optional: block.GetBool("optional")}
	switch {
	case !known:
		f.Kind = handler.TextArea
	case kind == handler.TextLine:
		if element.GetBool("multiline") {
			f.Kind = handler.TextArea
		}
		f.Min, f.Max = element.GetInt("min_length"), element.GetInt("max_length")
	case kind == handler.Number:
		f.Min, f.Max = number(element, "min_value"), number(element, "max_value")
	case kind == handler.Files:
		f.Max = element.GetInt("max_files")
	default:
		f.Max = element.GetInt("max_selected_items")
		if kind == handler.Checkbox {
			break // its value says it all
		}
		for _, o := range element.GetArray("options") {
			value := text(o, "value")
			f.Options = append(f.Options, handler.Option{Value: value})
			// It is not documented whether views have Slack's escapes there; chosen values have none.
			if plain := unescaped.Replace(value); plain != value {
				f.Options = append(f.Options, handler.Option{Value: plain})
			}
		}
	}
	return f
}

// number reads a whole number that is a text.
func number(element *fastjson.Value, name string) int {
	n, _ := strconv.Atoi(text(element, name)) // 0 is no bound
	return n
}
