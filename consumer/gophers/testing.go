package gophers

import "github.com/gobridge/gopherbot/handler"

var testingHelp = handler.Command{
	Trigger:  "testing",
	Aliases:  []string{"tests", "go test", "unit tests"},
	Help:     "tells how to test",
	Examples: []handler.Example{{Say: "testing", Want: "_test.go"}},
	Text: lines(
		"Tests are functions in files that end in `_test.go`, and `go test ./...` runs them all:",
		"```",
		"func TestAbs(t *testing.T) {",
		"\tfor _, test := range []struct{ in, want int }{{-1, 1}, {0, 0}, {2, 2}} {",
		"\t\tif got := Abs(test.in); got != test.want {",
		"\t\t\tt.Errorf(\"Abs(%d) = %d, want %d\", test.in, got, test.want)",
		"\t\t}",
		"\t}",
		"}",
		"```",
		"• `-run Abs` picks some, `-v` tells more, `-race` finds data races, `-cover` what is not tested.",
		"• `t.TempDir()`, `t.Context()` and `t.Cleanup` tidy up by themselves; `t.Parallel()` runs tests side by side.",
		"• <https://pkg.go.dev/net/http/httptest|httptest> serves real HTTP, <https://pkg.go.dev/testing/synctest|testing/synctest> lets hours pass in no time, <https://go.dev/doc/security/fuzz/|fuzzing> finds the inputs you did not think of.",
		"• `for b.Loop()` is the heart of a benchmark, and an `Example` function is documentation that is tested.",
		"More: <https://go.dev/doc/tutorial/add-a-test|the tutorial>, <https://go.dev/wiki/TableDrivenTests|table-driven tests>, the package <https://pkg.go.dev/testing|testing>.",
	),
}

var raceDetector = handler.Command{
	Trigger:  "race detector",
	Aliases:  []string{"race", "data race", "race condition"},
	Help:     "tells how to find data races",
	Examples: []handler.Example{{Say: "race detector", Want: "-race"}},
	Text: lines(
		"A data race is two goroutines at the same variable at the same time, at least one of them writing. What the program does then is anybody's guess, and may well be something else in production than on your machine.",
		"`go test -race ./...` finds those that happen while it runs; `go run` and `go build` take `-race`, too. It says which two lines met. It raises no false alarms: each one is a bug. It needs a C compiler on most systems, and the program takes several times the time and memory.",
		"The cure: give the variable to one goroutine and send it values over a channel, guard it with a `sync.Mutex`, or use `sync/atomic` for a single number or pointer. `time.Sleep` is no cure.",
		"More: <https://go.dev/doc/articles/race_detector|Data Race Detector>, <https://go.dev/ref/mem|The Go Memory Model>.",
	),
}
