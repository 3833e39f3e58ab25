package config

import (
	"fmt"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Deprecation is a variable that is set by the name that it had in earlier
// releases. That name works for one release after the one that renamed it.
type Deprecation struct {
	// Name is the variable's name today, Was the deprecated one, which is set.
	Name, Was string
}

// String names the variable that is set and the one to set instead.
func (d Deprecation) String() string {
	return fmt.Sprintf("%s is deprecated and will stop working in the next release: rename it to %s", d.Was, d.Name)
}

// Deprecations returns the variables of environ, which is in the form of
// os.Environ, that are set by a deprecated name, in the order of the Config's
// fields. A variable that is set by both names is among them.
func Deprecations(environ []string) []Deprecation {
	given := present(environ)
	var list []Deprecation
	for _, v := range Variables() {
		if v.Was != "" && given[v.Was] != "" {
			list = append(list, Deprecation{Name: v.Name, Was: v.Was})
		}
	}
	return list
}

// present returns the variables of environ that are set. An empty variable is not.
func present(environ []string) map[string]string {
	given := map[string]string{}
	for name, value := range env.ToMap(environ) {
		if value = strings.TrimSpace(unquoted(value)); value != "" {
			given[name] = value
		}
	}
	return given
}

// resolveAliases sets each variable that is set only by its deprecated name, and
// records that name in setBy. It returns an error for each variable that is set by both
// names to different values. Errors do not repeat values, which may be secrets.
func resolveAliases(given map[string]string) (setBy map[string]string, errs []error) {
	setBy = map[string]string{}
	for _, v := range Variables() {
		if v.Was == "" || given[v.Was] == "" {
			continue
		}
		switch given[v.Name] {
		case "":
			given[v.Name], setBy[v.Name] = given[v.Was], v.Was
		case given[v.Was]:
		default:
			errs = append(errs, fmt.Errorf("%s and %s are set to different values: remove %s, which is the deprecated name of %s", v.Was, v.Name, v.Was, v.Name))
		}
	}
	return setBy, errs
}
