package login

import (
	"context"
	_ "embed" // for the scripts
	"fmt"
	"net/netip"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// MaxPerAddress is how many wrong tokens an address may try in a window. For IPv6 it is
	// that of a network of 64 bits, which one customer has.
	MaxPerAddress = 10
	// MaxOverall is how many all addresses may try in a window. It does not hold for an
	// address from which an operator has logged in within knownFor: guesses from elsewhere
	// do not lock them out.
	MaxOverall = 100
	// Window is how long a wrong token counts, from the first of them.
	Window = 15 * time.Minute
	// knownFor is how long an address is known.
	knownFor = 30 * 24 * time.Hour
)

// LimitedError is the error of an attempt that is not allowed.
type LimitedError struct {
	// Overall is set if all addresses together made too many attempts, and not this one.
	Overall bool
	// Wait is the time until the next attempt is allowed.
	Wait time.Duration
}

func (e *LimitedError) Error() string {
	who := "this address"
	if e.Overall {
		who = "all addresses together"
	}
	return fmt.Sprintf("%s tried too many wrong tokens: try again in %v", who, e.Wait.Round(time.Second))
}

//go:embed lua/attempt.lua
var attemptSource string

var attemptScript = redis.NewScript(attemptSource)

// Attempt counts an attempt to log in from an address, before the token is looked at: so
// attempts at the same time are counted, too. It returns how many more the address may make
// in this window, or a LimitedError.
func (s *Store) Attempt(ctx context.Context, address string) (left int, err error) {
	reply, err := attemptScript.Run(ctx, s.rdb, s.attempts(address), MaxPerAddress, MaxOverall, Window.Milliseconds()).Int64Slice()
	if err == nil && len(reply) != 3 {
		err = fmt.Errorf("a reply of %d numbers", len(reply))
	}
	if err != nil {
		return 0, fmt.Errorf("count an attempt to log in: %w", err)
	}
	if reply[0] == 0 {
		return 0, &LimitedError{Overall: reply[1] == 1, Wait: time.Duration(reply[2]) * time.Millisecond}
	}
	return int(reply[1]), nil
}

//go:embed lua/succeeded.lua
var succeededSource string

var succeededScript = redis.NewScript(succeededSource)

// Succeeded takes back the count of an attempt whose token was right, and makes the address
// a known one.
func (s *Store) Succeeded(ctx context.Context, address string) error {
	if err := succeededScript.Run(ctx, s.rdb, s.attempts(address), knownFor.Milliseconds()).Err(); err != nil {
		return fmt.Errorf("count a login: %w", err)
	}
	return nil
}

// attempts returns the keys of the counts of an address and of all, and the key that an
// address has while it is known.
func (s *Store) attempts(address string) []string {
	from := network(address)
	return []string{s.app + ":{ops}:attempts:" + from, s.app + ":{ops}:attempts", s.app + ":{ops}:known:" + from}
}

// network returns the name of those who share an address.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}
