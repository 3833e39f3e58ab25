package config

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Value returns the value of a variable by its name, with its default and in the
// form in which the variable is written. It returns "" for a secret. declared is
// false for a name that is not a variable of Config.
func (c Config) Value(name string) (value string, declared bool) {
	for field, v := range reflect.ValueOf(c).Fields() {
		described := variable(field)
		if described.Name != name {
			continue
		}
		if described.Secret {
			return "", true
		}
		return written(v), true
	}
	return "", false
}

// written returns a value in the form in which its variable is written.
func written(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.String:
		var parts []string
		for i := range v.Len() {
			parts = append(parts, v.Index(i).String())
		}
		return strings.Join(parts, ",")
	case v.Kind() == reflect.Int64: // all of these are durations
		return time.Duration(v.Int()).String()
	default:
		return fmt.Sprint(v.Interface())
	}
}
