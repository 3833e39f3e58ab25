package config

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
)

// NotifyWait is how long a request of the notification API waits for the post, 0 to 15 s.
type NotifyWait time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (w *NotifyWait) UnmarshalText(text []byte) error {
	return between((*time.Duration)(w), text, 0, 15*time.Second)
}

// NotifyChat is the chat of requests that name none; the zero value is none.
type NotifyChat struct{ event.Target }

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *NotifyChat) UnmarshalText(text []byte) error { return (*Channel)(c).UnmarshalText(text) }

// NotifyOptions is what Config.Notify needs to know besides the Config.
type NotifyOptions struct {
	// Environ is the environment that the Config was read from, in the form of os.Environ.
	Environ []string
	// Handlers are the types of callback handlers that are registered in Go.
	Handlers []string
	// LookPath finds the programs of callback rules. A process that runs none has nil, and
	// does not look for them.
	LookPath func(program string) (string, error)
}

// Notify returns the configuration of the notification API: that of the variables and of
// the document that they name. The error has a line for each mistake. Errors do not repeat
// secrets.
func (c Config) Notify(opts NotifyOptions) (notifyconfig.Config, error) {
	given, environ := present(opts.Environ), env.ToMap(opts.Environ)
	in := notifyconfig.Input{
		Handlers: opts.Handlers, LookPath: opts.LookPath,
		Getenv:   func(name string) string { return environ[name] },
		Private:  func(name string) bool { return slices.Contains(SecretNames(), name) },
		Literals: c.Env == "development" || c.Env == "testing",
		Bots:     slices.DeleteFunc(Platforms(), func(name string) bool { return !c.Has(name) }),
	}
	in.TrustedProxies = c.Proxies()
	if len(c.NotifyKeys.Secrets) > 0 {
		in.Keys = c.NotifyKeys.Reveal()
	}
	if c.NotifyChat != (NotifyChat{}) {
		in.Chat = &c.NotifyChat.Target
	}
	if given["GOPHER_NOTIFY_WAIT"] != "" {
		wait := time.Duration(c.NotifyWait)
		in.Wait = &wait
	}
	switch {
	case c.NotifyYAML.Reveal() != "" && c.NotifyFile != "":
		return notifyconfig.Config{}, errors.New("GOPHER_NOTIFY_YAML and GOPHER_NOTIFY_FILE set the same: remove one of them")
	case c.NotifyYAML.Reveal() != "":
		// Not the value of the field, which is trimmed: the first line may be indented.
		in.Name, in.Document = "GOPHER_NOTIFY_YAML", []byte(environ["GOPHER_NOTIFY_YAML"])
		if len(in.Document) > notifyconfig.MaxDocument {
			return notifyconfig.Config{}, errors.New("GOPHER_NOTIFY_YAML is too long: want at most 1 MiB")
		}
	case c.NotifyFile != "":
		document, err := notifyconfig.ReadDocument(c.NotifyFile)
		if err != nil {
			return notifyconfig.Config{}, err
		}
		in.Name, in.Document = c.NotifyFile, document
	}
	return notifyconfig.Read(in)
}

// String returns the chat in the form in which the variable is written, "" for none.
func (c NotifyChat) String() string { return strings.TrimPrefix(c.Target.String(), ":") }
