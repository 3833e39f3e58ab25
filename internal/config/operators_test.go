package config

import (
	"strings"
	"testing"
)

func TestConfig_Proxies(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		environ []string
		want    int
	}{
		{nil, 0}, {[]string{"DYNO=web.1"}, 1},
		{[]string{"GOPHER_GATEWAY_PROXIES=2"}, 2}, {[]string{"GOPHER_GATEWAY_PROXIES=0", "DYNO=web.1"}, 0}, {[]string{"GOPHER_GATEWAY_PROXIES=10"}, 10},
	} {
		c, err := LoadNeeding(test.environ)
		if err != nil || c.Proxies() != test.want {
			t.Errorf("%q: %d (%v), want %d", test.environ, c.Proxies(), err, test.want)
		}
	}
	for _, bad := range []string{"-1", "11", "x", "1.5"} {
		if _, err := LoadNeeding([]string{"GOPHER_GATEWAY_PROXIES=" + bad}); err == nil || !strings.Contains(err.Error(), "GOPHER_GATEWAY_PROXIES is not valid: want a number, 0 to 10") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestConfig_Operator(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]Operator{"Ada Lovelace": "Ada Lovelace", " адa-2 ": "адa-2", "": ""} {
		if c, err := LoadNeeding([]string{"GOPHER_OPERATOR=" + value}); err != nil || c.Operator != want {
			t.Errorf("%q: %q (%v)", value, c.Operator, err)
		}
	}
	for _, bad := range []string{"a\nb", "a\x1b", "a\u202eb", strings.Repeat("a", 65)} {
		if _, err := LoadNeeding([]string{"GOPHER_OPERATOR=" + bad}); err == nil {
			t.Errorf("%q is no error", bad)
		}
	}
}
