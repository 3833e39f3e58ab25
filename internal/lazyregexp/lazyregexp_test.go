package lazyregexp_test

import (
	"testing"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

func TestNew_CompilesAtFirstUse(t *testing.T) {
	t.Parallel()
	pattern := lazyregexp.New("^a+$")
	first, second := pattern(), pattern()
	if first != second || !first.MatchString("aa") || first.MatchString("ab") {
		t.Error("want one regular expression that matches aa and not ab")
	}
	invalid := lazyregexp.New("(") // compiles nothing, so it does not panic
	defer func() {
		if recover() == nil {
			t.Error("compiled an invalid pattern")
		}
	}()
	invalid()
}
