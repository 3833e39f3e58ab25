// Package lazyregexp compiles regular expressions at their first use. A package
// that every process imports, and only some use, costs the others no memory so.
package lazyregexp

import (
	"regexp"
	"sync"
)

// New returns a function that returns the regular expression, which its first call
// compiles. That call panics if the pattern is invalid, so a test has to use it.
func New(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
