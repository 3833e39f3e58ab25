package config

import (
	"errors"
	"strings"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// Proxies is a number of proxies, 0 to 10.
type Proxies int

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Proxies) UnmarshalText(text []byte) error { return number((*int)(p), text, 0, 10) }

// Proxies returns how many proxies in front of the gateway append to X-Forwarded-For.
func (c Config) Proxies() int {
	switch {
	case c.GatewayProxies != nil:
		return int(*c.GatewayProxies)
	case c.Dyno != "":
		return 1 // Heroku's router
	default:
		return 0
	}
}

// Operator is the name of somebody who uses the command-line tool, at most 64 characters.
type Operator string

var operatorPattern = lazyregexp.New(`^[\pL\pM\pN\pP\pS ]{1,64}$`)

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *Operator) UnmarshalText(text []byte) error {
	name := strings.TrimSpace(string(text))
	if !operatorPattern().MatchString(name) {
		return errors.New("not a name")
	}
	*o = Operator(name)
	return nil
}
