package mention_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/mention"
)

func TestFind(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]mention.Mention{
		"@mention[email:a@b.c]":                  {{Kind: mention.Email, Value: "a@b.c", End: 21}},
		"hi @mention[email:a@b.c;Ada%20L.], you": {{Kind: mention.Email, Value: "a@b.c", Name: "Ada L.", Start: 3, End: 33}},
		"@mention[huid:6fafda2c]@mention[all]!":  {{Kind: mention.ID, Value: "6fafda2c", End: 23}, {Kind: mention.All, Start: 23, End: 36}},
		"@mention[huid:U1;1+1]":                  {{Kind: mention.ID, Value: "U1", Name: "1+1", End: 21}},
		"@mention[email:a@b.c;]":                 {{Kind: mention.Email, Value: "a@b.c", End: 22}},
		"@mention[email:@mention[all]":           {{Kind: mention.All, Start: 15, End: 28}},
		"@mention[x]@mention[all]":               {{Kind: mention.All, Start: 11, End: 24}},
		"":                                       nil,
		"@mention":                               nil,
		"@mention[":                              nil,
		"@mention[]":                             nil,
		"@mention[email:a@b.c":                   nil,
		"@mention[email:a@\nb.c]":                nil,
		"@mention[email:a@b.c\r]":                nil,
		"@mention[email:]":                       nil,
		"@mention[email]":                        nil,
		"@mention[email:;Ada]":                   nil,
		"@mention[phone:1]":                      nil,
		"@mention[Email:a@b.c]":                  nil,
		"@mention[email:a@b.c;A;B]":              nil,
		"@mention[email:a@b.c;%2]":               nil,
		"@mention[email:a@b.c;%ff]":              nil,
		"@mention[email:a@b.c;%0A]":              nil,
		"@mention[all:x]":                        nil,
		"@mention[all;x]":                        nil,
		"@mention[all:]":                         nil,
		"@Mention[all]":                          nil,
	} {
		if got := mention.Find(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}

func TestFind_Bounded(t *testing.T) {
	t.Parallel()
	if n := len(mention.Find(strings.Repeat("@mention[all]", mention.Max+1))); n != mention.Max {
		t.Errorf("%d mentions are read, want %d", n, mention.Max)
	}
	if n := len(mention.Find(strings.Repeat("@mention[", mention.Max) + "@mention[all]")); n != 0 {
		t.Errorf("%d mentions are read behind %d that do not close", n, mention.Max)
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	known := func(m mention.Mention) (string, bool) {
		return "<" + m.Value + ">", m.Value != "none@x.y"
	}
	for text, want := range map[string]string{
		"":     "",
		"none": "none",
		"a @mention[email:a@b.c] b @mention[email:none@x.y] c @mention[huid:U1] d": "a <a@b.c> b @mention[email:none@x.y] c <U1> d",
		"@mention[huid:U1]": "<U1>",
	} {
		if got := mention.Replace(text, known); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// FuzzFind checks that mentions lie in the text one behind the other, that each is read
// alone as it is in the text, and that nothing else of the text changes.
func FuzzFind(f *testing.F) {
	for _, text := range []string{"@mention[all]", "x @mention[email:a@b.c;Ada%20L] y", "@mention[@mention[huid:1]", "@mention[email:a\nb]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		var rest strings.Builder
		for _, m := range mention.Find(text) {
			if m.Start < end || m.End <= m.Start || m.End > len(text) {
				t.Fatalf("%q: %+v behind %d", text, m, end)
			}
			alone := m
			alone.Start, alone.End = 0, m.End-m.Start
			if got := mention.Find(text[m.Start:m.End]); !reflect.DeepEqual(got, []mention.Mention{alone}) {
				t.Errorf("%q alone is %+v, want %+v", text[m.Start:m.End], got, alone)
			}
			rest.WriteString(text[end:m.Start])
			end = m.End
		}
		rest.WriteString(text[end:])
		if got := mention.Replace(text, func(mention.Mention) (string, bool) { return "", true }); got != rest.String() {
			t.Errorf("%q without mentions is %q, want %q", text, got, rest.String())
		}
	})
}
