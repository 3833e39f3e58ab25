package markup

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// Split cuts d into parts whose size is at most limit, for platforms whose
// messages are limited. size measures a Doc in the platform's way, such as the
// bytes or the characters of its rendering; it must not get smaller when a Doc
// gets longer.
//
// Parts end at the ends of lines and have no empty lines around them. A block of
// code stays whole if it fits into a part; a longer one is continued as a block of
// code in the next. A line that is longer than a part is cut at a space if there is
// one in the second half of the characters that fit. Only a node that is longer than a part, such
// as a link, loses its meaning and is cut as text.
//
// There is always at least one part. A limit that is smaller than a few characters
// of markup cannot be kept: a part has at least one character of text.
func Split(d Doc, limit int, size func(Doc) int) []Doc {
	fits := func(part Doc) bool { return size(part) <= limit }
	if fits(d) {
		return []Doc{d}
	}
	c := cutter{limit: limit, fits: fits, runs: []Doc{nil}}
	for _, line := range d {
		c.add(line)
	}
	var parts []Doc
	for _, run := range c.runs {
		for run = trimBlank(run); len(run) > 0; run = trimBlank(run) {
			n := largest(len(run), func(n int) bool { return fits(trimBlank(run[:n])) })
			parts = append(parts, trimBlank(run[:n]))
			run = run[n:]
		}
	}
	if len(parts) == 0 {
		return []Doc{nil}
	}
	return parts
}

// largest returns the largest number from 1 to n for which fits holds, and 1 if it
// holds for none. It tries small numbers first, so that all of a series of calls,
// each on the rest of the last one's input, cost about as much as one pass.
func largest(n int, fits func(n int) bool) int {
	high := 1
	for high < n && fits(high) {
		high *= 2
	}
	high = min(high, n)
	return max(1, sort.Search(high, func(i int) bool { return !fits(i + 1) }))
}

// trimBlank returns lines without the empty ones around them.
func trimBlank(lines Doc) Doc {
	for len(lines) > 0 && lines[0].blank() {
		lines = lines[1:]
	}
	for len(lines) > 0 && lines[len(lines)-1].blank() {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func (l Line) blank() bool {
	return !l.Quote && !l.Item && (len(l.Nodes) == 0 || len(l.Nodes) == 1 && l.Nodes[0].Kind == Text && strings.TrimSpace(l.Nodes[0].Text) == "")
}

// cutter cuts lines so that each fits into a part.
type cutter struct {
	limit int
	fits  func(Doc) bool
	// runs are lines that may share a part; where a line was cut a new one begins.
	runs []Doc
}

func (c *cutter) add(line Line) {
	if c.fits(Doc{line}) {
		c.append(line)
		return
	}
	var before []Node
	flush := func() {
		if len(before) > 0 {
			line.Nodes = before
			c.cutLine(line)
			line.Item, before = false, nil
		}
	}
	for _, n := range line.Nodes {
		if n.Kind == CodeBlock {
			flush()
			c.cutBlock(line, n)
			line.Item = false
		} else {
			before = append(before, n)
		}
	}
	flush()
}

func (c *cutter) append(line Line) {
	last := &c.runs[len(c.runs)-1]
	*last = append(*last, line)
}

func (c *cutter) newRun() { c.runs = append(c.runs, nil) }

// cutBlock adds a block of code, cut at the ends of its lines.
func (c *cutter) cutBlock(line Line, block Node) {
	piece := func(text string) Line {
		block.Text = strings.TrimSuffix(text, "\n")
		line.Nodes = []Node{block}
		return line
	}
	for rest := block.Text; strings.TrimSpace(rest) != ""; c.newRun() {
		ends := endsOfLines(rest, c.limit)
		end := largest(ends[0], func(n int) bool { return c.fits(Doc{piece(rest[:runeFloor(rest, n)])}) })
		if end < ends[0] {
			end = runeFloor(rest, end)
			if space := spaceBefore(rest, end); c.fits(Doc{piece(rest[:space])}) {
				end = space
			}
		} else {
			end = ends[largest(len(ends), func(n int) bool { return c.fits(Doc{piece(rest[:ends[n-1]])}) })-1]
		}
		if strings.TrimSpace(rest[:end]) != "" {
			c.append(piece(rest[:end]))
			line.Item = false
		}
		rest = rest[end:]
	}
}

// endsOfLines returns where the lines of a text end, their line ends included; at
// most n of them.
func endsOfLines(text string, n int) []int {
	var ends []int
	end := 0
	for line := range strings.Lines(text) {
		end += len(line)
		if ends = append(ends, end); len(ends) >= n {
			break
		}
	}
	return ends
}

// runeFloor returns the largest number up to n that cuts no character of text; it
// is not 0.
func runeFloor(text string, n int) int {
	for n > 0 && n < len(text) && !utf8.RuneStart(text[n]) {
		n--
	}
	if n == 0 {
		_, n = utf8.DecodeRuneInString(text)
	}
	return n
}

// spaceBefore returns where to cut a text of which n bytes fit: behind a space in
// the second half, which may be the next character, or else at n.
func spaceBefore(text string, n int) int {
	if n == len(text) {
		return n
	}
	if i := strings.LastIndexByte(text[:n+1], ' '); i >= n/2 {
		return min(i+1, n)
	}
	return n
}
