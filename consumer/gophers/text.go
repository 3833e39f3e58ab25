package gophers

import "strings"

// lines joins the lines of a text. Texts are in the dialect of handler/markup,
// where &, < and > are written &amp;, &lt; and &gt;, in code too.
func lines(line ...string) string { return strings.Join(line, "\n") }
