package slack

import (
	"strings"
	"unicode/utf8"
)

// maxText is how long the text of one message may be. Slack advises up to 4,000
// characters; counted in bytes, that is kept whatever it takes for a character.
// Source: https://docs.slack.dev/reference/methods/chat.postMessage
const maxText = 4000

// fence begins and ends a block of code.
const fence = "```"

// split cuts a text into parts of at most limit bytes, at the ends of lines. A
// block of code stays whole if it fits into a part, and is continued as a block
// of code if it does not. A line that is too long is cut between words.
func split(text string, limit int) []string {
	if len(text) <= limit {
		return []string{text}
	}
	p := packer{limit: limit}
	for _, block := range blocks(text) {
		p.add(block)
	}
	return p.finish()
}

// blocks cuts a text into lines, which keep their ends; the lines of a block of
// code are kept together.
func blocks(text string) []string {
	var list []string
	open := false
	for line := range strings.Lines(text) {
		if open {
			list[len(list)-1] += line
		} else {
			list = append(list, line)
		}
		open = open != togglesFence(line)
	}
	return list
}

// togglesFence reports whether a line begins or ends a block of code that goes
// on in other lines.
func togglesFence(line string) bool { return strings.Count(line, fence)%2 == 1 }

// packer puts pieces of text into as few parts as it can, in their order.
type packer struct {
	limit int
	parts []string
	part  strings.Builder // the one that is being filled
}

func (p *packer) add(block string) {
	switch {
	case p.fits(block):
		p.part.WriteString(block)
	case len(strings.TrimRight(block, "\n")) <= p.limit:
		p.flush()
		p.part.WriteString(block)
	default:
		p.cut(block)
	}
}

// fits reports whether a piece fits into the current part, not counting the
// line breaks at its end, which are left out if it stays the last.
func (p *packer) fits(piece string) bool {
	return p.part.Len()+len(strings.TrimRight(piece, "\n")) <= p.limit
}

// cut adds a block that is too long for a part, line by line. Where a block of
// code is cut, it is closed and opened again.
func (p *packer) cut(block string) {
	const room = len(fence + "\n\n" + fence)
	open := false
	for line := range strings.Lines(block) {
		for _, piece := range pieces(line, p.limit-room) {
			stays := open != togglesFence(piece)
			if stays && !p.fits(piece+"\n"+fence) || !p.fits(piece) {
				p.continueAfter(open)
			}
			p.part.WriteString(piece)
			open = stays
		}
	}
}

// continueAfter ends the current part and, within a block of code, continues
// that in the next.
func (p *packer) continueAfter(open bool) {
	if !open {
		p.flush()
		return
	}
	if !strings.HasSuffix(p.part.String(), "\n") {
		p.part.WriteString("\n")
	}
	p.part.WriteString(fence)
	p.flush()
	p.part.WriteString(fence + "\n")
}

func (p *packer) flush() {
	if part := strings.TrimRight(strings.TrimLeft(p.part.String(), "\n"), " \n"); part != "" {
		p.parts = append(p.parts, part)
	}
	p.part.Reset()
}

func (p *packer) finish() []string {
	p.flush()
	if len(p.parts) == 0 {
		return []string{""}
	}
	return p.parts
}

// pieces cuts a line into pieces of at most limit bytes.
func pieces(line string, limit int) []string {
	var list []string
	for len(strings.TrimRight(line, "\n")) > limit {
		end := cutAt(line, limit)
		list = append(list, line[:end])
		line = line[end:]
	}
	return append(list, line)
}

// cutAt returns where to cut a line that is longer than limit: between words,
// or else where no rune, reference, escape or fence is cut in two.
func cutAt(line string, limit int) int {
	for i := limit; i > limit/2; i-- {
		if line[i-1] == ' ' && whole(line, i) {
			return i
		}
	}
	for i := limit; i > limit/2; i-- {
		if utf8.RuneStart(line[i]) && whole(line, i) {
			return i
		}
	}
	for !utf8.RuneStart(line[limit]) && limit > 1 {
		limit--
	}
	return limit
}

// whole reports whether line[i] can begin another message: whether it is in no
// reference (<…>), no escape (&…;) and no fence.
func whole(line string, i int) bool {
	before := line[:i]
	if strings.LastIndexByte(before, '<') > strings.LastIndexByte(before, '>') {
		return false
	}
	if at := strings.LastIndexByte(before, '&'); at > strings.LastIndexByte(before, ';') && i-at < len("&amp;") {
		return false
	}
	return line[i] != '`' || line[i-1] != '`'
}
