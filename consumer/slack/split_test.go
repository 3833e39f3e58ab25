package slack

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		limit      int
		want       []string
	}{
		{"short", "a b", 10, []string{"a b"}},
		{"empty", "", 10, []string{""}},
		{"at the ends of lines", "one two\nthree\nfour five\n", 14, []string{"one two\nthree", "four five"}},
		{"as few as can be", "a\nb\nc\nd", 4, []string{"a\nb", "c\nd"}},
		{"without empty lines around", "12345\n\n\n67890\n\n", 6, []string{"12345", "67890"}},
		{"a fence stays whole", "text\n```\ncode\ncode\n```\nmore", 20, []string{"text", "```\ncode\ncode\n```", "more"}},
		{"a fence that begins within a line", "text ```code\ncode``` more\ntext", 26, []string{"text ```code\ncode``` more", "text"}},
		{"a fence in a line", "```a``` b\n```c```", 12, []string{"```a``` b", "```c```"}},
		{"a fence that is too long", "```\n1111\n2222\n3333\n4444\n```\nend", 18, []string{"```\n1111\n2222\n```", "```\n3333\n4444\n```", "end"}},
		{"a fence without an end", "```\n1111\n2222\n3333\n4444", 18, []string{"```\n1111\n2222\n```", "```\n3333\n4444"}},
		{"a line that is too long", "one two three four five", 20, []string{"one two three four", "five"}},
		{"a word that is too long", "12345678901234567890123", 20, []string{"123456789012", "34567890123"}},
		{"no rune is cut", "ääääääääääää", 17, []string{"ääääääää", "ääää"}},
		{"no link is cut", "12345678 <http://x>, more", 24, []string{"12345678", "<http://x>, more"}},
		{"no escape is cut", "1234567890&amp;1234567890", 20, []string{"1234567890", "&amp;1234567890"}},
	} {
		if got := split(test.text, test.limit); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// FuzzSplit looks for a text that is cut where it must not be, or that loses
// something.
func FuzzSplit(f *testing.F) {
	f.Add("one two\nthree ```four\nfive``` six\n\n<http://a|b c> &amp; d", 40)
	f.Add("```\n"+strings.Repeat("code\n", 30)+"```", 50)
	f.Add(strings.Repeat("ä`", 100), 30)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if limit < 30 || limit > 4000 || !utf8.ValidString(text) {
			return
		}
		parts := split(text, limit)
		balanced := strings.Count(text, fence)%2 == 0 && !strings.Contains(text, "````")
		for _, part := range parts {
			if len(part) > limit {
				t.Errorf("%d bytes, want at most %d: %q", len(part), limit, part)
			}
			if !utf8.ValidString(part) {
				t.Errorf("a rune is cut: %q", part)
			}
			if balanced && strings.Count(part, fence)%2 != 0 {
				t.Errorf("a fence is not closed: %q", part)
			}
		}
		// What is added and left out is fences and spaces.
		bare := func(s string) string {
			return strings.Map(func(r rune) rune {
				if strings.ContainsRune(" \n`", r) {
					return -1
				}
				return r
			}, s)
		}
		if got, want := bare(strings.Join(parts, "")), bare(text); got != want && strings.TrimSpace(text) != "" {
			t.Errorf("%q, want %q", got, want)
		}
	})
}
