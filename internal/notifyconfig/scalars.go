package notifyconfig

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
	"go.yaml.in/yaml/v4"
)

// text returns a value that is written as one word or text. It records a mistake and
// returns "" if there is none, or something else.
func (v value) text() string {
	if v.node.Kind != yaml.ScalarNode || v.isNull() || strings.TrimSpace(v.node.Value) == "" {
		v.wrong("want a text")
		return ""
	}
	return v.node.Value
}

// matching returns a text of a pattern, which form describes.
func (v value) matching(pattern *regexp.Regexp, form string) string {
	text := v.text()
	if text != "" && !pattern.MatchString(text) {
		v.wrong("%s is not valid: want %s", quote(text), form)
		return ""
	}
	return text
}

// texts reads a list of texts, each of which may be there once.
func (v value) texts(read func(value) string) []string {
	var list []string
	v.list(func(_ int, item value) {
		text := read(item)
		switch {
		case text == "":
		case slices.Contains(list, text):
			item.wrong("%s is there twice", quote(text))
		default:
			list = append(list, text)
		}
	})
	return list
}

// oneOf reads one of several words.
func (v value) oneOf(words ...string) string {
	text := v.text()
	if text != "" && !slices.Contains(words, text) {
		v.wrong("%s is not valid: want %s", quote(text), alternatives(words))
		return ""
	}
	return text
}

// flag reads true or false.
func (v value) flag(to *bool) {
	switch strings.ToLower(v.node.Value) {
	case "true", "yes", "on":
		*to = true
	case "false", "no", "off":
		*to = false
	default:
		v.wrong("want true or false")
	}
}

// duration reads a time from low to high.
func (v value) duration(to *time.Duration, low, high time.Duration) {
	text := v.text()
	if text == "" {
		return
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < low || d > high {
		v.wrong("%s is not valid: want a time from %v to %v, such as %v", quote(text), short(low), short(high), short(high))
		return
	}
	*to = d
}

// short returns a duration without its zero units, such as "24h".
func short(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// number reads a whole number from low to high.
func (v value) number(to *int, low, high int) {
	n, err := strconv.Atoi(v.node.Value)
	if err != nil || n < low || n > high {
		v.wrong("want a number from %d to %d", low, high)
		return
	}
	*to = n
}

// maxQuoted bounds how much of a value an error repeats.
const maxQuoted = 60

// quote returns a text in quotes, cut if it is long.
func quote(text string) string {
	if runes := []rune(text); len(runes) > maxQuoted {
		text = string(runes[:maxQuoted]) + "…"
	}
	return strconv.Quote(text)
}

// hint names the word that was probably meant, or all of them.
func hint(name string, known []string) string {
	nearest, best := "", len(name)/3+1
	for _, word := range known {
		if n := levenshtein.ComputeDistance(name, word); n <= best && (n < best || nearest == "") {
			nearest, best = word, n
		}
	}
	if nearest != "" {
		return ": did you mean " + nearest + "?"
	}
	if len(known) == 0 {
		return ""
	}
	return ": want " + alternatives(known)
}

// alternatives returns "a, b or c".
func alternatives(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
