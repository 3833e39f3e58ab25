package markup

import (
	"strings"
	"testing"
)

// typical is as long as the longer ones of the bot's answers.
var typical = strings.Repeat("*A text* that says `go help` and links <https://go.dev/|the _site_>, with #newbies in it.\n• an item, &lt;escaped&gt;\n", 5) +
	"```\nfunc main() {\n\tfmt.Println(\"hello\")\n}\n```"

func BenchmarkParse(b *testing.B) {
	b.SetBytes(int64(len(typical)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(typical)
	}
}

func BenchmarkMarkdown(b *testing.B) {
	d := Parse(typical)
	b.SetBytes(int64(len(typical)))
	b.ReportAllocs()
	for b.Loop() {
		Markdown(d)
	}
}

func BenchmarkPlain(b *testing.B) {
	d := Parse(typical)
	b.SetBytes(int64(len(typical)))
	b.ReportAllocs()
	for b.Loop() {
		Plain(d)
	}
}

func BenchmarkEscape(b *testing.B) {
	const said = "what does *this* mean: map[string]int & <-ch?"
	b.SetBytes(int64(len(said)))
	b.ReportAllocs()
	for b.Loop() {
		Escape(said)
	}
}

// BenchmarkSplit splits a text of a dozen messages.
func BenchmarkSplit(b *testing.B) {
	text := strings.Repeat(typical+"\n", 60)
	d := Parse(text)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Split(d, 4000, func(d Doc) int { return len(Plain(d)) })
	}
}
