package secrets

import (
	"regexp"
	"strings"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// manyPeople is how many people's addresses or numbers make a list. One or two
// are an author and a copyright.
const manyPeople = 3

// list finds a list of people.
type list struct {
	what string
	// A match has atLeast so many of the characters in signs. To count them is
	// quick, and to match the pattern is not.
	signs   string
	atLeast int
	pattern func() *regexp.Regexp
	isReal  func(match string) bool
}

var lists = []list{
	{"e-mail addresses of several people", "@", 1, mailPattern, isMail},
	{"telephone numbers of several people", "0123456789", minDigits, phonePattern, isPhone},
}

// find returns where the list begins, or -1 when it is too short for one.
func (l list) find(text string) int {
	n := 0
	for i := range len(text) {
		if strings.IndexByte(l.signs, text[i]) >= 0 {
			n++
		}
	}
	if n < manyPeople*l.atLeast {
		return -1
	}
	seen, begins := map[string]bool{}, -1
	for start := 0; ; {
		at := l.pattern().FindStringIndex(text[start:])
		if at == nil {
			return -1
		}
		match := strings.ToLower(text[start+at[0] : start+at[1]])
		if l.isReal(match) {
			if begins < 0 {
				begins = start + at[0]
			}
			if seen[who(match)] = true; len(seen) == manyPeople {
				return begins
			}
		}
		start += at[1]
	}
}

// who returns an address or number in one form, without optional characters.
func who(match string) string {
	return strings.Map(func(r rune) rune {
		if r == '@' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, match)
}

var mailPattern = lazyregexp.New(`[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b`)

// isMail reports whether an address may be a person's: git@github.com and those of
// examples are not.
func isMail(address string) bool {
	name, host, _ := strings.Cut(address, "@")
	return name != "git" && !strings.HasPrefix(name, "noreply") && !strings.HasPrefix(name, "no-reply") &&
		!exampleHosts().MatchString(host) && !madeUpHosts().MatchString(host)
}

var (
	// exampleHosts are set aside for examples. Source: RFC 2606
	exampleHosts = lazyregexp.New(`(?i)(^|\.)(example(\.(com|net|org))?|test|invalid)$`)
	// madeUpHosts are those that people write instead.
	madeUpHosts = lazyregexp.New(`(?i)^((my)?(company|corp|domain|email|mail|site|host|server|foo|bar|test|acme)\.(com|net|org)|localhost(\..*)?|.*\.local)$`)
)

// minDigits is how many digits a telephone number has with its country's code.
const minDigits = 9

// phonePattern finds numbers with a country's code, and those of North America.
var phonePattern = lazyregexp.New(`(?:^|[\s,;:(<>|"'])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){2,4}\b|(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[.-]\d{4}\b)`)

// isPhone reports whether a number may be a person's: those with 555 are of films,
// and those that count up of examples.
func isPhone(number string) bool {
	digits := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, number)
	return len(digits) >= minDigits && !strings.Contains(digits, "555") && !strings.Contains("01234567890123456789", digits[len(digits)-7:]) && !isCounted(digits[len(digits)-6:])
}
