//go:build unix

package markup

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// cpu returns the CPU time of this process, which does not depend on other
// processes.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// TestParse_IsLinear parses texts that a careless parser would read to their ends
// once for each piece. For such a parser one long text is 32 times the work of 32
// short ones; for a linear one it is the same work. The test is not parallel: it
// measures the process.
func TestParse_IsLinear(t *testing.T) {
	const short, factor, maximum, tries = 1 << 14, 32, 3, 10
	for _, piece := range []string{
		"*a ", "_*~a ", "*a*_", "`", "``", "``` ", "```a", "<", "<@", "<a|", "#a", "#", ":a", ":", "::", "http://", "https://.",
		"&", "&#", "&amp", "> ", "• ", "\n", "```\n", "a ```\n```",
	} {
		parse := func(n, length int) time.Duration {
			s, begin := strings.Repeat(piece, length/len(piece)), cpu(t)
			for range n {
				if d := depth(Parse(s)); d > 3 {
					t.Errorf("%q: nodes nest %d deep", piece, d)
				}
			}
			return max(1, cpu(t)-begin)
		}
		ratio := time.Duration(maximum)
		for try := 0; ratio >= maximum && try < tries; try++ {
			ratio = parse(1, factor*short) / parse(factor, short)
		}
		if ratio >= maximum {
			t.Errorf("%q: one text of %d bytes takes %d times as long as %d of %d bytes", piece, factor*short, ratio, factor, short)
		}
	}
}
