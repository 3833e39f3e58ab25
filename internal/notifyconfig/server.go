package notifyconfig

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// removed are keys of express-botx that have no place here, with what replaces them.
var removed = map[string]string{
	"queue":               "the queue is in Redis; remove the section, and write its max_file_size as server.max_file_size",
	"producer":            "every request goes through the queue, and routing_mode has no effect; remove the section",
	"worker":              "the consumer processes deliver; remove the section",
	"catalog":             "the gateway looks chats up in chats and in the channel directory; remove the section",
	"cache":               "there are no tokens to keep; remove the section",
	"listen":              "the gateway listens on PORT; remove it",
	"server.listen":       "the gateway listens on PORT; remove it",
	"server.external_url": "set GOPHER_PUBLIC_URL instead",
	"server.tls":          "the router or a proxy before the gateway ends TLS; remove the section",
}

// laterRelease is the end of errors about all that needs BotX.
const laterRelease = "eXpress (BotX) comes in a later release"

var (
	namePattern     = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)
	variablePattern = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*$`)
	pathPattern     = lazyregexp.New(`^(/[A-Za-z0-9._~-]+)+/?$`)
	headerPattern   = lazyregexp.New(`^[A-Za-z0-9-]{1,64}$`)
)

const nameForm = "at most 64 letters, digits, dots, dashes and underscores"

// taken are first parts of paths that other pages of the gateway have.
var taken = []string{"/docs", "/healthz", "/metrics", "/ops", "/readyz", "/slack"}

// config reads the whole document. It returns the keys that variables can set, too: those
// of server with "server." before them, and "default" for a default chat.
func (v value) config(c *Config) (given map[string]bool) {
	given = map[string]bool{}
	var rest []func() // read after bots and chats, whose names they use
	later := func(read func(value)) func(value) {
		return func(v value) { rest = append(rest, func() { read(v) }) }
	}
	var chats func()
	v.object(fields{
		"bots": func(v value) { v.bots(c) },
		"chats": func(v value) {
			chats = func() { given["default"] = v.chats(c) }
		},
		"server": later(func(v value) {
			for key := range v.server(c) {
				given["server."+key] = true
			}
		}),
	})
	if chats != nil {
		chats()
	}
	for _, read := range rest {
		read()
	}
	return given
}

// server reads the section server, and returns its keys.
func (v value) server(c *Config) map[string]bool {
	return v.object(fields{
		"base_path":       func(v value) { v.basePath(&c.BasePath) },
		"wait":            func(v value) { v.duration(&c.Wait, 0, 15*time.Second) },
		"api_keys":        func(v value) { v.keys(c) },
		"max_file_size":   func(v value) { v.size(&c.MaxFile, 1, 20<<20) },
		"keep_idempotent": func(v value) { v.duration(&c.KeepIdempotent, time.Hour, 7*24*time.Hour) },
		"trusted_proxies": func(v value) { v.number(&c.TrustedProxies, 0, 10) },
		"docs":            func(v value) { v.flag(&c.Docs) },
		"alertmanager":    func(v value) { c.Alertmanager = v.alertmanager(c) },
		"grafana":         func(v value) { c.Grafana = v.grafana(c) },
		"callbacks":       func(v value) { v.callbacks(c) },
		"allow_bot_secret_auth": func(v value) {
			var allowed bool
			if v.flag(&allowed); allowed {
				v.wrong("a bot's secret signs requests only with a BotX bot, and %s: remove it, or write false", laterRelease)
			}
		},
	})
}

// basePath reads the path of the API.
func (v value) basePath(to *string) {
	text := v.matching(pathPattern(), "a path, such as /api/v1")
	path := strings.TrimSuffix(text, "/")
	for _, other := range taken {
		if path == other || strings.HasPrefix(path, other+"/") {
			v.wrong("%s has other pages of the gateway: want another path, such as /api/v1", other)
			return
		}
	}
	if path != "" {
		*to = path
	}
}

// sizePattern matches a number of bytes. A KB is 1024 bytes, as with express-botx.
var sizePattern = lazyregexp.New(`^(?i)([0-9]{1,9})\s*(|B|KB|KIB|MB|MIB)$`)

// size reads a number of bytes from low to high.
func (v value) size(to *int64, low, high int64) {
	text := v.text()
	if text == "" {
		return
	}
	n := bytesOf(sizePattern(), text)
	if n < low || n > high {
		v.wrong("%s is not valid: want a size from %d bytes to %dMB, such as 1MB", quote(text), low, high>>20)
		return
	}
	*to = n
}

// bytesOf returns the number of bytes that a text tells, -1 if it tells none.
func bytesOf(pattern *regexp.Regexp, text string) int64 {
	groups := pattern.FindStringSubmatch(text)
	if groups == nil {
		return -1
	}
	n, err := strconv.ParseInt(groups[1], 10, 64)
	if err != nil {
		return -1
	}
	switch strings.ToUpper(groups[2]) {
	case "KB", "KIB":
		n <<= 10
	case "MB", "MIB":
		n <<= 20
	}
	return n
}
