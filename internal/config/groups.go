package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Platforms returns the chat platforms that have settings, in the order of
// Config's fields, each by the source of its events, such as "slack".
func Platforms() []string {
	var list []string
	for _, v := range Variables() {
		if v.Platform != "" && !slices.Contains(list, v.Platform) {
			list = append(list, v.Platform)
		}
	}
	return list
}

// Has reports whether a chat platform is configured: at least one of the variables that
// a process needs for it is set.
func (c Config) Has(platform string) bool {
	for field, value := range reflect.ValueOf(c).Fields() {
		if v := variable(field); v.Platform == platform && len(v.needed) > 0 && !value.IsZero() {
			return true
		}
	}
	return false
}

// missing returns an error for each needed variable that is not set, and of which no
// alternative is. Of two that are each other's alternatives the error of the first names
// both. A variable is left out if another error asks for an alternative of it: whoever
// sets that needs no more. The variables of a platform form a group: a platform is configured if one that some process
// needs is set, and then no needed one may be missing. If no platform is configured
// the first error says so, and the next ones name the variables of all.
func missing(given map[string]string, needed func(Variable) bool) []error {
	configured := map[string]bool{}
	for _, v := range Variables() {
		if v.Platform != "" && len(v.needed) > 0 && given[v.Name] != "" {
			configured[v.Platform] = true
		}
	}
	var errs []error
	if len(configured) == 0 {
		errs = append(errs, fmt.Errorf("no chat platform is configured: set the variables of one (%s)", strings.Join(Platforms(), ", ")))
	}
	isGiven := func(name string) bool { return given[name] != "" }
	unset := func(v Variable) bool { return needed(v) && !isGiven(v.Name) && !slices.ContainsFunc(v.or, isGiven) }
	named := map[string]bool{} // as the alternative of a variable that is its alternative
	for _, v := range Variables() {
		askedFor := slices.ContainsFunc(Variables(), func(other Variable) bool {
			return slices.Contains(v.or, other.Name) && !slices.Contains(other.or, v.Name) && unset(other)
		})
		if !unset(v) || named[v.Name] || askedFor {
			continue
		}
		for _, other := range Variables() {
			if slices.Contains(v.or, other.Name) && slices.Contains(other.or, v.Name) {
				named[other.Name] = true
			}
		}
		if v.Platform == "" || configured[v.Platform] || len(configured) == 0 {
			errs = append(errs, v.unset())
		}
	}
	return errs
}

// checkTargets returns an error for each channel of announcements, and for each platform
// of people with roles, that is not configured: no process would post or ask there.
func (c Config) checkTargets() error {
	configured := slices.DeleteFunc(Platforms(), func(name string) bool { return !c.Has(name) })
	if len(configured) == 0 {
		return nil // a program that posts nothing
	}
	var errs []error
	for _, source := range c.Roles.sources() {
		if !slices.Contains(configured, source) {
			errs = append(errs, fmt.Errorf("GOPHER_ROLES names a person of %s, which is not configured: set its variables, or name people of %s",
				source, strings.Join(configured, " or ")))
		}
	}
	for _, a := range c.Announcements() {
		if !slices.Contains(configured, a.Channel.Source) {
			errs = append(errs, fmt.Errorf("%s names a channel of %s, which is not configured: set its variables, or name a channel of %s",
				a.Variable, a.Channel.Source, strings.Join(configured, " or ")))
		}
	}
	return errors.Join(errs...)
}
