package config

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/bgtasks/calendar"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// Period is the time between two runs of a job, or another duration, 100 ms to 30 days.
type Period time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Period) UnmarshalText(text []byte) error {
	return between((*time.Duration)(p), text, 100*time.Millisecond, 30*24*time.Hour)
}

// Lease is how long the leading bgtasks has the lease. Its maximum lets another take
// over within 15 seconds of its death.
type Lease time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Lease) UnmarshalText(text []byte) error {
	return between((*time.Duration)(l), text, 200*time.Millisecond, 14*time.Second)
}

func between(d *time.Duration, text []byte, low, high time.Duration) (err error) {
	if *d, err = time.ParseDuration(string(text)); err == nil && (*d < low || *d > high) {
		err = errors.New("too short or too long")
	}
	return err
}

// Count is a number from 1 to 100.
type Count int

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Count) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 1 || n > 100 {
		return errors.New("not such a number")
	}
	*c = Count(n)
	return nil
}

// Channel is a channel of a platform; the zero value is none.
type Channel struct{ event.Target }

var channelOrID = lazyregexp.New(`^[^\s#<>@|&=,:/"']{1,80}$`)

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Channel) UnmarshalText(text []byte) error {
	target, err := event.ParseTarget(string(text))
	if err != nil || !channelOrID().MatchString(target.Channel) {
		return errors.New("not a channel")
	}
	c.Target = target
	return nil
}

// Projects are names of projects.
type Projects []string

var projectPattern = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9/_.-]*$`)

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Projects) UnmarshalText(text []byte) error {
	*p = nil
	for name := range strings.SplitSeq(string(text), ",") {
		if name = strings.TrimSpace(name); !projectPattern().MatchString(name) {
			return errors.New("not a project")
		}
		*p = append(*p, name)
	}
	return nil
}

// Account is a name on a Mastodon server.
type Account string

var accountPattern = lazyregexp.New(`^@?[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *Account) UnmarshalText(text []byte) error {
	if !accountPattern().Match(text) {
		return errors.New("not an account")
	}
	*a = Account(strings.TrimPrefix(string(text), "@"))
	return nil
}

// Weekly is a time of the week.
type Weekly struct{ calendar.Weekly }

// UnmarshalText implements encoding.TextUnmarshaler.
func (w *Weekly) UnmarshalText(text []byte) (err error) {
	w.Weekly, err = calendar.ParseWeekly(string(text))
	return err
}

// PostText is a text of 1 to 1000 characters.
type PostText string

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *PostText) UnmarshalText(text []byte) error {
	*p = PostText(strings.TrimSpace(string(text)))
	if n := utf8.RuneCount([]byte(*p)); n < 1 || n > 1000 {
		return errors.New("empty or too long")
	}
	return nil
}

// Feed is a feed and the channel in which its entries are announced.
type Feed struct {
	Channel Channel
	// URL may hold a secret in its query.
	URL Secret
}

// Feeds are feeds, each written as channel=address.
type Feeds []Feed

// UnmarshalText implements encoding.TextUnmarshaler.
func (f *Feeds) UnmarshalText(text []byte) error {
	for field := range strings.FieldsSeq(string(text)) {
		channel, address, ok := strings.Cut(field, "=")
		parsed, err := url.Parse(address)
		if strings.Contains(address, ",") {
			return errors.New("a comma: feeds are separated by spaces")
		}
		if !ok || err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" {
			return errors.New("not a feed")
		}
		feed := Feed{URL: Secret{address}}
		if err := feed.Channel.UnmarshalText([]byte(channel)); err != nil {
			return err
		}
		for _, other := range *f {
			if other == feed {
				return fmt.Errorf("a feed twice in one channel")
			}
		}
		*f = append(*f, feed)
	}
	return nil
}
