package blockkit_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/slack/blockkit"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	inputs := []string{"term", "meaning"}
	for name, test := range map[string]struct {
		messages map[string]string
		inputs   []string
		want     string // "" for an error
	}{
		"at a field":                    {map[string]string{"meaning": "too short"}, inputs, `{"meaning":"too short"}`},
		"of the form":                   {map[string]string{"": "press again"}, inputs, `{"term":"press again"}`},
		"of the form and its first":     {map[string]string{"": "sorry", "term": "taken"}, inputs, `{"term":"sorry\ntaken"}`},
		"of the form and another":       {map[string]string{"": "sorry", "meaning": "taken"}, inputs, `{"term":"sorry","meaning":"taken"}`},
		"at a block that is no input":   {map[string]string{"intro": "x"}, inputs, ""},
		"at a field and at one that is": {map[string]string{"intro": "x", "term": "y"}, inputs, ""},
		"of a form without inputs":      {map[string]string{"": "x"}, nil, ""},
	} {
		got, err := blockkit.Errors(test.messages, test.inputs)
		if (err != nil) != (test.want == "") {
			t.Errorf("%s: %s (%v)", name, got, err)
		} else if err == nil && !sameJSON(t, string(got), `{"response_action":"errors","errors":`+test.want+`}`) {
			t.Errorf("%s: %s", name, got)
		}
	}
	// 49 bytes enclose the message.
	for n, fits := range map[int]bool{20_000 - 49: true, 20_000 - 48: false} {
		got, err := blockkit.Errors(map[string]string{"term": strings.Repeat("x", n)}, inputs)
		if (err == nil) != fits || fits && len(got) != 20_000 {
			t.Errorf("a message of %d bytes: an answer of %d (%v)", n, len(got), err)
		}
	}
}

func TestInputBlocks(t *testing.T) {
	t.Parallel()
	view := fastjson.MustParse(`{"blocks":[{"type":"section","block_id":"a"},{"type":"input","block_id":"b"},{"type":"actions","block_id":"c"},{"type":"input","block_id":"d"}]}`)
	if got := blockkit.InputBlocks(view); !slices.Equal(got, []string{"b", "d"}) {
		t.Errorf("%q", got)
	}
	if got := blockkit.InputBlocks(nil); got != nil {
		t.Errorf("%q", got)
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	view := slack.ModalViewRequest{Type: slack.VTModal, CallbackID: "next", Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewDividerBlock()}}}
	got, err := blockkit.Update(view)
	if err != nil || !sameJSON(t, string(got), `{"response_action":"update","view":{"type":"modal","callback_id":"next","blocks":[{"type":"divider"}]}}`) {
		t.Errorf("%s (%v)", got, err)
	}
	view.PrivateMetadata = strings.Repeat("x", 20_000)
	if got, err := blockkit.Update(view); err == nil {
		t.Errorf("an answer of %d bytes is no error", len(got))
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	many := func(n, size int) (list []handler.Option) {
		for i := range n {
			list = append(list, handler.Option{Label: fmt.Sprintf("%03d%s", i, strings.Repeat("x", size))})
		}
		return list
	}
	for name, test := range map[string]struct {
		options []handler.Option
		want    int
		last    string
	}{
		"none":                {nil, 0, ""},
		"one":                 {[]handler.Option{{Label: "Go", Value: "go", Hint: "a language"}}, 1, `{"text":{"type":"plain_text","text":"Go","emoji":false},"value":"go","description":{"type":"plain_text","text":"a language","emoji":false}}`},
		"100":                 {many(100, 0), 100, ""},
		"101":                 {many(101, 0), 100, ""},
		"without a label":     {[]handler.Option{{Value: "x"}, {Label: "b"}}, 1, ""},
		"twice":               {[]handler.Option{{Label: "a"}, {Label: "b", Value: "a"}, {Label: "c"}}, 2, ""},
		"values of 150, 151":  {[]handler.Option{{Label: "a", Value: strings.Repeat("ä", 150)}, {Label: "b", Value: strings.Repeat("ä", 151)}}, 1, ""},
		"texts of 75 and 76":  {[]handler.Option{{Label: strings.Repeat("ä", 75), Value: "1", Hint: strings.Repeat("ä", 76)}, {Label: strings.Repeat("ä", 76), Value: "2"}}, 2, `{"text":{"type":"plain_text","text":"` + strings.Repeat("ä", 75) + `","emoji":false},"value":"2"}`},
		"more than 20,000 B.": {largest(), 46, ""},
	} {
		got, err := blockkit.Choices(test.options)
		var parsed struct{ Options []json.RawMessage }
		if err != nil || json.Unmarshal(got, &parsed) != nil || len(parsed.Options) != test.want || len(got) > 20_000 {
			t.Errorf("%s: %d options in %d bytes, want %d (%v)", name, len(parsed.Options), len(got), test.want, err)
			continue
		}
		if test.last != "" && !sameJSON(t, string(parsed.Options[test.want-1]), test.last) {
			t.Errorf("%s: the last is %s", name, parsed.Options[test.want-1])
		}
		block := fastjson.MustParse(`{"type":"input","element":{"type":"external_select"}}`)
		if test.want > 0 {
			block.Get("element").Set("options", fastjson.MustParseBytes(got).Get("options"))
		}
		if violations := check([]*fastjson.Value{block}); len(violations) > 0 {
			t.Errorf("%s: Slack would refuse %s", name, violations)
		}
	}
}

// largest are 100 options of the largest sizes: of 425 bytes each without a comma.
func largest() (list []handler.Option) {
	for i := range 100 {
		list = append(list, handler.Option{Label: strings.Repeat("x", 75), Value: fmt.Sprintf("%03d", i) + strings.Repeat("x", 147), Hint: strings.Repeat("x", 75)})
	}
	return list
}

// FuzzChoices looks for options that make an answer which Slack would refuse.
func FuzzChoices(f *testing.F) {
	f.Add("Go", "go", "a language", 3)
	f.Add("\"\\\u2028<&>", "\xff", "ä", 120)
	f.Fuzz(func(t *testing.T, label, value, hint string, n int) {
		var list []handler.Option
		for i := range min(n, 200) {
			list = append(list, handler.Option{Label: label, Value: fmt.Sprint(value, i), Hint: hint})
		}
		got, err := blockkit.Choices(list)
		if err != nil {
			t.Fatal(err)
		}
		v, err := fastjson.ParseBytes(got)
		if err != nil || len(got) > 20_000 || len(v.GetArray("options")) > 100 {
			t.Errorf("%d bytes: %.200s (%v)", len(got), got, err)
		}
	})
}
