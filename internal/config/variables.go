package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Variable describes an environment variable.
type Variable struct {
	Name    string
	Was     string // the deprecated name, which still works; "" for none
	Default string // "" for none
	Form    string // describes valid values
	Find    string // describes its purpose, or where to find its value
	Secret  bool
	// Platform is the chat platform that the variable belongs to, "" for none.
	Platform string
	needed   []string
	or       []string // the variables of which any will do instead
}

// invalid returns the error of an invalid value. It does not repeat the value, which
// may be a secret.
func (v Variable) invalid() error {
	return fmt.Errorf("%s is not valid: want %s (%s)", v.Name, v.Form, v.Find)
}

// unset returns the error of a needed variable that is not set, and of which no
// alternative is.
func (v Variable) unset() error {
	text := fmt.Sprintf("%s is not set: want %s (%s)", v.Name, v.Form, v.Find)
	for _, other := range Variables() {
		if slices.Contains(v.or, other.Name) {
			text += fmt.Sprintf("; or set %s: want %s (%s)", other.Name, other.Form, other.Find)
		}
	}
	return errors.New(text)
}

// NeededBy reports whether a process does not start without the variable, or without one
// of its alternatives.
func (v Variable) NeededBy(p Process) bool {
	return slices.Contains(v.needed, "all") || slices.Contains(v.needed, string(p))
}

// Needed reports whether a process does not start without the variable, or without one of
// its alternatives.
func (v Variable) Needed() bool { return len(v.needed) > 0 }

// Alternatives returns the names of the variables of which any will do instead.
func (v Variable) Alternatives() []string { return slices.Clone(v.or) }

// Optional reports whether each process starts without the variable if it has other ones.
func (v Variable) Optional() bool { return len(v.needed) == 0 || len(v.or) > 0 }

// Variables returns all variables, in the order of the Config's fields.
func Variables() []Variable {
	var list []Variable
	for field := range reflect.TypeFor[Config]().Fields() {
		list = append(list, variable(field))
	}
	return list
}

func variable(field reflect.StructField) Variable {
	list := func(tag string) []string {
		if tag = field.Tag.Get(tag); tag == "" {
			return nil
		}
		return strings.Split(tag, ",")
	}
	return Variable{
		Name:     field.Tag.Get("env"),
		Was:      field.Tag.Get("was"),
		Default:  field.Tag.Get("envDefault"),
		Form:     field.Tag.Get("form"),
		Find:     field.Tag.Get("find"),
		Secret:   slices.Contains([]reflect.Type{reflect.TypeFor[Secret](), reflect.TypeFor[BotToken](), reflect.TypeFor[AppToken](), reflect.TypeFor[APIKey](), reflect.TypeFor[Secrets](), reflect.TypeFor[Tokens](), reflect.TypeFor[Feeds](), reflect.TypeFor[Headers](), reflect.TypeFor[Endpoint]()}, field.Type),
		Platform: field.Tag.Get("platform"),
		needed:   list("needed"),
		or:       list("or"),
	}
}

// Help returns the description of all variables for the --help of a process.
func Help(p Process) string {
	var s strings.Builder
	for _, v := range Variables() {
		note := ""
		switch {
		case v.NeededBy(p) && len(v.or) > 0:
			note = " (required, unless " + strings.Join(v.or, " or ") + " is set)"
		case v.NeededBy(p):
			note = " (required)"
		case v.Default != "":
			note = " (default " + v.Default + ")"
		}
		fmt.Fprintf(&s, "  %s%s\n        %s\n        %s\n", v.Name, note, v.Form, v.Find)
		if v.Was != "" {
			fmt.Fprintf(&s, "        formerly %s, which is deprecated and still works in this release\n", v.Was)
		}
	}
	return s.String()
}

// SecretNames returns the names, deprecated ones included, of the variables that hold
// secrets. Processes drop them from their environment after reading them, so that no
// child process and no dump of the environment has them.
func SecretNames() []string {
	var names []string
	for _, v := range Variables() {
		if v.Secret {
			names = append(names, v.Name)
			if v.Was != "" {
				names = append(names, v.Was)
			}
		}
	}
	return names
}
