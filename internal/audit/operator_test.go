package audit_test

import (
	"os"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/audit"
)

func TestOperator(t *testing.T) {
	t.Parallel()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	if who, from := audit.Operator(" Ada Lovelace "); who != "Ada Lovelace" || from != host {
		t.Errorf("%q from %q", who, from)
	}
	if who, _ := audit.Operator(""); !audit.ValidName(who) {
		t.Errorf("the system's user is %q", who)
	}
}

func TestValidName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"ada": true, "Ada Lovelace": true, "Адa": true, "o'neill-2 (on call)": true, "👩": true, strings.Repeat("ü", 64): true,
		"": false, " ada": false, "ada ": false, strings.Repeat("ü", 65): false,
		"a\nb": false, "a\x1b[31m": false, "a\u202eb": false, "a\u0085b": false, "a\xff": false, "a\ufffdb": false,
	} {
		if got := audit.ValidName(name); got != want {
			t.Errorf("%q is valid: %v, want %v", name, got, want)
		}
	}
}
