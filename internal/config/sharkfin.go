package config

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// APIKey is the key by which a Sharkfin server knows the bot.
type APIKey struct{ Secret }

var apiKeyPattern = lazyregexp.New(`^[!-~]{8,}$`)

// UnmarshalText implements encoding.TextUnmarshaler.
func (k *APIKey) UnmarshalText(text []byte) error {
	if !apiKeyPattern().Match(text) {
		return errors.New("not an API key")
	}
	return k.Secret.UnmarshalText(text)
}

// SharkfinChannels are names of channels, without "#". Sharkfin allows any characters in
// them; one with a comma cannot be named here.
type SharkfinChannels []string

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *SharkfinChannels) UnmarshalText(text []byte) error {
	for name := range strings.SplitSeq(string(text), ",") {
		name = strings.TrimPrefix(strings.TrimSpace(name), "#")
		if name == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
			return errors.New("not the name of a channel")
		}
		if !slices.Contains(*c, name) {
			*c = append(*c, name)
		}
	}
	return nil
}

// ReadInterval is how often each channel is read. A message that is read later than 30 s
// after it was sent gets no answer, so much longer times make little sense.
type ReadInterval time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *ReadInterval) UnmarshalText(text []byte) error {
	return between((*time.Duration)(r), text, 2*time.Second, 10*time.Minute)
}
