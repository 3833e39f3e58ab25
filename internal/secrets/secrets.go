// Package secrets finds keys, tokens, passwords and lists of people's addresses in a
// text before it is published.
//
// A false alarm costs its author a moment, a leak costs more. But examples, placeholders
// and test fixtures are no secrets, and half of the code that people ask about has them.
// The package knows neither networks nor files. A check of 64 KiB, the longest program,
// takes milliseconds.
package secrets

import (
	"regexp"
	"slices"
	"strings"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// Finding is something that looks like a secret. It does not hold the secret.
type Finding struct {
	// What names the kind of secret, with an article: "a private key".
	What string
	// Line is where it begins, counted from 1.
	Line int
}

// rule finds one kind of secret.
type rule struct {
	what string
	// within are texts in lower case, one of which every match contains. A search for
	// them is quick, and a pattern is slow.
	within  []string
	pattern func() *regexp.Regexp
	// isReal decides about a match, given its groups; the last is the secret.
	isReal func(groups []string) bool
}

// Find returns the first thing in a text that looks like a secret, or false.
func Find(text string) (Finding, bool) {
	first, found := -1, Finding{}
	note := func(at int, what string) {
		if at >= 0 && (first < 0 || at < first) {
			first, found.What = at, what
		}
	}
	lower := lowerASCII(text)
	for _, r := range rules {
		if slices.ContainsFunc(r.within, func(s string) bool { return strings.Contains(lower, s) }) {
			note(r.find(text), r.what)
		}
	}
	note(privateKey(text), "a private key")
	note(assignment(text, lower), "a password or token")
	for _, l := range lists {
		note(l.find(text), l.what)
	}
	if first < 0 {
		return Finding{}, false
	}
	found.Line = 1 + strings.Count(text[:first], "\n")
	return found, true
}

// lowerASCII returns a text of the same length without capital letters of ASCII.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// find returns where the first secret begins, or -1.
func (r rule) find(text string) int {
	for start := 0; ; {
		at := r.pattern().FindStringSubmatchIndex(text[start:])
		if at == nil {
			return -1
		}
		var groups []string
		for i := 2; i < len(at); i += 2 {
			if at[i] >= 0 {
				groups = append(groups, text[start:][at[i]:at[i+1]])
			}
		}
		if r.isReal(groups) {
			return start + at[0]
		}
		start += at[1] // a match is not empty
	}
}

// privateKey returns where a private key begins, or -1. The line that begins one
// is in every program that reads them, too: a key has a body.
func privateKey(text string) int {
	for _, at := range keyPattern().FindAllStringIndex(text, -1) {
		const near = 300 // bytes, for headers and code between the parts
		if bodyPattern().MatchString(text[at[1]:min(len(text), at[1]+near)]) {
			return at[0]
		}
	}
	return -1
}

var (
	keyPattern  = lazyregexp.New(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----`)
	bodyPattern = lazyregexp.New(`[A-Za-z0-9+/]{40}`)
)

// rules need one match for a finding.
var rules = slices.Concat(tokens, passwords)

// tokens are recognised by their beginning, which their issuers document.
// Sources: the issuers' documentation, and the rules of gitleaks
// (https://github.com/gitleaks/gitleaks), which as a library brings 200 modules
// and finds no addresses.
var tokens = []rule{
	token("a private key", "age-secret-key-", `AGE-SECRET-KEY-(1[A-Z0-9]{50})`),
	token("an access key of AWS", "akia", `(AKIA[A-Z0-9]{16})\b`),
	token("an access key of AWS", "asia", `(ASIA[A-Z0-9]{16})\b`),
	token("a token of Slack", "xox", `(xox[a-z]-[A-Za-z0-9.-]{10}[A-Za-z0-9.-]*)`),
	token("a token of Slack", "xapp-", `(xapp-\d-[A-Za-z0-9-]{10}[A-Za-z0-9-]*)`),
	token("the address of a webhook", "hooks.slack", `hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/([A-Za-z0-9/_-]{20}[A-Za-z0-9/_-]*)`),
	token("the address of a webhook", "/api/webhooks/", `/api/webhooks/(\d+/[A-Za-z0-9_-]{30})`),
	token("a token of GitHub", "gh", `(gh[opusr]_[A-Za-z0-9]{30}[A-Za-z0-9]*)`),
	token("a token of GitHub", "github_pat_", `(github_pat_[A-Za-z0-9_]{40}[A-Za-z0-9_]*)`),
	token("a token of GitLab", "glpat-", `(glpat-[A-Za-z0-9_.-]{20})`),
	token("a key of Google", "aiza", `(AIza[A-Za-z0-9_-]{35})`),
	token("a client secret of Google", "gocspx-", `(GOCSPX-[A-Za-z0-9_-]{20})`),
	token("a token of Google", "ya29.", `(ya29\.[A-Za-z0-9_-]{30})`),
	token("a key of Stripe", "k_live_", `([sr]k_live_[A-Za-z0-9]{10}[A-Za-z0-9]*)`),
	token("a key of Stripe", "whsec_", `(whsec_[A-Za-z0-9+/]{20})`),
	token("an API key", "sk-", `\b(sk-[A-Za-z0-9_-]{32}[A-Za-z0-9_-]*)`),
	token("an API key", "sg.", `(SG\.[A-Za-z0-9_-]{16}[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{30})`),
	token("a token of npm", "npm_", `(npm_[A-Za-z0-9]{36})`),
	token("a token of PyPI", "pypi-", `(pypi-[A-Za-z0-9_-]{50})`),
	token("a token of Docker", "dckr_", `(dckr_(?:pat|oat)_[A-Za-z0-9_-]{20})`),
	token("a token of DigitalOcean", "_v1_", `(do[opr]_v1_[a-f0-9]{64})`),
	token("a token of Hugging Face", "hf_", `(hf_[A-Za-z]{30})`),
	token("a token of Vault", "hvs.", `(hvs\.[A-Za-z0-9_-]{24})`),
	token("a token of a Telegram bot", ":aa", `\b(\d{8,10}:AA[A-Za-z0-9_-]{33})\b`),
	token("a key of Azure", "accountkey=", `(?i:AccountKey)=([A-Za-z0-9+/]{80})`),
	token("a JSON Web Token", "eyj", `(eyJ[A-Za-z0-9_-]{10}[A-Za-z0-9_-]*\.eyJ[A-Za-z0-9_-]{10}[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{10})`),
}

func token(what, begins, pattern string) rule {
	return rule{what: what, within: []string{begins}, pattern: lazyregexp.New(pattern), isReal: random}
}

// passwords are recognised by the text around them; assignment finds others.
var passwords = []rule{
	{"an address with a password", []string{"://"}, lazyregexp.New(
		`://[^\s/:@<>` + quotes + `]*:([^\s/@<>` + quotes + `]+)@[\w.-]`), inURL},
	// A data source name of MySQL's driver has no scheme.
	{"an address with a password", []string{"@tcp(", "@unix("}, lazyregexp.New(
		`[` + quotes + `][\w.-]+:([^\s/` + quotes + `]+)@(?:tcp|unix)\(`), inURL},
	{"a token", []string{"bearer ", "basic "}, lazyregexp.New(
		`(?i)(?:bearer +([A-Za-z0-9._~+-]{20}[A-Za-z0-9._~+-]*)|basic +([A-Za-z0-9+/]{16}[A-Za-z0-9+/]*))`), randomWithDigit},
}

const quotes = `"'` + "`"
