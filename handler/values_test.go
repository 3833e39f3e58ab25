package handler_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/handler"
)

// TestCheckValues holds values to everything that a field declares. Clients that are not
// the platform's may submit anything.
func TestCheckValues(t *testing.T) {
	t.Parallel()
	options := []handler.Option{{Label: "Tea"}, {Label: "Coffee", Value: "c"}, {Label: "Water", Value: "w"}}
	lookup := func(context.Context, handler.Interaction, string) ([]handler.Option, error) { return nil, nil }
	long := strings.Repeat("x", 3001)
	for _, test := range []struct {
		name      string
		field     handler.Field
		good, bad [][]string
	}{
		{"a line", handler.Field{Min: 2, Max: 4}, [][]string{{"ab"}, {"äöüß"}, {"🐹"}, {"🐹🐹🐹🐹"}, {"<!channel>"[:4]}}, [][]string{{}, {""}, {"a"}, {"abcde"}, {"a\nb"}, {"a\rb"}, {"ab", "cd"}}},
		{"a line without bounds", handler.Field{}, [][]string{{long[:3000]}}, [][]string{{long}}},
		{"a line that may be empty", handler.Field{Optional: true, Min: 2}, [][]string{{}, {""}, {"ab"}}, [][]string{{"a"}}},
		{"a text", handler.Field{Kind: handler.TextArea, Max: 5}, [][]string{{"a\nb"}}, [][]string{{"abcdef"}}},
		{"a number", handler.Field{Kind: handler.Number, Min: 1, Max: 9}, [][]string{{"1"}, {"9"}, {"2.5"}},
			[][]string{{}, {"0"}, {"10"}, {"9.1"}, {"one"}, {"NaN"}, {"Inf"}, {"0x2"}, {"1e999"}, {" 2"}, {"2", "3"}}},
		{"a number without bounds", handler.Field{Kind: handler.Number}, [][]string{{"-12"}, {"1e9"}}, [][]string{{"-"}}},
		{"a number of at least 3", handler.Field{Kind: handler.Number, Min: 3}, [][]string{{"3"}, {"1000"}}, [][]string{{"2"}}},
		{"an email address", handler.Field{Kind: handler.Email}, [][]string{{"ada@example.com"}}, [][]string{{"ada"}, {"Ada <ada@example.com>"}, {"ada@example.com\nbob@example.com"}}},
		{"an address", handler.Field{Kind: handler.URL}, [][]string{{"https://go.dev/doc?x=1"}}, [][]string{{"go.dev"}, {"javascript:alert(1)"}, {"https://\x01"}}},
		{"a choice", handler.Field{Kind: handler.Select, Options: options}, [][]string{{"Tea"}, {"c"}}, [][]string{{}, {"Coffee"}, {"beer"}, {"Tea", "c"}}},
		{"a choice that is looked up", handler.Field{Kind: handler.Select, Lookup: lookup}, [][]string{{"anything"}}, [][]string{{}, {long}}},
		{"choices", handler.Field{Kind: handler.MultiSelect, Options: options, Min: 1, Max: 2}, [][]string{{"Tea"}, {"Tea", "c"}}, [][]string{{}, {"beer"}, {"Tea", "Tea"}, {"Tea", "c", "w"}}},
		{"two choices at least", handler.Field{Kind: handler.MultiSelect, Options: options, Min: 2}, [][]string{{"Tea", "c", "w"}}, [][]string{{"Tea"}}},
		{"a box", handler.Field{Kind: handler.Checkbox}, [][]string{{"true"}}, [][]string{{}, {"false"}, {"1"}}},
		{"a person", handler.Field{Kind: handler.User}, [][]string{{"U1"}, {"a@b.example"}, {"f3b0c7d2-0b11"}}, [][]string{{}, {"U1> <!channel"}, {"U1|x"}, {"U1 U2"}, {"ü"}, {long}}},
		{"people", handler.Field{Kind: handler.Users, Max: 2}, [][]string{{"U1", "U2"}}, [][]string{{"U1", "U2", "U3"}, {"U1", "<!here>"}, {"U1", "U1"}}},
		{"a channel", handler.Field{Kind: handler.ChannelField}, [][]string{{"C1"}}, [][]string{{"<C1>"}}},
		{"a date", handler.Field{Kind: handler.Date}, [][]string{{"2026-11-27"}}, [][]string{{"2026-02-30"}, {"today"}}},
		{"a time", handler.Field{Kind: handler.DateTime}, [][]string{{"2026-11-27T02:00:00Z"}}, [][]string{{"2026-11-27"}}},
		{"files", handler.Field{Kind: handler.Files, Max: 1}, [][]string{{"F1"}}, [][]string{{"F1", "F2"}, {"../x y"}}},
	} {
		test.field.Name, test.field.Label = "f", "F"
		if err := handler.CheckFields(&handler.Form{}, []handler.Field{test.field}); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		check := func(values []string) []string {
			return slices.Collect(maps.Keys(handler.CheckValues([]handler.Field{test.field}, handler.Values{"f": values, "other": {"x"}})))
		}
		for _, values := range test.good {
			if got := check(values); len(got) != 0 {
				t.Errorf("%s: %.40q is refused", test.name, values)
			}
		}
		for _, values := range test.bad {
			if got := check(values); !slices.Equal(got, []string{"f"}) {
				t.Errorf("%s: %.40q is taken", test.name, values)
			}
		}
	}
}
