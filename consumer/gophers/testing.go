package gophers

import "github.com/gobridge/gopherbot/handler"

var testingHelp = handler.Command{
	Trigger:  "testing",
	Aliases:  []string{"tests", "go test", "unit tests"},
	Help:     "shows you how to write tests",
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
		"• `-run Abs` picks some of them, `-v` tells you more, `-race` finds data races, and `-cover` shows how much is tested.",
		"• `t.TempDir()`, `t.Context()` and `t.Cleanup` tidy up for you; `t.Parallel()` runs tests side by side.",
		"• <https://pkg.go.dev/net/http/httptest|httptest> serves real HTTP, <https://pkg.go.dev/testing/synctest|testing/synctest> makes hours pass in no time, and <https://go.dev/doc/security/fuzz/|fuzzing> finds inputs you didn't think of.",
		"• `for b.Loop()` is the heart of a benchmark, and an `Example` function is documentation that gets tested.",
		"More: <https://go.dev/doc/tutorial/add-a-test|the tutorial>, <https://go.dev/wiki/TableDrivenTests|table-driven tests>, the package <https://pkg.go.dev/testing|testing>.",
	),
}

var raceDetector = handler.Command{
	Trigger:  "race detector",
	Aliases:  []string{"race", "data race", "race condition"},
	Help:     "shows you how to find data races",
	Examples: []handler.Example{{Say: "race detector", Want: "-race"}},
	Text: lines(
		"A data race is when two goroutines use the same variable at the same time, and at least one of them writes to it. What happens then is anybody's guess, and it may differ between production and your machine.",
		"`go test -race ./...` finds the ones that happen while it runs, and tells you which two lines met. `go run` and `go build` take `-race`, too. There are no false alarms: every race it reports is a bug. It needs a C compiler on most systems, and your program will need several times the time and memory.",
		"To fix one, let a single goroutine own the variable and send it values over a channel, guard it with a `sync.Mutex`, or use `sync/atomic` for a single number or pointer. `time.Sleep` won't help.",
		"More: <https://go.dev/doc/articles/race_detector|Data Race Detector>, <https://go.dev/ref/mem|The Go Memory Model>.",
	),
}
