package app

import (
	"context"
	"errors"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/rs/zerolog"
)

// limitMemory sets the Go runtime's memory limit to 90% of the limit of the process's
// container (cgroup), unless the operator has set GOMEMLIMIT. It logs the limit.
func limitMemory(log zerolog.Logger, cgroup memlimit.Provider) {
	limit, err := memlimit.Set(memlimit.WithProvider(cgroup))
	line := log.Info()
	switch explicit, isSet := os.LookupEnv("GOMEMLIMIT"); {
	case isSet:
		line = line.Str("source", "GOMEMLIMIT="+explicit)
	case errors.Is(err, memlimit.ErrNoCgroup), errors.Is(err, memlimit.ErrCgroupsNotSupported):
		line = line.Str("source", "none: no cgroup")
	case err != nil:
		line = log.Warn().Err(err).Str("source", "none: set GOMEMLIMIT")
	case limit == math.MaxInt64:
		line = line.Str("source", "none: the cgroup has no limit")
	default:
		line = line.Str("source", "90% of the cgroup's limit")
	}
	if limit < math.MaxInt64 {
		line = line.Int64("bytes", limit)
	}
	line.Msg("memory limit")
}

// ballastSize is the size in bytes of the ballast of a gateway and of a consumer. Their
// heaps are small: without a ballast a gateway collects garbage every 4 MB, which takes an
// eighth to a quarter of its CPU time under load (BenchmarkGateway), and a consumer handles
// 7% to 27% fewer events (BenchmarkConsumer). A ballast of 48 MiB saved a gateway no more.
const ballastSize = 16 << 20

// ballast allocates so many bytes, which nobody touches, until release is called.
// They take no memory of the system, but the garbage collector counts them: it runs
// again when the heap, with them, has grown by GOGC (100) percent. A higher GOGC would
// do the same for a small heap, but let a large one grow to a multiple.
func ballast(bytes int) (release func()) {
	b := make([]byte, bytes)
	_ = returnPages(b) // Go has touched them if it had used the memory before
	return func() { runtime.KeepAlive(b) }
}

// returnStart returns the memory that only the start of this process needed: an idle gateway
// has 11 to 15 MB instead of 24 (BenchmarkGateway).
func returnStart(log zerolog.Logger) {
	debug.FreeOSMemory()
	if err := returnProgram(); err != nil {
		log.Info().Err(err).Msg("return the pages of the program to the system: this process has some MB more than it needs")
	}
}

const (
	// returnEvery is the time between two checks for unused memory.
	returnEvery = 10 * time.Second
	// returnAbove is the number of bytes by which the held memory must exceed its minimum.
	// Returning memory costs two garbage collections: only the second empties a sync.Pool.
	// A gateway that samples the queue for its operations page makes as much in a minute or two.
	returnAbove = 4 << 20
)

// returnMemory returns memory to the system after a burst of requests, until ctx ends.
// Go does so only after its next garbage collection, and an idle process waits two
// minutes for that.
func returnMemory(ctx context.Context) {
	ticker := time.NewTicker(returnEvery)
	defer ticker.Stop()
	for least := heldMemory(); ; least = min(least, heldMemory()) {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		if heldMemory() > least+returnAbove {
			runtime.GC()
			debug.FreeOSMemory()
		}
	}
}

// heldMemory returns how many bytes the Go runtime has from the system.
func heldMemory() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}
