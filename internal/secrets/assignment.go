package secrets

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// names are how the names of secrets end, so that tokenURL, passwordField and
// secretName are none. A key is a secret with one of keyOwners before it.
var (
	names     = []string{"password", "passwd", "pwd", "passphrase", "secret", "token", "credential", "credentials", "key"}
	keyOwners = []string{
		"api", "app", "access", "secret", "private", "auth", "account", "signing", "encryption", "master", "session", "cookie", "jwt", "hmac", "aes",
	}
)

// assignments match the text behind the name of a secret, and its value. All but
// the first want a digit in the value, as words look so, too.
var assignments = []func() *regexp.Regexp{
	// In Go, JSON and the like: password := "…", "api_key": "…".
	lazyregexp.New(`^(?:[_-]?\d)?[` + quotes + `]?\]?\s*(?::?==?|!=|=>|:)\s*(?:\[\]byte\(\s*)?` + literal),
	// As arguments: Setenv("TOKEN", "…").
	lazyregexp.New(`^(?:[_-]?\d)?[` + quotes + `],\s*` + literal),
	// In a shell's environment, DB_PASSWORD=…, and in YAML, password: ….
	lazyregexp.New(`^(?:[_-]?\d)?(?:=|:[ \t]+)([^\s$(){}<>.,` + quotes + `]+)[ \t]*(?:\r?\n|$)`),
}

const literal = `(?:"([^"\n]*)"|'([^'\n]*)'|` + "`([^`\n]*)`)"

// assignment returns where a secret is assigned to a name that says so, or -1.
// The text is given in lower case, too.
func assignment(text, lower string) int {
	const near = 500 // bytes behind the name that are looked at
	first := -1
	for _, name := range names {
		for start := 0; ; {
			at := strings.Index(lower[start:], name)
			if at < 0 || first >= 0 && start+at >= first {
				break
			}
			at += start
			start = at + len(name)
			if name == "key" && !isKeyOfSomeone(lower[:at]) {
				continue
			}
			if isAssigned(name, text[start:min(len(text), start+near)]) {
				first = at
				break
			}
		}
	}
	return first
}

// isKeyOfSomeone says whether the text before "key" makes it a secret's name.
func isKeyOfSomeone(before string) bool {
	before = strings.TrimRight(before, "_-")
	for _, owner := range keyOwners {
		if strings.HasSuffix(before, owner) {
			return true
		}
	}
	return false
}

// isAssigned reports whether the text behind a name is a secret. A password can be any
// text that is no placeholder. A token, key or secret must look random.
func isAssigned(name, behind string) bool {
	for i, pattern := range assignments {
		groups := pattern().FindStringSubmatch(behind)
		if groups == nil {
			continue
		}
		value := strings.Join(groups[1:], "") // one of them took part
		switch {
		case strings.ContainsFunc(value, unicode.IsSpace), strings.Contains(value, "://"), isPlaceholder(value), isName(value),
			i > 0 && !hasDigit(value):
		case name[0] == 'p': // a password or a passphrase
			if utf8.RuneCountInString(value) >= 6 {
				return true
			}
		case len(value) >= 16 && entropy(value) >= 3 && hasDigit(value) && strings.ContainsFunc(value, unicode.IsLetter):
			return true
		}
	}
	return false
}

func hasDigit(s string) bool { return strings.ContainsFunc(s, unicode.IsDigit) }

// isName says whether a value is the name of a column, a field, a route or a
// variable: forgot-password, user.pwd, DB_PASSWORD, hashedPassword.
func isName(value string) bool {
	return namePattern().MatchString(value) && namedSecret().MatchString(value)
}

var (
	namePattern = lazyregexp.New(`^/?[a-z]+([_./:-][a-z]+)*$|^[A-Z]+(_[A-Z]+)*$|^[A-Za-z]+(\.[A-Za-z]+)*$`)
	namedSecret = lazyregexp.New(`(?i)passw|pwd|secret|token|cred|auth|login|key`)
)
