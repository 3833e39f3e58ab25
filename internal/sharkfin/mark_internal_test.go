package sharkfin

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestMarkFields holds the names to the fields of a mark.
func TestMarkFields(t *testing.T) {
	t.Parallel()
	var names []string
	for field := range reflect.TypeFor[Mark]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	if !slices.Equal(MarkFields, names) {
		t.Errorf("%q, want %q", MarkFields, names)
	}
}
