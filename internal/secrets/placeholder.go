package secrets

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// johnDoe is in the example that jwt.io shows.
const johnDoe = "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9l"

// random says whether a token is no example of one: examples consist of words or
// of few different characters.
func random(groups []string) bool {
	secret := groups[0]
	return entropy(secret) >= 2.8 && !isPlaceholder(secret) && !strings.Contains(secret, "EXAMPLE") && !strings.Contains(secret, johnDoe) &&
		strings.ContainsFunc(secret, unicode.IsLetter) && (hasDigit(secret) || mixesCases(secret))
}

// randomWithDigit is random, for a text that could also be the name of a type.
func randomWithDigit(groups []string) bool { return random(groups) && hasDigit(groups[0]) }

// inURL says whether the password of an address is one.
// postgres://postgres:postgres@localhost is in half of all tutorials.
func inURL(groups []string) bool {
	password := groups[0]
	return !isPlaceholder(password) && !isName(password) && !strings.HasPrefix(password, "$") && !strings.Contains(password, "{")
}

// standIns are found in values that stand for a secret elsewhere.
var standIns = []string{"${", "{{", "$(", "%s", "%v", "%q", "%d", "<", "...", "…", "***", "xxx"}

// fixtures are the words of placeholders and of tests' secrets. A value of
// nothing but these, and of numbers that are counted up, is none.
var fixtures = strings.Fields(`
	a abc abcd abcdef access account actual admin an any api app auth authorization aws bad bar basic baz bearer bot change changed changeit
	changeme client confirm confirmation cookie correct credential credentials current db default demo dev development dummy empty enter env example
	expected fake field file foo foobar for get github go goes google guest hash header here hidden id in input insert invalid is it
	jwt key label letmein live local localhost master me missing mock my mysecret mysql name new no none not null of old open optional or our
	pass passphrase password passwd placeholder please postgres private prod provided pwd qwerty random real redacted ref refresh replace
	required root salt sample secret secretkey secrets session set shared sign signing slack some something string strong super supersecret
	test tester testing testpass testpassword text that the this to todo token top topsecret type unknown unset url user username valid value
	very weak with world wrong you your xoxb xoxp xapp ghp hello`)

// jokes are passwords that are no secret to anybody.
var jokes = []string{
	"hunter2", "hunter", "p@ssw0rd", "p@ssword", "passw0rd", "pa$$word", "pa$$w0rd", "pa55word", "s3cr3t", "s3cret", "secr3t",
	"correcthorsebatterystaple", "correct-horse-battery-staple", "iloveyou", "swordfish",
}

// isPlaceholder says whether a value stands for a secret, or is made up of the
// words that examples and tests are.
func isPlaceholder(value string) bool {
	lower := strings.ToLower(value)
	if slices.ContainsFunc(standIns, func(s string) bool { return strings.Contains(lower, s) }) {
		return true
	}
	if slices.Contains(jokes, strings.TrimRight(lower, "!.1234")) || slices.Contains(jokes, lower) {
		return true
	}
	for _, word := range wordPattern().FindAllString(camel().ReplaceAllString(value, "$1 $2"), -1) {
		word = strings.ToLower(word)
		if unicode.IsDigit(rune(word[0])) {
			if len(word) > 4 && !isCounted(word) {
				return false
			}
		} else if !slices.Contains(fixtures, word) && (len(word) < 3 || !isCounted(word)) {
			return false
		}
	}
	return true
}

var (
	wordPattern = lazyregexp.New(`\pL+|\d+|[^\pL\d\s_.,:;/+=!?#@-]+`)
	camel       = lazyregexp.New(`(\p{Ll})(\p{Lu})`)
)

// isCounted reports whether a word repeats one character, or counts up, as in 1234 and
// xyz.
func isCounted(word string) bool {
	runes := []rune(word)
	same, next := true, true
	for i := 1; i < len(runes); i++ {
		same = same && runes[i] == runes[i-1]
		next = next && (runes[i] == runes[i-1]+1 || runes[i] == '0' && runes[i-1] == '9')
	}
	return same || next
}

func mixesCases(s string) bool {
	return strings.ContainsFunc(s, unicode.IsUpper) && strings.ContainsFunc(s, unicode.IsLower)
}

// entropy returns Shannon's, in bits a character.
func entropy(s string) float64 {
	count := map[rune]int{}
	n := 0
	for _, r := range s {
		count[r]++
		n++
	}
	bits := 0.0
	for _, c := range count {
		p := float64(c) / float64(n)
		bits -= p * math.Log2(p)
	}
	return bits
}
