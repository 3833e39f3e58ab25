package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"

	"github.com/gobridge/gopherbot/internal/spelling"
)

// ownPrefix begins the names of our own variables.
const ownPrefix = "GOPHER_"

// UnknownVariable is a variable of environ that looks like one of ours and is none.
type UnknownVariable struct {
	Name string
	// Nearest is the variable that may be meant, "" if none is like it.
	Nearest string
}

// String says what to do about it.
func (u UnknownVariable) String() string {
	if u.Nearest == "" {
		return fmt.Sprintf("%s is set, and no program of this release reads it: remove it", u.Name)
	}
	return fmt.Sprintf("%s is set, and no program of this release reads it: rename it to %s, or remove it", u.Name, u.Nearest)
}

// UnknownVariables returns the variables of environ, which is in the form of os.Environ,
// whose names begin with GOPHER_ and are not declared, in alphabetical order. Content may
// declare variables of its own: known are their names.
func UnknownVariables(environ, known []string) []UnknownVariable {
	names := slices.Clone(known)
	for _, v := range Variables() {
		names = append(names, v.Name)
		if v.Was != "" {
			names = append(names, v.Was)
		}
	}
	var list []UnknownVariable
	for name := range env.ToMap(environ) {
		if strings.HasPrefix(name, ownPrefix) && !slices.Contains(names, name) {
			list = append(list, UnknownVariable{name, spelling.Nearest(name, names)})
		}
	}
	slices.SortFunc(list, func(a, b UnknownVariable) int { return strings.Compare(a.Name, b.Name) })
	return list
}
