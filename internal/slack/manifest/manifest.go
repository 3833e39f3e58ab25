// Package manifest makes the manifest of the Slack app: the events, slash commands and
// shortcuts of registered handlers, and the scopes for these and for the methods of the Web
// API that the code calls. All come from declarations next to the code that needs them, so
// the manifest requests nothing else.
//
// It knows Slack's manifests. It must not know the network or the configuration.
package manifest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/handler"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// The paths of the gateway's endpoints, below its address.
const (
	Path            = "slack/event"
	CommandPath     = "slack/command"
	InteractivePath = "slack/interactive"
)

// Manifest is a Slack app's manifest, with the fields that this app needs.
// Source: https://docs.slack.dev/reference/app-manifest
type Manifest struct {
	Display  display  `json:"display_information" yaml:"display_information"`
	Features features `json:"features" yaml:"features"`
	OAuth    oauth    `json:"oauth_config" yaml:"oauth_config"`
	Settings settings `json:"settings" yaml:"settings"`

	why map[string][]string // the events and methods that need a scope
}

type display struct {
	Name        string `json:"name" yaml:"name"`
	Description string `json:"description" yaml:"description"`
}

type features struct {
	AppHome   appHome    `json:"app_home" yaml:"app_home"`
	BotUser   botUser    `json:"bot_user" yaml:"bot_user"`
	Shortcuts []shortcut `json:"shortcuts,omitempty" yaml:"shortcuts,omitempty"`
	Commands  []command  `json:"slash_commands,omitempty" yaml:"slash_commands,omitempty"`
}

// shortcut is an entry of Slack's menus.
type shortcut struct {
	Name        string `json:"name" yaml:"name"`
	Type        string `json:"type" yaml:"type"` // "global" or "message"
	CallbackID  string `json:"callback_id" yaml:"callback_id"`
	Description string `json:"description" yaml:"description"`
}

// command is a slash command.
type command struct {
	Command     string `json:"command" yaml:"command"`
	URL         string `json:"url,omitempty" yaml:"url,omitempty"`
	Description string `json:"description" yaml:"description"`
	UsageHint   string `json:"usage_hint,omitempty" yaml:"usage_hint,omitempty"`
	// ShouldEscape has Slack send mentions of people and channels with their ids.
	ShouldEscape bool `json:"should_escape" yaml:"should_escape"`
}

// appHome has the tab in which people send the bot direct messages, and the bot's own
// page.
type appHome struct {
	HomeTab          bool `json:"home_tab_enabled" yaml:"home_tab_enabled"`
	MessagesTab      bool `json:"messages_tab_enabled" yaml:"messages_tab_enabled"`
	MessagesReadOnly bool `json:"messages_tab_read_only_enabled" yaml:"messages_tab_read_only_enabled"`
}

type botUser struct {
	DisplayName  string `json:"display_name" yaml:"display_name"`
	AlwaysOnline bool   `json:"always_online" yaml:"always_online"`
}

type oauth struct {
	Scopes struct {
		Bot []string `json:"bot" yaml:"bot"`
	} `json:"scopes" yaml:"scopes"`
}

type settings struct {
	Events struct {
		RequestURL string   `json:"request_url,omitempty" yaml:"request_url,omitempty"`
		BotEvents  []string `json:"bot_events" yaml:"bot_events"`
	} `json:"event_subscriptions" yaml:"event_subscriptions"`
	Interactivity interactivity `json:"interactivity" yaml:"interactivity"`
	OrgDeploy     bool          `json:"org_deploy_enabled" yaml:"org_deploy_enabled"`
	SocketMode    bool          `json:"socket_mode_enabled" yaml:"socket_mode_enabled"`
	TokenRotation bool          `json:"token_rotation_enabled" yaml:"token_rotation_enabled"`
}

type interactivity struct {
	Enabled    bool   `json:"is_enabled" yaml:"is_enabled"`
	RequestURL string `json:"request_url,omitempty" yaml:"request_url,omitempty"`
	OptionsURL string `json:"message_menu_options_url,omitempty" yaml:"message_menu_options_url,omitempty"`
}

// App describes the app of a manifest.
type App struct {
	Name, Description string
	// Address is the gateway's, to which Slack sends requests. Without one Slack uses
	// Socket Mode.
	Address string
	// Infos describe the registry's declarations.
	Infos []handler.Info
	// Types are the types of the events that the app handles, and Needs the methods of
	// the Web API that it calls.
	Types []string
	Needs []slackapi.Need
}

