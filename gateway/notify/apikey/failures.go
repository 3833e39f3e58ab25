package apikey

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// failureEvery is how often the failures of one address are reported.
	failureEvery = time.Minute
	// maxAddresses bounds of how many addresses Failures knows.
	maxAddresses = 1024
)

// Failures says which failures to authenticate are worth a line in the log: of each address
// one a minute, and of so many addresses at once that the memory is bounded. The zero value
// is ready. It is safe for concurrent use.
type Failures struct {
	mu    sync.Mutex
	last  map[netip.Addr]time.Time
	quiet int64
}

// Report records a failure. If it is to be reported, it returns how many were not since the
// last that was.
func (f *Failures) Report(remote string, now time.Time) (unreported int64, report bool) {
	address := network(remote)
	f.mu.Lock()
	defer f.mu.Unlock()
	if last, known := f.last[address]; known && now.Sub(last) < failureEvery {
		f.quiet++
		return 0, false
	}
	if len(f.last) >= maxAddresses {
		for a, last := range f.last {
			if now.Sub(last) >= failureEvery {
				delete(f.last, a)
			}
		}
	}
	if len(f.last) >= maxAddresses {
		f.quiet++
		return 0, false
	}
	if f.last == nil {
		f.last = map[netip.Addr]time.Time{}
	}
	f.last[address] = now
	unreported, f.quiet = f.quiet, 0
	return unreported, true
}

// network returns an IPv4 address, or the first of an IPv6 address's /64 network, which one
// caller has to itself. It is the zero value for what is no address.
func network(remote string) netip.Addr {
	address, err := netip.ParseAddr(remote)
	if err != nil {
		return netip.Addr{}
	}
	address = address.Unmap().WithZone("")
	if address.Is6() {
		if prefix, err := address.Prefix(64); err == nil {
			return prefix.Addr()
		}
	}
	return address
}
