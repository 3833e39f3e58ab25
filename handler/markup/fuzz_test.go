package markup

import (
	"reflect"
	"strings"
	"testing"
	"unicode"
)

// write returns a Doc from Parse in the dialect. It is how the tests see that Parse
// loses nothing and that Escape is exact: the result is parsed to the same Doc.
func write(d Doc) string {
	var b strings.Builder
	for i, line := range d {
		if i > 0 {
			b.WriteString("\n")
		}
		if line.Quote {
			b.WriteString("> ")
		}
		if line.Item {
			b.WriteString(bullet)
		}
		writeNodes(&b, line.Nodes)
	}
	return b.String()
}

func writeNodes(b *strings.Builder, nodes []Node) {
	for _, n := range nodes {
		around := func(before, after string) {
			b.WriteString(before)
			b.WriteString(Escape(n.Text))
			writeNodes(b, n.Nodes)
			b.WriteString(after)
		}
		reference := func(target string) {
			if n.Text != "" {
				target += "|"
			}
			around("<"+target, ">")
		}
		switch n.Kind {
		case Bold:
			around("*", "*")
		case Italic:
			around("_", "_")
		case Strike:
			around("~", "~")
		case Code:
			around("`", "`")
		case CodeBlock:
			around(fence+n.Lang+"\n", "\n"+fence)
		case Link:
			reference(Escape(n.Target))
		case Mention:
			reference("@" + n.Target)
		case Channel:
			if n.Target == "" {
				b.WriteString("#" + n.Text)
			} else {
				reference("#" + n.Target)
			}
		case Emoji:
			b.WriteString(":" + n.Text + ":")
		default:
			around("", "")
		}
	}
}

var seeds = []string{
	"", "*a _b ~c~_* `d` ~*e*~", "a *b _c* d_", "```\nx\n```", "```go\nx := <-c\n```", "a ```b``` c", "``````", "```` `a` ````",
	"<https://a.b/?c&amp;d|e *f*> <https://g> <mailto:h@i>", "<@U1|a> <@here> <!channel> <#C1|b> <!date^1^x|y>", "#a (#b) *#c* C#d",
	":a::b: 1:2:3 :+1:", "> a\n> • b\n• c\n• *d*\n>", "&amp;lt; &#42;a&#42; &#96; &#8226; b", "https://a/_b_/#c:d:*e* _f_",
	"*a\nb*", "\r\n\r", "\xff*\x00*", "a&#35;b &#35;c&#59;#d", "• • a\n&#8226; b", "<https://a|b|c>", "**a** __b__ *a *b* c*",
}

// FuzzParse looks for a text that Parse panics at, invents something of, or loses
// something of, and that a renderer cannot take.
func FuzzParse(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d := Parse(s)
		length := 0
		for n := range d.Nodes() {
			length += len(n.Text) + len(n.Target) + len(n.Lang)
			if !n.Valid() {
				t.Errorf("%q: %+v is not valid", s, n)
			}
			if n.Kind != CodeBlock && strings.Contains(n.Text+n.Target, "\n") || n.Kind == Text && n.Text == "" {
				t.Errorf("%q: %+v", s, n)
			}
		}
		if length > len(s) || depth(d) > 3 {
			t.Errorf("%q: %d bytes, %d deep: %+v", s, length, depth(d), d)
		}
		written := write(d)
		if again := Parse(written); !reflect.DeepEqual(again, d) {
			t.Errorf("%q:\n%+v is written\n%q and read as\n%+v", s, d, written, again)
		}
		Plain(d)
		Markdown(d)
	})
}

// FuzzEscape looks for a text from people that is more than text, wherever it
// stands.
func FuzzEscape(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = lineEnds.Replace(s)
		var want Doc
		for l := range strings.SplitSeq(s, "\n") {
			if l == "" {
				want = append(want, line())
			} else {
				want = append(want, line(text(l)))
			}
		}
		if got := Parse(Escape(s)); !reflect.DeepEqual(got, want) {
			t.Errorf("%q is escaped as %q and read as %+v", s, Escape(s), got)
		}
		oneLine := strings.ReplaceAll(s, "\n", "")
		if oneLine == "" {
			return
		}
		for _, test := range []struct {
			before, after string
			want          Node
		}{
			{"`", "`", code(oneLine)},
			{"<https://x|", ">", link("https://x", oneLine)},
			{"<https://x/", ">", link("https://x/"+oneLine, "")},
			{"```\n", "\n```", block(oneLine)},
			{"*(", ")*", bold(text("(" + oneLine + ")"))},
		} {
			if strings.TrimSpace(oneLine) == "" || test.want.Kind == Link && !test.want.Valid() {
				continue
			}
			if got := Parse(test.before + Escape(oneLine) + test.after); !reflect.DeepEqual(got, Doc{line(test.want)}) {
				t.Errorf("%q between %q and %q is read as %+v", oneLine, test.before, test.after, got)
			}
		}
	})
}

// FuzzSplit looks for a text that is cut where it must not be, or that loses
// something.
func FuzzSplit(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed+"\n"+strings.Repeat(seed+" ", 20), 40)
	}
	f.Add("```go\n"+strings.Repeat("code `x`\n", 30)+"```", 50)
	f.Add(strings.Repeat("ä`", 100), 41)
	f.Add("<https://x/"+strings.Repeat("a", 100)+"|b> *<https://x/"+strings.Repeat("a", 100)+">*", 60)
	f.Add("> • *_"+strings.Repeat("one two ", 30)+"x_*", 50)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		if limit < 40 || limit > 4000 { // a fence with a language and one character must fit
			return
		}
		d := Parse(s)
		for name, render := range map[string]func(Doc) string{"Plain": Plain, "Markdown": Markdown} {
			parts := Split(d, limit, func(d Doc) int { return len(render(d)) })
			for _, part := range parts {
				if size := len(render(part)); size > limit {
					t.Errorf("%s: %q: %d bytes, want at most %d: %+v", name, s, size, limit, part)
				}
			}
			if got, want := visible(parts...), visible(d); got != want {
				t.Errorf("%s, %d: %q: the parts say\n%q, want\n%q", name, limit, s, got, want)
			}
		}
	})
}

// visible returns the characters of Docs but for spaces and those that begin names,
// which are part of a Mention that was cut as text.
func visible(docs ...Doc) string {
	var b strings.Builder
	for _, d := range docs {
		for n := range d.Nodes() {
			b.WriteString(n.Text)
			if n.Kind != Link {
				continue
			}
			if n.Text == "" {
				b.WriteString(n.Target)
			}
		}
	}
	return strings.Join(strings.FieldsFunc(b.String(), func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("@#:", r) }), "")
}
