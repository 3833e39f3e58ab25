package notifyconfig

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// The built-in types of handlers. One that is registered in Go may have the same name.
const (
	execHandler    = "exec"
	webhookHandler = "webhook"
)

const (
	maxRules    = 100
	defaultExec = 30 * time.Second
	maxExec     = 5 * time.Minute
	defaultHook = 10 * time.Second
	maxHook     = time.Minute
)

// callbacks reads the section server.callbacks.
func (v value) callbacks(c *Config) {
	botxOnly := func(v value) { v.wrong("only eXpress calls back, and %s: remove it", laterRelease) }
	v.object(fields{
		"base_path": botxOnly,
		"verify_jwt": func(v value) {
			verify := true
			if v.flag(&verify); !verify {
				botxOnly(v)
			}
		},
		"rules": func(v value) {
			v.list(func(i int, v value) {
				rule := v.rule(c, i)
				if slices.ContainsFunc(c.Rules, func(other Rule) bool { return other.Name == rule.Name && rule.Name != "" }) {
					v.wrong("another rule is named %s", quote(rule.Name))
				}
				c.Rules = append(c.Rules, rule)
			})
			if len(c.Rules) > maxRules {
				v.wrong("there are %d rules: want at most %d", len(c.Rules), maxRules)
			}
		},
	})
}

// rule reads a callback rule. One without a name, as those of express-botx, has the name
// "rule-1" and so on.
func (v value) rule(c *Config, i int) Rule {
	rule := Rule{Name: fmt.Sprintf("rule-%d", i+1)}
	var events value
	has := v.object(fields{
		"name":    func(v value) { rule.Name = v.matching(namePattern(), nameForm) },
		"events":  func(v value) { events, rule.Events = v, v.texts(value.text) },
		"bots":    func(v value) { rule.Bots = v.texts(func(v value) string { return v.bot(c) }) },
		"async":   func(v value) { v.flag(&rule.Async) },
		"handler": func(v value) { v.handler(&rule) },
	})
	v.require(has, "events", "handler")
	if !has["bots"] {
		v.wrong("bots is missing: name the bots whose events the rule gets, such as [slack], so that no others leave by mistake")
	}
	for _, name := range rule.Events {
		if fault := eventFault(name, c.platforms(rule.Bots)); fault != "" {
			events.wrong("%s", fault)
		}
	}
	return rule
}

// handler reads the handler of a rule. The type comes first, because it decides which
// other keys there may be.
func (v value) handler(rule *Rule) {
	for _, p := range v.pairs() {
		if p.key.node.Value == "type" {
			rule.Handler = p.value.oneOf(slices.Compact(slices.Sorted(slices.Values(append([]string{execHandler, webhookHandler}, v.in.Handlers...))))...)
			if rule.Handler == "" {
				return // the other keys depend on it
			}
		}
	}
	known := fields{"type": func(value) {}}
	switch rule.Handler {
	case "":
		v.wrong("type is missing: want %s", alternatives(append([]string{execHandler, webhookHandler}, v.in.Handlers...)))
	case execHandler:
		rule.Exec = v.exec(known)
	case webhookHandler:
		rule.Webhook = v.callbackWebhook(known)
	default:
		v.object(known)
	}
}

// exec reads the handler of type exec.
func (v value) exec(known fields) *Exec {
	e := &Exec{Timeout: defaultExec}
	known["command"] = func(v value) { e.Command = v.command() }
	known["env"] = func(v value) {
		e.Env = v.texts(func(v value) string {
			name := v.matching(variablePattern(), "the name of an environment variable")
			if v.in.Private != nil && v.in.Private(name) {
				v.wrong("%s is a secret of the bot, which no script gets", name)
			}
			return name
		})
	}
	known["timeout"] = func(v value) { v.timeout(&e.Timeout, maxExec) }
	v.require(v.object(known), "command")
	return e
}

// timeout reads a timeout. Zero is the default.
func (v value) timeout(to *time.Duration, high time.Duration) {
	var d time.Duration
	if v.duration(&d, 0, high); d > 0 {
		*to = d
	}
}

// command reads a command: a list, or a string for the shell.
func (v value) command() (command []string) {
	if v.node.Kind == yaml.SequenceNode {
		v.list(func(_ int, v value) { command = append(command, v.text()) })
	} else if text := v.text(); text != "" {
		command = []string{"sh", "-c", text}
	}
	if v.in.LookPath == nil || len(command) == 0 || command[0] == "" {
		return command
	}
	if _, err := v.in.LookPath(command[0]); err != nil {
		v.wrong("there is no program %s here: install it, or run the consumer where it is: %v", quote(command[0]), err)
	}
	return command
}

// callbackWebhook reads the handler of type webhook.
func (v value) callbackWebhook(known fields) *CallbackWebhook {
	w := &CallbackWebhook{Timeout: defaultHook}
	allowHTTP := false
	var address value
	known["url"] = func(v value) { address, w.URL = v, v.reference() }
	known["allow_http"] = func(v value) { v.flag(&allowHTTP) }
	known["timeout"] = func(v value) { v.timeout(&w.Timeout, maxHook) }
	known["secret"] = func(v value) { w.Secret = v.webhookSecret() }
	v.require(v.object(known), "url")
	if w.URL == "" {
		return w
	}
	parsed, err := url.Parse(w.URL)
	switch {
	case err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Hostname() == "":
		address.wrong("it is not an address: want https://, a host and a path")
	case parsed.User != nil:
		address.wrong("it has a user in it: remove it, and give the handler a secret that signs its requests")
	case parsed.Scheme == "http" && !allowHTTP && !isLoopback(parsed.Hostname()):
		address.wrong("it is not https, so events would be sent in plain text: want https://, or allow_http: true beside it")
	}
	return w
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// webhookSecret reads a secret of the Standard Webhooks scheme: whsec_ and the base64 of 24
// to 64 bytes. Source: github.com/standard-webhooks/standard-webhooks, Symmetric secrets
func (v value) webhookSecret() Secret {
	text := v.secret()
	if text == "" {
		return nil
	}
	encoded, ok := strings.CutPrefix(text, "whsec_")
	secret, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(secret) < 24 || len(secret) > 64 {
		v.wrong(`the secret is not valid: want whsec_ and the base64 of 24 to 64 random bytes, such as echo "whsec_$(openssl rand -base64 32)" writes`)
		return nil
	}
	return secret
}
