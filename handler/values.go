package handler

import (
	"fmt"
	"math"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// CheckValues returns a text, for the person, for each field whose values are not as the
// field declares: one that is empty and not Optional, a choice that was not offered, a
// value out of Min and Max, or none of its Kind. The platforms' own clients submit no
// such form, but a client may be anybody's. The texts have no markup. Values of other
// fields are not looked at.
func CheckValues(fields []Field, values Values) map[string]string {
	mistakes := map[string]string{}
	for _, f := range fields {
		if mistake := f.mistake(values[f.Name]); mistake != "" {
			mistakes[f.Name] = mistake
		}
	}
	return mistakes
}

// mistake returns the first mistake in the values of the field, "" if there is none.
func (f Field) mistake(values []string) string {
	if len(values) == 1 && values[0] == "" {
		values = nil
	}
	switch {
	case len(values) == 0 && f.Optional:
		return ""
	case len(values) == 0:
		return "Please fill this in."
	case f.isList():
		return f.listMistake(values)
	case len(values) > 1:
		return "Please give one value."
	}
	value := values[0]
	if f.isText() {
		return f.textMistake(value)
	}
	valid := true
	switch f.Kind {
	case Number:
		return f.numberMistake(value)
	case Select:
		valid = f.offers(value)
	case Checkbox:
		valid = value == "true"
	case User, ChannelField:
		valid = isPlatformID(value)
	case Date:
		valid = isTime(time.DateOnly, value)
	case DateTime:
		valid = isTime(time.RFC3339, value)
	}
	if !valid {
		return "Please choose one of the offered values."
	}
	return ""
}

func (f Field) isList() bool { return f.Kind == MultiSelect || f.Kind == Users || f.Kind == Files }

func (f Field) listMistake(values []string) string {
	seen := map[string]bool{}
	for _, value := range values {
		offered := isPlatformID(value)
		if f.Kind == MultiSelect {
			offered = f.offers(value)
		}
		if !offered || seen[value] {
			return "Please choose from the offered values."
		}
		seen[value] = true
	}
	switch {
	case len(values) < f.Min:
		return fmt.Sprintf("Please choose at least %d.", f.Min)
	case f.Max > 0 && len(values) > f.Max:
		return fmt.Sprintf("Please choose at most %d.", f.Max)
	}
	return ""
}

// offers reports whether a value can be chosen. Those of Lookup are not known: the field
// may offer others by now than when they were chosen.
func (f Field) offers(value string) bool {
	if len(f.Options) == 0 {
		return len(value) <= 4*maxValue
	}
	return slices.ContainsFunc(f.Options, func(o Option) bool { return o.value() == value })
}

// textMistake counts characters such that no platform counts fewer as too many, or more
// as too few: some count those beyond 16 bits twice.
func (f Field) textMistake(value string) string {
	longest := f.Max
	if longest == 0 {
		longest = maxCharacter
	}
	switch {
	case utf8.RuneCountInString(value) > longest:
		return fmt.Sprintf("Please write at most %d characters.", longest)
	case len(utf16.Encode([]rune(value))) < f.Min:
		return fmt.Sprintf("Please write at least %d characters.", f.Min)
	case f.Kind != TextArea && strings.ContainsAny(value, "\r\n"):
		return "Please write one line."
	}
	switch f.Kind {
	case Email:
		if address, err := mail.ParseAddress(value); err != nil || address.Address != value {
			return "Please give an email address."
		}
	case URL:
		if address, err := url.Parse(value); err != nil || address.Scheme == "" || address.Host == "" {
			return "Please give an address such as https://example.com."
		}
	}
	return ""
}

func (f Field) numberMistake(value string) string {
	n, err := strconv.ParseFloat(value, 64)
	bounded := f.Min != 0 || f.Max != 0
	switch {
	case err != nil, strings.Trim(value, "0123456789+-.eE") != "", math.IsInf(n, 0):
		return "Please give a number."
	case bounded && n < float64(f.Min):
		return fmt.Sprintf("Please give a number of at least %d.", f.Min)
	case f.Max != 0 && n > float64(f.Max):
		return fmt.Sprintf("Please give a number of at most %d.", f.Max)
	}
	return ""
}

func isTime(layout, value string) bool {
	_, err := time.Parse(layout, value)
	return err == nil
}

// isPlatformID reports whether a value can be a platform's id: printable ASCII that has no
// meaning in any markup.
func isPlatformID(value string) bool {
	return value != "" && len(value) <= maxPlatformID && !strings.ContainsFunc(value, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune("<>|&`", r)
	})
}

// maxPlatformID is the number of bytes of a platform's id.
const maxPlatformID = 255
