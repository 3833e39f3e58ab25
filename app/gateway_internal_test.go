package app

import (
	"errors"
	"testing"
)

// TestAnyReady holds that a platform that is down fails the readiness of a gateway only when
// it is the only one.
func TestAnyReady(t *testing.T) {
	t.Parallel()
	up, down := entrance{ready: func() error { return nil }}, entrance{ready: func() error { return errors.New("it is down") }}
	for _, test := range []struct {
		of    []entrance
		ready bool
	}{
		{[]entrance{up}, true}, {[]entrance{down}, false}, {[]entrance{up, down}, true}, {[]entrance{down, up}, true}, {[]entrance{down, down}, false},
	} {
		if err := anyReady(test.of)(t.Context()); (err == nil) != test.ready {
			t.Errorf("%d platforms: %v", len(test.of), err)
		}
	}
}
