package notifyconfig

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gobridge/gopherbot/internal/event"
)

// Input has all that a configuration is read from. The zero value configures no API.
type Input struct {
	// Document is the YAML document, nil for none, and Name is its name for errors: that of
	// a variable, or the path of a file.
	Document []byte
	Name     string
	// Keys, Chat and Wait are those of GOPHER_NOTIFY_KEYS, _CHAT and _WAIT, nil if they are
	// not set.
	Keys []string
	Chat *event.Target
	Wait *time.Duration
	// Bots are the sources of the platforms that are configured, such as "slack". Each is
	// the name of its bot.
	Bots []string
	// Handlers are the types of handlers that are registered in Go.
	Handlers []string
	// Getenv returns the value of an environment variable, "" if it is not set.
	Getenv func(name string) string
	// Private reports whether an environment variable holds a secret of the bot, which no
	// script gets.
	Private func(name string) bool
	// LookPath finds the program of a command. A process that runs no commands has nil.
	LookPath func(program string) (string, error)
	// Literals accepts secrets in the document.
	Literals bool
	// TrustedProxies is the default of Config.TrustedProxies.
	TrustedProxies int
}

// EnvKey is the name of the keys of GOPHER_NOTIFY_KEYS.
const EnvKey = "env"

// The names of the variables that the document can set, too.
const (
	keysVariable = "GOPHER_NOTIFY_KEYS"
	chatVariable = "GOPHER_NOTIFY_CHAT"
	waitVariable = "GOPHER_NOTIFY_WAIT"
)

// MaxDocument bounds the size of a document, in bytes.
const MaxDocument = 1 << 20

// Read returns the configuration. The error has a line for each mistake, with the line of
// the document. It repeats no secret.
func Read(in Input) (Config, error) {
	r := &reader{in: in}
	c := defaults()
	c.TrustedProxies = in.TrustedProxies
	given := map[string]bool{}
	if in.Document != nil {
		if root, ok := r.parse(); ok {
			given = root.config(&c)
			root.checkMerges()
		}
	}
	err := errors.Join(r.err(), in.join(&c, given))
	if err != nil {
		return Config{}, err
	}
	slices.Sort(r.variables)
	c.Variables = r.variables
	return c, nil
}

// ReadDocument returns the document in a file.
func ReadDocument(path string) ([]byte, error) {
	content, err := readFile(path, MaxDocument)
	if err != nil {
		return nil, fmt.Errorf("read the notification API's configuration: %w", err)
	}
	return content, nil
}

func defaults() Config {
	return Config{
		Bots: map[string]Bot{}, Chats: map[string]Chat{},
		BasePath: "/api/v1", MaxFile: 1 << 20, KeepIdempotent: 24 * time.Hour, Docs: true,
	}
}

// join adds the variables to the configuration of the document, which has the given keys.
func (in Input) join(c *Config, given map[string]bool) error {
	var errs []error
	both := func(variable, key string) {
		errs = append(errs, fmt.Errorf("%s and %s in %s set the same: remove one of them", variable, key, in.Name))
	}
	if in.Keys != nil {
		if given["server.api_keys"] {
			both(keysVariable, "server.api_keys")
		}
		for _, key := range in.Keys {
			if isPattern(key) {
				errs = append(errs, fmt.Errorf("%s is not valid: %s", keysVariable, patternAdvice))
			}
			c.Keys = append(c.Keys, Key{Name: EnvKey, Hash: sha256.Sum256([]byte(key)), Rate: defaultRate, Burst: defaultBurst})
		}
	}
	if in.Wait != nil {
		if given["server.wait"] {
			both(waitVariable, "server.wait")
		}
		c.Wait = *in.Wait
	}
	if in.Chat != nil {
		if given["default"] {
			both(chatVariable, "the chat with default: true")
		}
		if !slices.Contains(in.Bots, in.Chat.Source) {
			errs = append(errs, fmt.Errorf("%s names a channel of %s, which is not configured: set its variables, or name a channel of %s",
				chatVariable, in.Chat.Source, alternatives(in.Bots)))
		}
		in.defaultChat(c)
	}
	return errors.Join(errs...)
}

// defaultChat makes the chat of the variable the default, and switches both webhooks on.
func (in Input) defaultChat(c *Config) {
	if chat, ok := c.Chats[in.Chat.String()]; ok {
		chat.Default = true
		c.Chats[in.Chat.String()] = chat
	} else {
		c.Chats[""] = Chat{Bot: in.Chat.Source, ID: in.Chat.Channel, Default: true}
	}
	if c.Alertmanager == nil {
		c.Alertmanager = defaultWebhook("critical", "warning")
	}
	if c.Grafana == nil {
		c.Grafana = defaultWebhook("alerting")
	}
}
