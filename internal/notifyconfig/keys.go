package notifyconfig

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"strconv"
	"strings"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// The defaults of Key.Rate and Key.Burst.
const (
	defaultRate  = 5
	defaultBurst = 50
)

// GrafanaHMAC is the name under which requests are logged that only Grafana's signature
// authenticates. No key has it.
const GrafanaHMAC = "grafana-hmac"

var (
	keyPattern  = lazyregexp.New(`^[A-Za-z0-9_-]{32,}$`)
	hashPattern = lazyregexp.New(`^[0-9A-Fa-f]{64}$`)
)

const keyForm = "at least 32 letters, digits, dashes and underscores, such as openssl rand -hex 32 writes"

const patternAdvice = "the key repeats few characters, so it can be guessed; make one with openssl rand -hex 32"

// isPattern reports whether a key is not random: it has fewer than 8 different characters.
// One of 32 random hexadecimal digits is so once in 10^8 times.
func isPattern(key string) bool {
	different := map[rune]bool{}
	for _, r := range key {
		different[r] = true
	}
	return len(different) < 8
}

// keys reads server.api_keys.
func (v value) keys(c *Config) {
	v.list(func(_ int, v value) {
		key := v.key(c)
		named := 0
		for _, other := range c.Keys {
			if other.Hash == key.Hash && key.Hash != ([sha256.Size]byte{}) {
				v.wrong("it is the same key as that of %s", quote(other.Name))
			}
			if other.Name != key.Name || key.Name == "" {
				continue
			}
			if named++; named == 2 {
				v.wrong("two other keys are named %s: two may share a name while one replaces the other", quote(key.Name))
			}
			hash := other.Hash
			if other.Hash = key.Hash; named < 2 && !reflect.DeepEqual(other, key) {
				v.wrong("another key named %s allows something else: two may share a name while one replaces the other, and allow the same", quote(key.Name))
			}
			other.Hash = hash
		}
		c.Keys = append(c.Keys, key)
	})
}

// key reads an API key.
func (v value) key(c *Config) Key {
	key := Key{Rate: defaultRate, Burst: defaultBurst}
	has := v.object(fields{
		"name":       func(v value) { key.Name = v.keyName() },
		"key":        func(v value) { v.keyItself(&key.Hash) },
		"key_sha256": func(v value) { v.keyHash(&key.Hash) },
		"chats":      func(v value) { key.Chats = v.texts(func(v value) string { return v.chatName(c) }) },
		"bots":       func(v value) { key.Bots = v.texts(func(v value) string { return v.bot(c) }) },
		"endpoints": func(v value) {
			for _, name := range v.texts(func(v value) string {
				return v.oneOf(string(Send), string(Alertmanager), string(Grafana), string(Lists))
			}) {
				key.Endpoints = append(key.Endpoints, Endpoint(name))
			}
		},
		"broadcast": func(v value) { v.flag(&key.Broadcast) },
		"direct":    func(v value) { v.flag(&key.Direct) },
		"rate":      func(v value) { v.rate(&key.Rate) },
		"burst":     func(v value) { v.number(&key.Burst, 1, 10_000) },
	})
	v.require(has, "name")
	if has["key"] == has["key_sha256"] {
		v.wrong("want either key, such as env:NAME, or key_sha256")
	}
	return key
}

func (v value) keyName() string {
	name := v.matching(namePattern(), nameForm)
	if name == GrafanaHMAC {
		v.wrong("%s is the name of Grafana's signature: choose another", quote(name))
	}
	return name
}

// keyItself reads a reference to a key. No mistake repeats the key.
func (v value) keyItself(to *[sha256.Size]byte) {
	key := v.secret()
	switch {
	case key == "":
	case !keyPattern().MatchString(key):
		v.wrong("the key is not valid: want %s", keyForm)
	case isPattern(key):
		v.wrong("%s", patternAdvice)
	default:
		*to = sha256.Sum256([]byte(key))
	}
}

func (v value) keyHash(to *[sha256.Size]byte) {
	text := v.text()
	if text == "" {
		return
	}
	if !hashPattern().MatchString(text) {
		v.wrong("want the 64 hexadecimal digits of the key's SHA-256")
		return
	}
	_, _ = hex.Decode(to[:], []byte(text)) // it matches the pattern
}

// rate reads a number of requests a second: 5, 0.5 or 5/s.
func (v value) rate(to *float64) {
	rate, err := strconv.ParseFloat(strings.TrimSuffix(v.node.Value, "/s"), 64)
	if err != nil || !(rate >= 0.01 && rate <= 1000) {
		v.wrong("want a number of requests a second from 0.01 to 1000, such as 5")
		return
	}
	*to = rate
}
