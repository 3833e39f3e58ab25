package blockkit_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/slack/blockkit"
)

// encode returns the JSON of anything.
func encode(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// sameJSON reports whether two texts are the same JSON.
func sameJSON(t *testing.T, got, want string) bool {
	t.Helper()
	var a, b any
	if err := json.Unmarshal([]byte(got), &a); err != nil {
		t.Fatalf("%s: %v", got, err)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatalf("%s: %v", want, err)
	}
	return reflect.DeepEqual(a, b)
}

// controls are one of each, and one twice.
var controls = []handler.Component{
	{ID: "approve", Label: "Approve", Data: "17"},
	{ID: "approve", Label: "Approve & thank", Data: "17 thanks", Confirm: "Sure?", Danger: true},
	{URL: "https://go.dev/?a=1&b=2", Label: "Go"},
	{ID: "pick", Label: "Pick one", Data: "a|b", Confirm: "Sure?", Options: []handler.Option{{Label: "One"}, {Label: "Two", Value: "2", Hint: "more"}}},
	{URL: "https://go.dev/2", Label: "Go on", Danger: true},
}

func TestMessage_Renders(t *testing.T) {
	t.Parallel()
	blocks, err := blockkit.Message(markup.Parse("*hi* <https://go.dev|Go> &amp; <!here>"), controls, "U1")
	if err != nil {
		t.Fatal(err)
	}
	const want = `[
		{"type":"section","text":{"type":"mrkdwn","text":"*hi* <https://go.dev|Go> &amp; &lt;!here&gt;"}},
		{"type":"actions","block_id":"1|U1|","elements":[
			{"type":"button","action_id":"approve","text":{"type":"plain_text","text":"Approve","emoji":false},"value":"17"},
			{"type":"button","action_id":"approve:2","text":{"type":"plain_text","text":"Approve & thank","emoji":false},"value":"17 thanks","style":"danger","confirm":{
				"title":{"type":"plain_text","text":"Are you sure?","emoji":false},"text":{"type":"plain_text","text":"Sure?","emoji":false},
				"confirm":{"type":"plain_text","text":"Approve & thank","emoji":false},"deny":{"type":"plain_text","text":"Cancel","emoji":false},"style":"danger"}},
			{"type":"button","action_id":":link:1","text":{"type":"plain_text","text":"Go","emoji":false},"url":"https://go.dev/?a=1&b=2"}]},
		{"type":"actions","block_id":"2|U1|a|b","elements":[
			{"type":"static_select","action_id":"pick","placeholder":{"type":"plain_text","text":"Pick one","emoji":false},"options":[
				{"text":{"type":"plain_text","text":"One","emoji":false},"value":"One"},
				{"text":{"type":"plain_text","text":"Two","emoji":false},"value":"2","description":{"type":"plain_text","text":"more","emoji":false}}],
			"confirm":{"title":{"type":"plain_text","text":"Are you sure?","emoji":false},"text":{"type":"plain_text","text":"Sure?","emoji":false},
				"confirm":{"type":"plain_text","text":"Yes","emoji":false},"deny":{"type":"plain_text","text":"Cancel","emoji":false}}}]},
		{"type":"actions","block_id":"3|U1|","elements":[
			{"type":"button","action_id":":link:2","text":{"type":"plain_text","text":"Go on","emoji":false},"url":"https://go.dev/2","style":"danger"}]}]`
	if got := encode(t, blocks); !sameJSON(t, got, want) {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestComponents_AreRead: a message that comes back has the controls that it was sent with.
func TestComponents_AreRead(t *testing.T) {
	t.Parallel()
	blocks, err := blockkit.Message(markup.Parse("hi"), controls, "U1")
	if err != nil {
		t.Fatal(err)
	}
	got, asker := blockkit.Components(fastjson.MustParse(encode(t, blocks)).GetArray())
	want := slices.Clone(controls)
	want[3].Options = []handler.Option{{Label: "One", Value: "One"}, {Label: "Two", Value: "2", Hint: "more"}}
	if asker != "U1" || !reflect.DeepEqual(got, want) {
		t.Errorf("%q, %+v\nwant %+v", asker, got, want)
	}
}

// TestMessage_Borders has controls of the greatest sizes, and greater ones.
func TestMessage_Borders(t *testing.T) {
	t.Parallel()
	many := func(n int, c handler.Component) (list []handler.Component) {
		for range n {
			list = append(list, c)
		}
		return list
	}
	options := func(n int) (list []handler.Option) {
		for i := range n {
			list = append(list, handler.Option{Label: strings.Repeat("ä", 72) + encode(t, i+100), Value: strings.Repeat("v", 147) + encode(t, i+100), Hint: strings.Repeat("ä", 75)})
		}
		return list
	}
	button, menu := handler.Component{ID: "a", Label: "A"}, handler.Component{ID: "a", Label: "A", Options: options(1)}
	for name, test := range map[string]struct {
		components []handler.Component
		blocks     int // 0 for an error
	}{
		"none":                        {nil, 1},
		"25 buttons":                  {many(25, button), 2},
		"26 buttons":                  {many(26, button), 0},
		"25 menus":                    {many(25, menu), 26},
		"100 options":                 {[]handler.Component{{ID: "a", Label: "A", Options: options(100)}}, 2},
		"101 options":                 {[]handler.Component{{ID: "a", Label: "A", Options: options(101)}}, 0},
		"a label of 75 characters":    {[]handler.Component{{ID: "a", Label: strings.Repeat("ä", 75), Confirm: strings.Repeat("ä", 300)}}, 2},
		"a label of 76 characters":    {[]handler.Component{{ID: "a", Label: strings.Repeat("ä", 76)}}, 0},
		"data of 1,500 bytes":         {[]handler.Component{{ID: "a", Label: "A", Data: strings.Repeat("x", 1500)}}, 2},
		"data of 1,501 bytes":         {[]handler.Component{{ID: "a", Label: "A", Data: strings.Repeat("x", 1501)}}, 0},
		"data of a menu of 200 bytes": {[]handler.Component{{ID: "a", Label: "A", Options: options(1), Data: strings.Repeat("x", 200)}}, 2},
		"data of a menu of 201 bytes": {[]handler.Component{{ID: "a", Label: "A", Options: options(1), Data: strings.Repeat("x", 201)}}, 0},
		"a URL of 3,000 bytes":        {[]handler.Component{{URL: "https://a/" + strings.Repeat("x", 2990), Label: "A"}}, 2},
		"a URL of 3,001 bytes":        {[]handler.Component{{URL: "https://a/" + strings.Repeat("x", 2991), Label: "A"}}, 0},
		"a URL of a script":           {[]handler.Component{{URL: "javascript:x", Label: "A"}}, 0},
	} {
		blocks, err := blockkit.Message(markup.Parse("hi"), test.components, "U0123456789")
		if len(blocks) != test.blocks || (err != nil) != (test.blocks == 0) {
			t.Errorf("%s: %d blocks, want %d (%v)", name, len(blocks), test.blocks, err)
		}
		if violations := check(fastjson.MustParse(encode(t, blocks)).GetArray()); len(violations) > 0 {
			t.Errorf("%s: Slack would refuse %s", name, violations)
		}
	}
}

func TestSections_Split(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		want int
	}{
		"nothing":          {"", 0},
		"blank":            {" \n ", 0},
		"3,000 characters": {strings.Repeat("x", 3000), 1},
		"3,001 characters": {strings.Repeat("x", 3001), 2},
		"a text of 4,000":  {strings.Repeat("line 1234\n", 400), 2},
	} {
		blocks := blockkit.Sections(markup.Parse(test.text))
		if violations := check(fastjson.MustParse(encode(t, append(blocks[:0:0], blocks...))).GetArray()); len(blocks) != test.want || len(violations) > 0 {
			t.Errorf("%s: %d sections, want %d; %s", name, len(blocks), test.want, violations)
		}
	}
	if blocks, err := blockkit.Message(markup.Parse(strings.Repeat("x", 3000*50)), nil, ""); err != nil || len(blocks) != 50 {
		t.Errorf("a message of 50 blocks: %d (%v)", len(blocks), err)
	}
	if _, err := blockkit.Message(markup.Parse(strings.Repeat("x", 3000*50+1)), nil, ""); err == nil {
		t.Error("a message of 51 blocks is no error")
	}
	if blocks, err := blockkit.Home(markup.Parse(strings.Repeat("x", 3000*100)), nil); err != nil || len(blocks) != 100 {
		t.Errorf("a page of 100 blocks: %d (%v)", len(blocks), err)
	}
	if _, err := blockkit.Home(markup.Parse(strings.Repeat("x", 3000*100)), controls); err == nil {
		t.Error("a page of more blocks is no error")
	}
}

func TestParseNative(t *testing.T) {
	t.Parallel()
	n, err := blockkit.ParseNative(json.RawMessage(`{"blocks":[{"type":"divider","block_id":"d","next_year":[1]}],"attachments":[{"color":"#ff0000","text":"x"}]}`))
	if err != nil || len(n.Blocks) != 1 || len(n.Attachments) != 1 || n.Blocks[0].BlockType() != "divider" || n.Blocks[0].ID() != "d" || n.Attachments[0].Color != "#ff0000" {
		t.Fatalf("%+v (%v)", n, err)
	}
	if got := encode(t, n.Blocks); got != `[{"type":"divider","block_id":"d","next_year":[1]}]` {
		t.Errorf("its blocks are %s", got)
	}
	for _, raw := range []string{``, `[]`, `{}`, `{"blocks":[]}`, `{"blocks":{}}`, `{"blocks":[` + strings.Repeat(`{},`, 50) + `{}]}`} {
		if _, err := blockkit.ParseNative(json.RawMessage(raw)); err == nil {
			t.Errorf("%.40s is no error", raw)
		}
	}
	if n, err := blockkit.ParseNative(json.RawMessage(`{"blocks":[1]}`)); err != nil || n.Blocks[0].BlockType() != "" || n.Blocks[0].ID() != "" {
		t.Errorf("a block that is none: %+v (%v)", n, err)
	}
}
