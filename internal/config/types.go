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

// Secret is a secret value. However it is printed, it prints as [redacted].
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

// BotToken is the token with which the bot calls Slack's API.
type BotToken struct{ Secret }

var tokenPattern = lazyregexp.New(`^xoxb-[A-Za-z0-9-]+$`)

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *BotToken) UnmarshalText(text []byte) error {
	if !tokenPattern().Match(text) {
		return errors.New("not a bot token")
	}
	return b.Secret.UnmarshalText(text)
}

// AppToken is the app-level token with which the gateway opens sockets at Slack.
type AppToken struct{ Secret }

var appTokenPattern = lazyregexp.New(`^xapp-[A-Za-z0-9-]+$`)

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *AppToken) UnmarshalText(text []byte) error {
	if !appTokenPattern().Match(text) {
		return errors.New("not an app-level token")
	}
	return a.Secret.UnmarshalText(text)
}

// Sockets is how many sockets a gateway opens, 1 to 4.
type Sockets int

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Sockets) UnmarshalText(text []byte) error { return number((*int)(s), text, 1, 4) }

var secretPattern = lazyregexp.New(`^[A-Za-z0-9]{16,}$`)

// Secrets are one secret, or during a rotation two, either of which is valid.
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

// Tokens are one access token, or during a rotation two, either of which is valid. Except at
// the login of /ops the number of attempts is not limited, so a token must be too long to be
// guessed.
type Tokens struct{ Secrets }

var tokensPattern = lazyregexp.New(`^[A-Za-z0-9_-]{32,}$`)

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Tokens) UnmarshalText(text []byte) error { return t.parse(text, tokensPattern()) }

// Environment is the kind of deployment: production, staging, development or testing.
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

// RedisMode is the kind of server at the address of Redis.
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

// Shards is the number of streams for the events of a type, 1 to 64.
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

// Connections is the maximum number of connections to Redis of a process, 2 to 1000;
// 0 is the default of the process.
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

// Outage is how long something may be unavailable, 1 s to 24 h.
type Outage time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Outage) UnmarshalText(text []byte) error {
	return between((*time.Duration)(p), text, time.Second, 24*time.Hour)
}

// InstanceTTL is the time after which a process that died is forgotten, 1 s to 10 min.
type InstanceTTL time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *InstanceTTL) UnmarshalText(text []byte) error {
	return between((*time.Duration)(t), text, time.Second, 10*time.Minute)
}

// Address is the address on which a process listens, "" for none.
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

// Level is the lowest level that is logged.
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
// 80 letters of any script in lower case, digits, dashes and underscores. It does not use
// a regular expression, which would take 5 MB: it would repeat the letters of all
// scripts 80 times.
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

// ChannelName is the name or id of a channel on each platform.
type ChannelName string

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *ChannelName) UnmarshalText(text []byte) error {
	name := strings.TrimPrefix(string(text), "#")
	if !channelOrID().MatchString(name) {
		return errors.New("not the name of a channel")
	}
	*c = ChannelName(name)
	return nil
}

var contact = lazyregexp.New(`^(#[^\s#<>@|&=,:/"']{1,80}|[A-Z0-9]{3,30}|[^\s<>@|&,;:"']{1,64}@[^\s<>@|&,;:"']{1,190}|https://[^\s<>|"]{1,300})$`)

// Contact is whom people turn to: a channel that begins with "#", the id of a person, an
// e-mail address, or an https:// address.
type Contact string

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Contact) UnmarshalText(text []byte) error {
	if !contact().Match(text) {
		return errors.New("not a contact")
	}
	*c = Contact(text)
	return nil
}

// Cooldown is how long a reply is not repeated, at most 24 h; 0 is no cooldown.
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
