package gophers

import "github.com/gobridge/gopherbot/handler"

var profiling = handler.Command{
	Trigger:  "profiling",
	Aliases:  []string{"pprof", "profile", "optimize", "optimise"},
	Help:     "tells how to find out what is slow",
	Examples: []handler.Example{{Say: "pprof", Want: "-cpuprofile"}},
	Text: lines(
		"Measure before you change anything.",
		"• *A function:* write a benchmark, then `go test -bench . -benchmem -cpuprofile cpu.out` and `go tool pprof -http=: cpu.out`, which opens a flame graph in your browser. `-memprofile` shows what allocates.",
		"• *A server:* import <https://pkg.go.dev/net/http/pprof|net/http/pprof>, on a port that the internet can't reach, and `go tool pprof -http=: http://localhost:6060/debug/pprof/profile`.",
		"• *Waiting rather than working:* `go tool trace`, and for what happened just before now a <https://go.dev/blog/flight-recorder|flight recorder>.",
		"• *Before and after:* run both with `-count=10` and compare them with <https://pkg.go.dev/golang.org/x/perf/cmd/benchstat|benchstat>; a single run proves nothing.",
		"• *For free:* a CPU profile from production, saved as `default.pgo` beside `main.go`, has the compiler <https://go.dev/doc/pgo|optimize what runs most>.",
		"More: <https://go.dev/doc/diagnostics|Diagnostics>, <https://go.dev/blog/pprof|Profiling Go Programs>, <https://go.dev/doc/gc-guide|a guide to the garbage collector>.",
		"For second opinions there is #performance.",
	),
}
