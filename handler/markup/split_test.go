package markup

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
		{"nothing but line ends", "\n\n\n\n", 2, []string{""}},
		{"at the ends of lines", "one two\nthree\nfour five\n", 14, []string{"one two\nthree", "four five"}},
		{"as few as can be", "a\nb\nc\nd", 4, []string{"a\nb", "c\nd"}},
		{"without empty lines around", "\n12345\n\n\n67890\n\n", 6, []string{"12345", "67890"}},
		{"a block stays whole", "text\n```\ncode\ncode\n```\nmore", 20, []string{"text", "```\ncode\ncode\n```", "more"}},
		{"a block within a line", "text ```code\ncode``` more\ntext", 28, []string{"text ```\ncode\ncode\n``` more", "text"}},
		{"a block that is too long", "```\n1111\n2222\n3333\n4444\n```\nend", 18, []string{"```\n1111\n2222\n```", "```\n3333\n4444\n```", "end"}},
		{"a language stays", "```go\n1111\n2222\n3333\n```", 20, []string{"```go\n1111\n2222\n```", "```go\n3333\n```"}},
		{"empty lines between pieces of a block", "```\n1111\n\n\n\n\n\n\n\n\n\n\n2222\n```", 14, []string{"```\n1111\n\n\n```", "```\n\n2222\n```"}},
		{"a long line in a block", "```\nab cd " + strings.Repeat("x", 14) + "\n```", 18, []string{"```\nab cd \n```", "```\nxxxxxxxxxx\n```", "```\nxxxx\n```"}},
		{"a block in a line that is too long", "12345678 ```\n1111\n2222\n``` 12345678", 18, []string{"12345678 ", "```\n1111\n2222\n```", " 12345678"}},
		{"a line that is too long", "one two three four five", 20, []string{"one two three four", "five"}},
		{"a word that is too long", "12345678901234567890123", 20, []string{"12345678901234567890", "123"}},
		{"no rune is cut", "ääääääääääää", 17, []string{"ääääääää", "ääää"}},
		{"no link is cut", "12345678 <http://x/y/z>, more", 20, []string{"12345678", "http://x/y/z, more"}},
		{"a link that is too long", "a <http://x/123456789012345678|label> b", 20, []string{"a", "label b"}},
		{"marks go on", "*_one two three four five_*", 20, []string{"*_one two three_*", "*_four five_*"}},
		{"code goes on", "`one two three four five`", 20, []string{"`one two three four`", "` five`"}},
		{"a quote goes on", "> one two three four five", 20, []string{"> one two three four", "> five"}},
		{"an item goes on as text", "• one two three four five", 20, []string{"• one two three", "four five"}},
		{"what is cut does not share a part with its rest", "one two three four fi\nve", 20, []string{"one two three four", "fi\nve"}},
	} {
		var got []string
		for _, part := range Split(Parse(test.text), test.limit, func(d Doc) int { return len(Plain(d)) }) {
			got = append(got, Plain(part))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s:\n got %q\nwant %q", test.name, got, test.want)
		}
	}
}

// TestSplit_Measures has a platform count in characters, and one that has room for
// nothing.
func TestSplit_Measures(t *testing.T) {
	t.Parallel()
	characters := func(d Doc) int { return utf8.RuneCountInString(Plain(d)) }
	if got := Split(Parse("äää äää äää"), 7, characters); len(got) != 2 || Plain(got[0]) != "äää äää" {
		t.Errorf("%+v", got)
	}
	for _, limit := range []int{-1, 0, 1} {
		parts := Split(Parse("*ab* `c` <https://x|d>\n```\nef\n```\n:g:"), limit, characters)
		if got := visible(parts...); got != "abcdefg" {
			t.Errorf("limit %d: %q in %+v", limit, got, parts)
		}
	}
}

// TestSplit_IsQuick splits long texts into many parts. The cost is the number of bytes
// that Split measures: a few times the text for each halving of a part.
func TestSplit_IsQuick(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		strings.Repeat("a line\n", 3_000), strings.Repeat("\n", 20_000), strings.Repeat("word ", 4_000), "*" + strings.Repeat("word `x` ", 2_000) + "end*",
		"```\n" + strings.Repeat("code\n", 4_000) + "```", "```\n" + strings.Repeat("x", 20_000) + "\n```", strings.Repeat("```\nx\n```\n", 2_000),
	} {
		for _, limit := range []int{50, 4000} {
			measured := 0
			Split(Parse(text), limit, func(d Doc) int {
				size := len(Plain(d))
				measured += size
				return size
			})
			if maximum := 50 * len(text); measured > maximum {
				t.Errorf("%.20q, limit %d: measured %d bytes, want at most %d", text, limit, measured, maximum)
			}
		}
	}
}
