package config

import (
	"errors"
	"slices"
	"strings"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// Roles are the people who may do more than others, by role and platform. The zero value
// assigns no roles.
type Roles struct{ list []role }

type role struct {
	name    string
	members []event.Target // whose Channel is the id of a person
}

var (
	rolePattern      = lazyregexp.New(`^[a-z][a-z0-9-]{0,39}$`)
	memberPattern    = lazyregexp.New(`^[A-Za-z0-9_.@-]{1,100}$`)
	slackUserPattern = lazyregexp.New(`^[UW][A-Z0-9]+$`)
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Roles) UnmarshalText(text []byte) error {
	r.list = nil
	for assignment := range strings.SplitSeq(string(text), ";") {
		if strings.TrimSpace(assignment) == "" {
			continue // after the last one
		}
		name, members, _ := strings.Cut(assignment, "=")
		if name = strings.TrimSpace(name); !rolePattern().MatchString(name) || slices.ContainsFunc(r.list, func(o role) bool { return o.name == name }) {
			return errors.New("not a role, or one that is named twice")
		}
		added := role{name: name}
		for member := range strings.SplitSeq(members, ",") {
			target, err := event.ParseTarget(strings.TrimSpace(member))
			if err != nil || !isMember(target) {
				return errors.New("not a person's id")
			}
			added.members = append(added.members, target)
		}
		r.list = append(r.list, added)
	}
	return nil
}

// isMember reports whether a target can be a person. A person's name is none in Slack: the
// events there have ids alone.
func isMember(t event.Target) bool {
	if t.Source == event.Slack {
		return slackUserPattern().MatchString(t.Channel)
	}
	return memberPattern().MatchString(t.Channel)
}

// Of returns the roles of a person of a platform, by the source of its events.
func (r Roles) Of(source, user string) []string {
	var names []string
	for _, role := range r.list {
		if slices.Contains(role.members, event.Target{Source: source, Channel: user}) {
			names = append(names, role.name)
		}
	}
	return names
}

// sources returns the platforms of all members, each once.
func (r Roles) sources() []string {
	var list []string
	for _, role := range r.list {
		for _, member := range role.members {
			if !slices.Contains(list, member.Source) {
				list = append(list, member.Source)
			}
		}
	}
	return list
}

// String returns the roles in the form in which the variable is written.
func (r Roles) String() string {
	var assignments []string
	for _, role := range r.list {
		var members []string
		for _, member := range role.members {
			members = append(members, member.String())
		}
		assignments = append(assignments, role.name+"="+strings.Join(members, ","))
	}
	return strings.Join(assignments, "; ")
}
