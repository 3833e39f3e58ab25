package audit

import (
	"os"
	"os/user"
	"strconv"
	"strings"
	"unicode"
)

// Operator returns the Who and the From of somebody who uses the command-line tool: named,
// which is the value of GOPHER_OPERATOR, or if it is "" the name of the system's user; and
// the name of the host.
func Operator(named string) (who, from string) {
	who = strings.TrimSpace(named)
	if who == "" {
		who = systemUser()
	}
	from, err := os.Hostname()
	if err != nil || from == "" {
		from = "unknown host"
	}
	return who, from
}

// systemUser returns the name of the user that runs the process. In a container it may
// have a number alone.
func systemUser() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "uid " + strconv.Itoa(os.Getuid())
}

// ValidName reports whether a text can be the name that an operator gives at the login: 1 to
// MaxName letters, digits, spaces and signs, with no space at its ends.
func ValidName(name string) bool {
	n := 0
	for _, r := range name {
		if n++; !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return false
		}
	}
	return n > 0 && n <= MaxName && strings.TrimSpace(name) == name
}
