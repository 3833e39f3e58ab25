package config

import (
	"errors"
	"strconv"
)

// Concurrency is how many events of a type a consumer handles at once, 1 to 1000. The
// maximum keeps a typing error from using up all memory.
type Concurrency int

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Concurrency) UnmarshalText(text []byte) error { return number((*int)(c), text, 1, 1000) }

// Backlog is how many events a stream may hold, 100 to 10,000,000; 0 is a default that
// depends on Redis's memory.
type Backlog int

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *Backlog) UnmarshalText(text []byte) error { return number((*int)(b), text, 100, 10_000_000) }

func number(n *int, text []byte, low, high int) (err error) {
	if *n, err = strconv.Atoi(string(text)); err == nil && (*n < low || *n > high) {
		err = errors.New("too small or too large")
	}
	return err
}
