package config

import (
	"regexp"
	"sync"
)

// lazily compiles a pattern when it is first used. A process knows the settings of
// all processes and uses a few: compiled at start, the patterns of the others, which
// take up to a MB each, would stay in its memory.
func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
