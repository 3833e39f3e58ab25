package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gobridge/gopherbot/internal/alert"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
)

// Notifications is the notification API as it is configured.
type Notifications struct {
	Config notifyconfig.Config
	// Environ is the environment, in the form of os.Environ.
	Environ []string
	// LookPath finds a program on this machine.
	LookPath func(program string) (string, error)
}

// Notify checks the notification API. It sends nothing.
func Notify(n Notifications) []Finding {
	const check = "notification API"
	c := n.Config
	var list []Finding
	switch {
	case len(c.Keys) > 0:
		list = append(list, ok(check, "at %s for the keys %s%s", c.BasePath, strings.Join(keyNames(c), ", "), webhooks(c)))
	case len(c.Chats) > 0 || c.Alertmanager != nil || c.Grafana != nil:
		list = append(list, bad(check, Warning, "there are no keys, so the API does not exist, though chats or webhooks are configured",
			"set GOPHER_NOTIFY_KEYS to what openssl rand -hex 32 writes, or write server.api_keys"))
	default:
		list = append(list, ok(check, "off: there are no keys, so the API does not exist; GOPHER_NOTIFY_KEYS turns it on"))
	}
	if len(c.Keys) > 0 {
		list = append(list, unaddressed("alertmanager", c, c.Alertmanager)...)
		list = append(list, unaddressed("grafana", c, c.Grafana)...)
		list = append(list, unserved(c)...)
	}
	list = append(list, template(alert.Alertmanager, c.Alertmanager)...)
	list = append(list, template(alert.Grafana, c.Grafana)...)
	for _, rule := range c.Rules {
		list = append(list, program(rule, n.LookPath))
	}
	return append(list, fromExpressBotX(n.Environ)...)
}

func keyNames(c notifyconfig.Config) []string {
	var names []string
	for _, key := range c.Keys {
		names = append(names, key.Name)
	}
	return slices.Compact(names) // two may share a name
}

// webhooks names the webhooks, for the end of a sentence.
func webhooks(c notifyconfig.Config) string {
	switch {
	case c.Alertmanager != nil && c.Grafana != nil:
		return ", with the webhooks alertmanager and grafana"
	case c.Alertmanager != nil:
		return ", with the webhook alertmanager"
	case c.Grafana != nil:
		return ", with the webhook grafana"
	default:
		return ""
	}
}

// unaddressed returns a finding if no chat is configured for a webhook.
func unaddressed(name string, c notifyconfig.Config, w *notifyconfig.Webhook) []Finding {
	isDefault := func(chat notifyconfig.Chat) bool { return chat.Default }
	if w == nil || w.DefaultChat != "" || len(c.Chats) == 1 || slices.ContainsFunc(slices.Collect(maps.Values(c.Chats)), isDefault) {
		return nil
	}
	return []Finding{bad("notification API "+name, Warning, "no chat is configured for it: a request is refused unless its address has ?chat_id=",
		"set GOPHER_NOTIFY_CHAT, or write server."+name+".default_chat_id")}
}

// unserved returns a finding for each key whose only endpoints are webhooks that are off.
func unserved(c notifyconfig.Config) []Finding {
	off := map[notifyconfig.Endpoint]bool{notifyconfig.Alertmanager: c.Alertmanager == nil, notifyconfig.Grafana: c.Grafana == nil}
	var list []Finding
	for _, key := range c.Keys {
		for _, endpoint := range key.Endpoints {
			if off[endpoint] {
				list = append(list, bad("notification API key "+key.Name, Warning, fmt.Sprintf("it may call %s, which is not served", endpoint),
					fmt.Sprintf("write server.%s, {} for its defaults", endpoint)))
			}
		}
	}
	return list
}

// template returns a finding about the template of a webhook, if it has one.
func template(source alert.Source, w *notifyconfig.Webhook) []Finding {
	if w == nil || w.Template == "" {
		return nil
	}
	check := "notification API " + string(source) + " template"
	if _, err := alert.ParseTemplate(source, w.TemplateName, w.Template); err != nil {
		return []Finding{bad(check, Failure, "it cannot be used, and the gateway does not start: "+err.Error(),
			"change it; gopherbot notify render shows what it makes of a webhook")}
	}
	return []Finding{ok(check, "%s, %d bytes", w.TemplateName, len(w.Template))}
}

// program checks that a rule's command can be run.
func program(rule notifyconfig.Rule, lookPath func(string) (string, error)) Finding {
	check := "callback rule " + rule.Name
	switch {
	case rule.Exec != nil:
		if _, err := lookPath(rule.Exec.Command[0]); err != nil {
			return bad(check, Warning, fmt.Sprintf("there is no program %s on this machine; a consumer without it does not start", rule.Exec.Command[0]),
				"run the consumers where the program is: the container image has none, not even sh")
		}
		return ok(check, "%s runs %s", strings.Join(rule.Events, ", "), rule.Exec.Command[0])
	case rule.Webhook != nil && rule.Webhook.Secret == nil:
		return bad(check, Warning, "its requests are not signed, so whoever finds the address can send false events there", "give the handler a secret: see docs/notifications.md")
	default:
		return ok(check, "%s: handler %s", strings.Join(rule.Events, ", "), rule.Handler)
	}
}

// expressBotX has what replaces each variable of express-botx.
var expressBotX = map[string]string{
	"EXPRESS_BOTX_CONFIG":              "set GOPHER_NOTIFY_FILE to the path, or GOPHER_NOTIFY_YAML to the document",
	"EXPRESS_BOTX_SERVER_API_KEY":      "set GOPHER_NOTIFY_KEYS",
	"EXPRESS_BOTX_SERVER_EXTERNAL_URL": "set GOPHER_PUBLIC_URL",
	"EXPRESS_BOTX_SERVER_LISTEN":       "set PORT",
	"EXPRESS_BOTX_SERVER_BASE_PATH":    "write server.base_path",
	"EXPRESS_BOTX_HOST":                laterRelease,
	"EXPRESS_BOTX_BOT_ID":              laterRelease,
	"EXPRESS_BOTX_SECRET":              laterRelease,
	"EXPRESS_BOTX_TOKEN":               laterRelease,
	"EXPRESS_BOTX_VERBOSE":             "set GOPHER_LOG_LEVEL",
}

const laterRelease = "eXpress (BotX) comes in a later release; remove it until then"

// fromExpressBotX returns a finding for each variable of express-botx. It has no value, which may
// be a secret.
func fromExpressBotX(environ []string) []Finding {
	var list []Finding
	for _, variable := range slices.Sorted(slices.Values(environ)) {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, "EXPRESS_BOTX_") {
			continue
		}
		instead := expressBotX[name]
		if instead == "" {
			instead = "remove it: nothing here needs it"
		}
		list = append(list, bad("variable "+name, Warning, "it is express-botx's, and is not read", instead))
	}
	return list
}
