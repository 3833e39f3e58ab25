package testenv

import "go.uber.org/goleak"

// ServerClock leaves the clock of the HTTP server's library out of a search for leaks: all
// servers share it, and it never ends.
func ServerClock() goleak.Option {
	return goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1")
}
