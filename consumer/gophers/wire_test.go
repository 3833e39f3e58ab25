package gophers

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"testing"

	"github.com/gobridge/gopherbot/handler"
)

// present is a service of a process.
type present struct {
	handler.ChannelNames
	handler.FileReader
}

func (present) Name(context.Context, string) (string, error) { return "general", nil }

// unset returns the paths of the fields in a struct, and in the structs in it, that have their zero value.
func unset(v reflect.Value, path string) (list []string) {
	for field, value := range v.Fields() {
		name := path + "." + field.Name
		switch {
		case value.IsZero():
			list = append(list, name)
		case value.Kind() == reflect.Struct:
			list = append(list, unset(value, name)...)
		}
	}
	return list
}

// TestWire_LeavesNothingOut finds a dependency of a declaration that is not wired: with it, all else passes, and
// the handler panics when somebody asks.
func TestWire_LeavesNothingOut(t *testing.T) {
	t.Parallel()
	all := handler.Services{
		Channels: present{}, Files: present{}, HTTP: http.DefaultTransport, Shadow: true,
		Setting: func(string) string { return "general" }, Log: slog.New(slog.DiscardHandler),
	}
	// A service that this test does not have would hide a dependency on it.
	if missing := unset(reflect.ValueOf(all), "Services"); missing != nil {
		t.Fatalf("this test sets no %q", missing)
	}
	if missing := unset(reflect.ValueOf(wire(all)), "Deps"); missing != nil {
		t.Errorf("wire, in content.go, sets no %q", missing)
	}
}

// TestUnset finds what a struct lacks, in a struct in it, too.
func TestUnset(t *testing.T) {
	t.Parallel()
	deps := Deps{AdminContact: "#mods", Reports: "reports", Playground: Playground{Except: []string{"general"}, OnlyAddressed: true}}
	want := []string{"Deps.Playground.Sharer", "Deps.Playground.Files", "Deps.Playground.Channels", "Deps.Comics", "Deps.Suggestions"}
	if got := unset(reflect.ValueOf(deps), "Deps"); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
