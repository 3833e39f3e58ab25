package redact_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/redact"
)

func TestPanic(t *testing.T) {
	t.Parallel()
	const secret = "the access code is 4711"
	for _, test := range []struct {
		value any
		want  string
	}{
		{secret, "a value of type string"},
		{errors.New(secret), "a value of type *errors.errorString"},
		{fmt.Errorf("decode: %w", errors.New(secret)), "a value of type *fmt.wrapError"},
		{struct{ text string }{secret}, "a value of type struct { text string }"},
	} {
		if got := redact.Panic(test.value); got != test.want {
			t.Errorf("%#v: %q, want %q", test.value, got, test.want)
		}
	}
	defer func() {
		if got := redact.Panic(recover()); !strings.Contains(got, "index out of range [3] with length 0") {
			t.Errorf("an error of Go's: %q", got)
		}
	}()
	var none []int
	_ = none[len(secret)-20]
}
