package config

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// Secret is a value that must not be seen: however it is printed, it prints as
// [redacted].
type Secret struct{ value string }

const redacted = "[redacted]"

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return s.value }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Secret) UnmarshalText(text []byte) error {
	s.value = strings.TrimSpace(string(text))
	return nil
}

func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return redacted
}

// Format implements fmt.Formatter: no verb shows more than String does.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText implements encoding.TextMarshaler, for JSON and loggers.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// BotToken is the secret that the bot speaks to Slack with.
type BotToken struct{ Secret }

var tokenPattern = lazyregexp.New(`^xoxb-[A-Za-z0-9-]+$`)

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *BotToken) UnmarshalText(text []byte) error {
	if !tokenPattern().Match(text) {
		return errors.New("not a bot token")
	}
	return b.Secret.UnmarshalText(text)
}

var secretPattern = lazyregexp.New(`^[A-Za-z0-9]{16,}$`)

// Secrets are one secret, or two of which either counts while it is rotated.
type Secrets []Secret

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Secrets) UnmarshalText(text []byte) error { return s.parse(text, secretPattern()) }

// parse reads one secret, or two with a comma between.
func (s *Secrets) parse(text []byte, pattern *regexp.Regexp) error {
	for value := range strings.SplitSeq(string(text), ",") {
		if value = strings.TrimSpace(value); !pattern.MatchString(value) {
			return errors.New("not a secret of this form")
		}
		*s = append(*s, Secret{value})
	}
	if len(*s) > 2 {
		return errors.New("more than two secrets")
	}
	return nil
}

// Reveal returns the secrets themselves.
func (s Secrets) Reveal() []string {
	values := make([]string, len(s))
	for i, secret := range s {
		values[i] = secret.value
	}
	return values
}

// Tokens are one token, or two of which either counts while it is rotated, with
// which somebody is let in. There is no limit to how often somebody may try, so
// nobody must be able to guess.
type Tokens struct{ Secrets }

var tokensPattern = lazyregexp.New(`^[A-Za-z0-9_-]{32,}$`)

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Tokens) UnmarshalText(text []byte) error { return t.parse(text, tokensPattern()) }

// Environment is where the bot runs.
type Environment string

// UnmarshalText implements encoding.TextUnmarshaler.
func (e *Environment) UnmarshalText(text []byte) error {
	*e = Environment(text)
	if !slices.Contains([]Environment{"production", "staging", "development", "testing"}, *e) {
		return errors.New("not an environment")
	}
	return nil
}

// Port is a TCP port.
type Port uint16

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Port) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 10, 16)
	if err != nil || n == 0 {
		return errors.New("not a port")
	}
	*p = Port(n)
	return nil
}

// RedisMode is what the address of Redis leads to.
type RedisMode string

// The modes of Redis.
const (
	RedisSingle   RedisMode = "single"
	RedisSentinel RedisMode = "sentinel"
	RedisCluster  RedisMode = "cluster"
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *RedisMode) UnmarshalText(text []byte) error {
	*m = RedisMode(text)
	if !slices.Contains([]RedisMode{RedisSingle, RedisSentinel, RedisCluster}, *m) {
		return errors.New("not a mode of Redis")
	}
	return nil
}

// Shards is over how many streams the events of a type are spread.
type Shards int

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Shards) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 1 || n > 64 {
		return errors.New("not a number of shards")
	}
	*s = Shards(n)
	return nil
}

// Connections is how many connections to Redis a process may have, 0 if that is
// left to the process.
type Connections int

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Connections) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 2 || n > 1000 {
		return errors.New("not such a number")
	}
	*c = Connections(n)
	return nil
}

// Outage is how long something may be away, from a second to a day.
type Outage time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Outage) UnmarshalText(text []byte) error {
	return between((*time.Duration)(p), text, time.Second, 24*time.Hour)
}

// InstanceTTL is how long a process that died is taken for one that runs, from a
// second to ten minutes.
type InstanceTTL time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *InstanceTTL) UnmarshalText(text []byte) error {
	return between((*time.Duration)(t), text, time.Second, 10*time.Minute)
}

// Address is where a process listens, "" for nowhere.
type Address string

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *Address) UnmarshalText(text []byte) error {
	_, port, err := net.SplitHostPort(string(text))
	if err != nil {
		return err
	}
	var p Port
	if err := p.UnmarshalText([]byte(port)); err != nil {
		return err
	}
	*a = Address(text)
	return nil
}

// Name is an id or a name in letters, digits, dots, dashes and underscores.
type Name string

var namePattern = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *Name) UnmarshalText(text []byte) error {
	if !namePattern().Match(text) {
		return errors.New("not a name")
	}
	*n = Name(text)
	return nil
}

// AppID is the id of a Slack app, TeamID that of a workspace, or of an
// enterprise.
type (
	AppID  string
	TeamID string
)

var (
	appIDPattern  = lazyregexp.New(`^A[A-Z0-9]+$`)
	teamIDPattern = lazyregexp.New(`^[TE][A-Z0-9]+$`)
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *AppID) UnmarshalText(text []byte) error {
	if !appIDPattern().Match(text) {
		return errors.New("not an app's id")
	}
	*a = AppID(text)
	return nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *TeamID) UnmarshalText(text []byte) error {
	if !teamIDPattern().Match(text) {
		return errors.New("not a workspace's id")
	}
	*t = TeamID(text)
	return nil
}

// Level is how much is logged.
type Level zerolog.Level

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Level) UnmarshalText(text []byte) error {
	level, err := zerolog.ParseLevel(strings.ToLower(string(text)))
	if err != nil || level < zerolog.TraceLevel || level > zerolog.ErrorLevel {
		return errors.New("not a level")
	}
	*l = Level(level)
	return nil
}

// Channels are names of channels, without "#".
type Channels []string

// isChannelName reports whether a text can be the name of a channel in Slack: 1 to
// 80 letters of any script in lower case, digits, dashes and underscores. It is no
// regular expression, which would take 5 MB: it repeats the letters of all scripts
// 80 times.
func isChannelName(name string) bool {
	n := utf8.RuneCountInString(name)
	return n >= 1 && n <= 80 && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && r != '-' && !unicode.In(r, unicode.Ll, unicode.Lm, unicode.Lo, unicode.M, unicode.N)
	})
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Channels) UnmarshalText(text []byte) error {
	for name := range strings.SplitSeq(string(text), ",") {
		if name = strings.TrimSpace(name); !isChannelName(name) {
			return errors.New("not the name of a channel")
		}
		*c = append(*c, name)
	}
	return nil
}

// Cooldown is for how long something is not repeated.
type Cooldown time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Cooldown) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil || d < 0 || d > 24*time.Hour {
		return errors.New("not a duration up to a day")
	}
	*c = Cooldown(d)
	return nil
}

// HTTPURL is the base of an HTTP API. It ends with a slash.
type HTTPURL string

// UnmarshalText implements encoding.TextUnmarshaler.
func (u *HTTPURL) UnmarshalText(text []byte) error {
	parsed, err := url.Parse(string(text))
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" {
		return errors.New("not an HTTP address")
	}
	*u = HTTPURL(strings.TrimSuffix(string(text), "/") + "/")
	return nil
}
