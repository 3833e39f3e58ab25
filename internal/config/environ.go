package config

import "strings"

// Unquote returns environ, which is in the form of os.Environ, without the quotes around values.
// A shell and systemd remove the quotes of a file such as NAME='a value', and Docker's
// --env-file does not.
// Source: https://docs.docker.com/reference/cli/docker/container/run/#env
func Unquote(environ []string) []string {
	list := make([]string, len(environ))
	for i, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		if list[i] = v; value != unquoted(value) {
			list[i] = name + "=" + unquoted(value)
		}
	}
	return list
}

// unquoted returns a value without the quotes around it, if they are of one kind and there are
// no others of that kind in it: 'one' and "two" is a text.
func unquoted(value string) string {
	trimmed := strings.TrimSpace(value)
	if len(trimmed) < 2 || trimmed[0] != '\'' && trimmed[0] != '"' {
		return value
	}
	quote := trimmed[:1]
	inner, ok := strings.CutSuffix(trimmed[1:], quote)
	if !ok || strings.Contains(inner, quote) {
		return value
	}
	return inner
}

// IsSet reports whether a variable of environ, which is in the form of os.Environ, is set and not
// empty.
func IsSet(environ []string, name string) bool { return present(environ)[name] != "" }
