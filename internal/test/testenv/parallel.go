package testenv

import (
	"flag"
	"strconv"
)

// Parallel has a package run n tests at once, unless the flag -parallel says otherwise. It is for
// tests that wait most of their time, for heartbeats and timeouts: package testing runs as many
// at once as there are processors. Call it from TestMain.
func Parallel(n int) {
	flag.Parse()
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == "test.parallel" })
	if set {
		return
	}
	if err := flag.Set("test.parallel", strconv.Itoa(n)); err != nil {
		panic(err) // package testing has no such flag
	}
}