// New returns the manifest of an app.
func New(app App) Manifest {
	m := Manifest{
		Display: display{Name: app.Name, Description: app.Description},
		Features: features{
			AppHome: appHome{MessagesTab: true},
			BotUser: botUser{DisplayName: app.Name, AlwaysOnline: true},
		},
		why: map[string][]string{},
	}
	at := func(path string) string {
		if app.Address == "" {
			return ""
		}
		return strings.TrimSuffix(app.Address, "/") + "/" + path
	}
	m.Settings.SocketMode = app.Address == ""
	m.Settings.Events.RequestURL = at(Path)
	want := func(scope, what string) {
		if scope == "" {
			return
		}
		if m.why[scope] == nil {
			m.OAuth.Scopes.Bot = append(m.OAuth.Scopes.Bot, scope)
		}
		if !slices.Contains(m.why[scope], what) {
			m.why[scope] = append(m.why[scope], what)
		}
	}
	for _, info := range app.Infos {
		switch info.Kind {
		case handler.SlashInfo:
			m.Features.Commands = append(m.Features.Commands, command{
				Command: info.Trigger, URL: at(CommandPath), Description: info.Help, UsageHint: info.Argument, ShouldEscape: true,
			})
			want("commands", info.Trigger)
		case handler.ShortcutInfo:
			kind := "global"
			if info.OnMessage {
				kind = "message"
			}
			m.Features.Shortcuts = append(m.Features.Shortcuts, shortcut{info.Title, kind, info.Trigger, info.Help})
			want("commands", info.Name)
			m.Settings.Interactivity.Enabled = true
		case handler.ActionInfo, handler.FormInfo:
			m.Settings.Interactivity.Enabled = true
		case handler.HomeInfo:
			m.Features.AppHome.HomeTab = true
		}
	}
	if m.Settings.Interactivity.Enabled {
		m.Settings.Interactivity.RequestURL, m.Settings.Interactivity.OptionsURL = at(InteractivePath), at(InteractivePath)
	}
	for _, s := range slack.Subscriptions(app.Types...) {
		m.Settings.Events.BotEvents = append(m.Settings.Events.BotEvents, s.Event)
		want(s.Scope, s.Event)
	}
	if len(m.Settings.Events.BotEvents) > 0 {
		m.Settings.Events.BotEvents = append(m.Settings.Events.BotEvents, slack.NoticeEvents()...)
	}
	for _, n := range app.Needs {
		want(n.Scope, n.Method)
	}
	slices.Sort(m.OAuth.Scopes.Bot)
	return m
}

// Scopes returns the bot scopes, in alphabetical order.
func (m Manifest) Scopes() []string { return slices.Clone(m.OAuth.Scopes.Bot) }

// Events returns the names of the events that the app subscribes to.
func (m Manifest) Events() []string { return slices.Clone(m.Settings.Events.BotEvents) }

// Why returns the events and the methods of the Web API that need a scope.
func (m Manifest) Why(scope string) []string { return slices.Clone(m.why[scope]) }

// YAML returns the manifest as a file. A comment at each scope lists the events and
// methods that need it.
func (m Manifest) YAML() []byte {
	var document yaml.Node
	must(document.Dump(m))
	root := &document
	if root.Kind == yaml.DocumentNode {
		root = root.Content[0]
	}
	root.HeadComment = "# Written by the command \"manifest\" from the declarations in the code; do not edit."
	for _, scope := range child(root, "oauth_config", "scopes", "bot").Content {
		scope.LineComment = "# " + strings.Join(m.why[scope.Value], ", ")
	}
	text, err := yaml.Dump(&document)
	must(err)
	return text
}

// must panics on an error of encoding strings and booleans, which cannot fail.
func must(err error) {
	if err != nil {
		panic(fmt.Errorf("write the manifest: %w", err))
	}
}

// child returns the node at a path of keys, which must exist.
func child(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		i := slices.IndexFunc(n.Content, func(c *yaml.Node) bool { return c.Value == key })
		n = n.Content[i+1]
	}
	return n
}

// Link returns the address at which Slack creates the app from the manifest.
// Source: https://docs.slack.dev/app-manifests/configuring-apps-with-app-manifests
func (m Manifest) Link() string {
	compact, err := json.Marshal(m)
	must(err)
	// A space is written as %20, which every parser of queries accepts.
	return "https://api.slack.com/apps?new_app=1&manifest_json=" + strings.ReplaceAll(url.QueryEscape(string(compact)), "+", "%20")
}
