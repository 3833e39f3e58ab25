package e2e

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// confidential holds the texts that must not be in any output, each with its description.
type confidential map[string]string

// add notes a secret, which is looked for as a whole.
func (c confidential) add(what, secret string) { c[what] = secret }

// addText notes what somebody said. Each of its distinctive words is looked for
// as well, and it has to have one.
func (c confidential) addText(text string) {
	c["the text "+text] = text
	found := false
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if strings.HasPrefix(word, distinctive) {
			c["the word "+word+" of "+text], found = word, true
		}
	}
	if !found {
		panic("nothing in this text tells it from any other: " + text)
	}
}

// distinctive is what distinctive words begin with.
const distinctive = "qzx"

// word returns a word that is nowhere else.
func word() string { return distinctive + strings.ToLower(rand.Text()[:12]) }

// in returns what of it is in an output, in whichever form.
func (c confidential) in(output string) (found []string) {
	folded := strings.ToLower(output)
	for _, what := range slices.Sorted(maps.Keys(c)) {
		texts, encoded := forms(c[what])
		if slices.ContainsFunc(texts, func(form string) bool { return strings.Contains(folded, strings.ToLower(form)) }) {
			found = append(found, what)
		} else if slices.ContainsFunc(encoded, func(form string) bool { return strings.Contains(output, form) }) {
			found = append(found, what+", encoded")
		}
	}
	return found
}

// forms returns what a value looks like in outputs: as a text, in capitals or
// not, and in Base64, where capitals mean something else.
func forms(value string) (texts, encoded []string) {
	quoted, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	texts = []string{
		value, string(quoted[1 : len(quoted)-1]),
		url.QueryEscape(value), url.PathEscape(value), strings.TrimPrefix(url.UserPassword("", value).String(), ":"),
	}
	slices.Sort(texts)
	texts = slices.Compact(texts)
	for _, text := range slices.Clone(texts) {
		texts = append(texts, hex.EncodeToString([]byte(text)))
		// In the middle of something longer Base64 has three forms, of which the ends
		// depend on what is around.
		for before := range 3 {
			longer := append(make([]byte, before), text...)
			first, last := (before*8+5)/6, len(longer)*8/6
			encoded = append(encoded, base64.StdEncoding.EncodeToString(longer)[first:last], base64.URLEncoding.EncodeToString(longer)[first:last])
		}
	}
	return texts, encoded
}

func TestSecrecy_FindsEveryForm(t *testing.T) {
	t.Parallel()
	secret, said := "hunter2/äöü?>+%", word()
	c := confidential{}
	c.add("the password", secret)
	c.addText("I said " + said + " to them")
	for name, output := range map[string]string{
		"as it is":            "the password is " + secret + ".",
		"in capitals":         strings.ToUpper(secret),
		"in JSON":             `{"error":"wrong: hunter2/äöü?\u003e+%"}`,
		"in a query":          "/?token=" + url.QueryEscape(secret) + "&a=b",
		"in a path":           "/" + url.PathEscape(secret) + "/b",
		"in an address":       (&url.URL{Scheme: "redis", User: url.UserPassword("", secret), Host: "redis.example"}).String(),
		"in hex":              hex.EncodeToString([]byte("x" + secret + "y")),
		"an address in hex":   hex.EncodeToString([]byte((&url.URL{Scheme: "redis", User: url.UserPassword("", secret), Host: "h"}).String())),
		"in capital hex":      strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"in base64":           base64.StdEncoding.EncodeToString([]byte(secret)),
		"in the middle of it": base64.StdEncoding.EncodeToString([]byte("user:" + secret + "!")),
		"further on in it":    base64.RawURLEncoding.EncodeToString([]byte("a user:" + secret)),
		"and further on":      base64.URLEncoding.EncodeToString([]byte("one user:" + secret + "\n")),
		"a text":              "error: cannot parse: I said " + said + " to them",
		"a word of it":        `unknown command "` + said + `"`,
		"a word in capitals":  strings.ToUpper(said),
	} {
		if len(c.in(output)) == 0 {
			t.Errorf("%s: not found in %s", name, output)
		}
	}
	for _, output := range []string{"", "nothing of it", "hunter3", "I said " + word() + " to them", "to them", secret[:len(secret)-1]} {
		if found := c.in(output); len(found) > 0 {
			t.Errorf("found %q in %q", found, output)
		}
	}
}
