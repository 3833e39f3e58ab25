package alert

import (
	"errors"
	"reflect"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"

	"github.com/prometheus/common/helpers/templates"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"github.com/gobridge/gopherbot/internal/alert/template"
)

// dialect is Alertmanager's: the same functions and methods, and the methods of times.
//
// Source: https://prometheus.io/docs/alerting/latest/notifications/
var dialect = template.Language{
	Funcs: map[string]any{
		"toUpper":     strings.ToUpper,
		"toLower":     strings.ToLower,
		"title":       func(text string) string { return cases.Title(language.AmericanEnglish).String(text) },
		"trimSpace":   strings.TrimSpace,
		"join":        func(sep string, texts []string) string { return strings.Join(texts, sep) },
		"stringSlice": func(texts ...string) []string { return texts },
		"safeHtml":    func(text string) string { return text },
		"match": func(pattern, text string) (bool, error) {
			re, err := compile(pattern)
			if err != nil {
				return false, err
			}
			return re.MatchString(text), nil
		},
		"reReplaceAll": func(pattern, replacement, text string) (string, error) {
			re, err := compile(pattern)
			if err != nil {
				return "", err
			}
			return re.ReplaceAllString(text, replacement), nil
		},
		"since":            time.Since,
		"humanizeDuration": humanizeDuration,
		"date":             func(layout string, t time.Time) string { return t.Format(layout) },
		"tz":               inZone,
	},
	Methods: map[reflect.Type]map[string]any{
		reflect.TypeFor[KV](): {
			"SortedPairs": KV.SortedPairs, "Names": KV.Names, "Values": KV.Values, "Remove": KV.Remove,
		},
		reflect.TypeFor[Pairs]():  {"Names": Pairs.Names, "Values": Pairs.Values},
		reflect.TypeFor[Alerts](): {"Firing": Alerts.Firing, "Resolved": Alerts.Resolved},
		reflect.TypeFor[time.Time](): {
			"Format": time.Time.Format, "String": time.Time.String, "UTC": time.Time.UTC, "Local": time.Time.Local, "IsZero": time.Time.IsZero,
			"Unix": time.Time.Unix, "UnixMilli": time.Time.UnixMilli, "UnixNano": time.Time.UnixNano,
			"Year": time.Time.Year, "Month": time.Time.Month, "Day": time.Time.Day, "YearDay": time.Time.YearDay, "Weekday": time.Time.Weekday,
			"Hour": time.Time.Hour, "Minute": time.Time.Minute, "Second": time.Time.Second,
			"Add": time.Time.Add, "AddDate": time.Time.AddDate, "Sub": time.Time.Sub, "Truncate": time.Time.Truncate, "Round": time.Time.Round,
			"After": time.Time.After, "Before": time.Time.Before, "Equal": time.Time.Equal, "Compare": time.Time.Compare,
		},
		reflect.TypeFor[time.Duration](): {
			"String": time.Duration.String, "Hours": time.Duration.Hours, "Minutes": time.Duration.Minutes, "Seconds": time.Duration.Seconds,
			"Milliseconds": time.Duration.Milliseconds, "Round": time.Duration.Round, "Truncate": time.Duration.Truncate, "Abs": time.Duration.Abs,
		},
		reflect.TypeFor[time.Month]():   {"String": time.Month.String},
		reflect.TypeFor[time.Weekday](): {"String": time.Weekday.String},
	},
}

// compile compiles a regular expression. Its error does not quote the pattern, which
// may hold a label.
func compile(pattern string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(pattern)
	var bad *syntax.Error
	if errors.As(err, &bad) {
		return nil, errors.New("bad regular expression: " + bad.Code.String())
	}
	return re, err
}

func humanizeDuration(v any) (string, error) {
	text, err := templates.HumanizeDuration(v)
	if err != nil {
		return "", errors.New("want a number of seconds")
	}
	return text, nil
}

func inZone(name string, t time.Time) (time.Time, error) {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return t, errors.New("no such time zone")
	}
	return t.In(zone), nil
}
