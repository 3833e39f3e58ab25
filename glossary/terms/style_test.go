package terms_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/glossary"
	"github.com/gobridge/gopherbot/glossary/terms"
)

// officialHosts are the sites that a term may link to: those of the projects themselves.
var officialHosts = []string{
	"12factor.net",
	"code.visualstudio.com",
	"developer.mozilla.org",
	"docs.docker.com",
	"docs.github.com",
	"git-scm.com",
	"go.dev",
	"golangci-lint.run",
	"graphql.org",
	"grpc.io",
	"html.spec.whatwg.org",
	"kubernetes.io",
	"microsoft.github.io",
	"opentelemetry.io",
	"pkg.go.dev",
	"prometheus.io",
	"protobuf.dev",
	"redis.io",
	"semver.org",
	"sqlc.dev",
	"sre.google",
	"staticcheck.dev",
	"tinygo.org",
	"www.openapis.org",
	"www.postgresql.org",
	"www.rfc-editor.org",
	"www.sqlite.org",
	"yaml.org",
}

const (
	maxSentences = 4
	maxText      = 420 // in characters: what is read at a glance
	minText      = 60
	maxSeeAlso   = 4
)

// every returns each word that finds the term.
func every(term glossary.Term) []string {
	return slices.Concat([]string{term.Name}, term.Aliases, term.AnswersTo)
}

func words(t *testing.T) *glossary.Glossary {
	t.Helper()
	g, err := terms.Go()
	if err != nil {
		t.Fatalf("the glossary has mistakes:\n%v", err)
	}
	return g
}

// TestTerms_Style checks the rules of CONTRIBUTING.md.
func TestTerms_Style(t *testing.T) {
	t.Parallel()
	g := words(t)
	terms := g.Terms()
	if len(terms) < 450 {
		t.Errorf("%d terms, want 450", len(terms))
	}
	owner := map[string]string{} // a word in lower case → its term
	for _, term := range terms {
		for _, w := range every(term) {
			owner[strings.ToLower(w)] = term.Name
		}
	}
	hosts := map[string]bool{}
	for _, term := range terms {
		wrong := func(format string, args ...any) {
			t.Helper()
			t.Errorf("terms/%s:%d: term %q: "+format, append([]any{term.File, term.Line, term.Name}, args...)...)
		}
		plain, balanced := withoutCode(term.Text)
		if !balanced {
			wrong("a backquote is missing its other half")
		}
		if strings.ContainsAny(plain, "*_~") {
			wrong("* _ and ~ are markup: put them between backquotes")
		}
		if stiff := stiffness.FindString(plain); stiff != "" {
			wrong("%q sounds stiff: write it as you'd say it, such as \"don't\" or \"it's\"", stiff)
		}
		if first, _ := utf8.DecodeRuneInString(term.Text); first != '`' && first != '"' && !unicode.IsUpper(first) {
			wrong("the text does not begin with a capital letter")
		}
		if n := len(sentenceEnd.FindAllString(plain, -1)); n < 1 || n > maxSentences {
			wrong("%d sentences, want one to %d", n, maxSentences)
		}
		if !endOfText.MatchString(plain) {
			wrong("the text does not end with a full stop")
		}
		if n := utf8.RuneCountInString(term.Text); n < minText || n > maxText {
			wrong("%d characters, want %d to %d", n, minText, maxText)
		}
		if len(term.SeeAlso) > maxSeeAlso {
			wrong("%d under see also, want at most %d", len(term.SeeAlso), maxSeeAlso)
		}
		for _, w := range every(term) {
			if strings.TrimSpace(w) != w || strings.Contains(w, "`") {
				wrong("%q has spaces or backquotes around it", w)
			}
			// https is no plural.
			if singular, ok := strings.CutSuffix(strings.ToLower(w), "s"); ok && owner[singular] != "" && singular != "http" {
				wrong("%q is the plural of a word of %q, which is found anyway: leave it out", w, owner[singular])
			}
		}
		if term.Link == "" {
			continue
		}
		link, err := url.Parse(term.Link)
		if err != nil || link.Scheme != "https" || !slices.Contains(officialHosts, link.Host) {
			wrong("links to %s: want https:// and one of the official hosts in this test", term.Link)
			continue
		}
		hosts[link.Host] = true
	}
	for _, host := range officialHosts {
		if !hosts[host] {
			t.Errorf("no term links to %s: take it off the list", host)
		}
	}
}

// TestTerms_AreSorted checks that names are sorted within a file, without regard to case.
func TestTerms_AreSorted(t *testing.T) {
	t.Parallel()
	terms := words(t).Terms() // by name
	last := map[string]int{}
	for _, term := range terms {
		if term.Line < last[term.File] {
			t.Errorf("terms/%s:%d: term %q does not stand where the alphabet puts it", term.File, term.Line, term.Name)
		}
		last[term.File] = max(last[term.File], term.Line)
	}
}

var (
	code        = regexp.MustCompile("`[^`]+`")
	sentenceEnd = regexp.MustCompile(`[.!?]["')]*( |$)`)
	// stiffness finds phrases that people contract when they talk, and texts that begin
	// with a clause instead of a noun.
	stiffness = regexp.MustCompile(`(?i)^what\b|\b(?:do|does|did|is|are|was|were|has|have|had|could|should|would|must|can) ?not\b`)
	endOfText = regexp.MustCompile(`[.!?]["')]*$`)
)

// withoutCode replaces each text between backquotes by a word, and reports whether the
// backquotes are in pairs.
func withoutCode(text string) (plain string, balanced bool) {
	plain = code.ReplaceAllString(text, "code")
	return plain, !strings.Contains(plain, "`")
}
