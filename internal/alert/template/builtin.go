package template

import (
	"cmp"
	"errors"
	"fmt"
	"html"
	"net/url"
	"reflect"
)

// builtins are text/template's functions, but for js and call. The parser needs the
// names of all; "and" and "or" are evaluated by shortCircuit.
var builtins = map[string]any{
	"and": struct{}{}, "or": struct{}{},
	"not":      func(v any) bool { return !isTrue(reflect.ValueOf(v)) },
	"eq":       equal,
	"ne":       func(a, b any) (bool, error) { same, err := equal(a, b); return !same, err },
	"lt":       func(a, b any) (bool, error) { c, err := compare(a, b); return c < 0, err },
	"le":       func(a, b any) (bool, error) { c, err := compare(a, b); return c <= 0, err },
	"gt":       func(a, b any) (bool, error) { c, err := compare(a, b); return c > 0, err },
	"ge":       func(a, b any) (bool, error) { c, err := compare(a, b); return c >= 0, err },
	"len":      length,
	"index":    index,
	"slice":    slice,
	"print":    fmt.Sprint,
	"printf":   fmt.Sprintf,
	"println":  fmt.Sprintln,
	"html":     func(args ...any) string { return html.EscapeString(fmt.Sprint(args...)) },
	"urlquery": func(args ...any) string { return url.QueryEscape(fmt.Sprint(args...)) },
}

var errTypes = errors.New("values of these types cannot be compared")

// equal reports whether the first argument equals one of the others. Integers of all
// types are compared as numbers; other values have to be of one type.
func equal(first any, others ...any) (bool, error) {
	if len(others) == 0 {
		return false, errors.New("a second argument is missing")
	}
	for _, other := range others {
		a, b := reflect.ValueOf(first), reflect.ValueOf(other)
		c, err := compare(first, other)
		switch {
		case err == nil && c == 0:
			return true, nil
		case err == nil:
		case !a.IsValid() || !b.IsValid():
			if a.IsValid() == b.IsValid() {
				return true, nil
			}
		case a.Type() != b.Type() || !a.Comparable():
			return false, err
		case a.Equal(b):
			return true, nil
		}
	}
	return false, nil
}

// compare compares two integers, floats or strings.
func compare(a, b any) (int, error) {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	switch {
	case x.CanInt() && y.CanInt():
		return cmp.Compare(x.Int(), y.Int()), nil
	case x.CanFloat() && y.CanFloat():
		return cmp.Compare(x.Float(), y.Float()), nil
	case x.Kind() == reflect.String && y.Kind() == reflect.String:
		return cmp.Compare(x.String(), y.String()), nil
	}
	return 0, errTypes
}

func length(v any) (int, error) {
	switch value := reflect.ValueOf(v); value.Kind() {
	case reflect.Slice, reflect.Map, reflect.String, reflect.Array:
		return value.Len(), nil
	}
	return 0, fmt.Errorf("a %T has no length", v)
}

// index returns v[keys[0]][keys[1]]… of lists and maps.
func index(v any, keys ...any) (any, error) {
	value := reflect.ValueOf(v)
	for _, k := range keys {
		value = concrete(value)
		key := reflect.ValueOf(k)
		switch {
		case !value.IsValid():
			return nil, errors.New("nothing has no entries")
		case value.Kind() == reflect.Map && key.Kind() == reflect.String && value.Type().Key().Kind() == reflect.String:
			value = entry(value, key)
		case (value.Kind() == reflect.Slice || value.Kind() == reflect.String) && key.CanInt():
			if i := key.Int(); i < 0 || i >= int64(value.Len()) {
				return nil, fmt.Errorf("%d is out of range: there are %d", i, value.Len())
			}
			value = value.Index(int(key.Int()))
		default:
			return nil, fmt.Errorf("a %s has no entry for a %T", value.Type(), k)
		}
	}
	if value = concrete(value); !value.IsValid() {
		return nil, nil
	}
	return value.Interface(), nil
}

// slice returns v[i:j] of a list or string.
func slice(v any, bounds ...int) (any, error) {
	value := reflect.ValueOf(v)
	if value.Kind() != reflect.Slice && value.Kind() != reflect.String || len(bounds) > 2 {
		return nil, fmt.Errorf("a %T cannot be sliced, or has more than two bounds", v)
	}
	from, to := 0, value.Len()
	if len(bounds) > 0 {
		from = bounds[0]
	}
	if len(bounds) > 1 {
		to = bounds[1]
	}
	if from < 0 || to > value.Len() || from > to {
		return nil, fmt.Errorf("%d to %d is out of range: there are %d", from, to, value.Len())
	}
	return value.Slice(from, to).Interface(), nil
}
