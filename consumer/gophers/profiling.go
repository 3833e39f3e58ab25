package gophers

import "github.com/gobridge/gopherbot/handler"

var profiling = handler.Command{
	Trigger:  "profiling",
	Aliases:  []string{"pprof", "profile", "optimize", "optimise"},
	Help:     "shows you how to find out what's slow",
	Examples: []handler.Example{{Say: "pprof", Want: "-cpuprofile"}},
	Text: lines(
		"Measure first, before you change anything.",
		"• *A function:* write a benchmark, then `go test -bench . -benchmem -cpuprofile cpu.out` and `go tool pprof -http=: cpu.out`, which opens a flame graph in your browser. `-memprofile` shows what allocates.",
		"• *A server:* import <https://pkg.go.dev/net/http/pprof|net/http/pprof>, on a port that the internet can't reach, and `go tool pprof -http=: http://localhost:6060/debug/pprof/profile`.",
		"• *Waiting, not working?* Try `go tool trace`; a <https://go.dev/blog/flight-recorder|flight recorder> catches what happened just before a slow moment.",
		"• *Before and after:* run both with `-count=10` and compare with <https://pkg.go.dev/golang.org/x/perf/cmd/benchstat|benchstat>; a single run doesn't prove anything.",
		"• *Speed for free:* save a CPU profile from production as `default.pgo` next to `main.go`, and the compiler will <https://go.dev/doc/pgo|optimize what runs most>.",
		"More: <https://go.dev/doc/diagnostics|Diagnostics>, <https://go.dev/blog/pprof|Profiling Go Programs>, <https://go.dev/doc/gc-guide|a guide to the garbage collector>.",
		"Want a second opinion? Ask in #performance.",
	),
}
