package sim

import (
	"cmp"
	"net/http"
	"time"

	"github.com/gobridge/gopherbot/internal/slack/sim/socket"
	"github.com/rs/zerolog"
)

// Options configures a Workspace. AppID, TeamID, SigningSecret, BotToken and EventURL are
// required; with sockets alone AppToken and APIURL are, instead of SigningSecret and EventURL.
type Options struct {
	AppID, TeamID string
	// SigningSecret signs events. BotToken is the valid token of the Web API.
	SigningSecret, BotToken string
	// AppToken is the app-level token that opens sockets, such as "xapp-1". Without it no
	// token does.
	AppToken string
	// SocketMode has events come over sockets instead of HTTP. SetSocketMode changes it.
	SocketMode bool
	// Sockets has the times of sockets. New sets its other fields.
	Sockets socket.Options
	// BotName is the bot's name. Defaults to "gopher".
	BotName string
	// Channels are names of public channels to have besides the usual ones.
	Channels []string
	// EventURL is the gateway's address for events.
	EventURL string
	// APIURL is the address at which API is served, with a slash at its end. Without it
	// files and sockets have no addresses.
	APIURL string
	// Scopes are the app's scopes, and Events the events that it subscribes to. nil
	// means all.
	Scopes, Events []string
	// Retries are the pauses before an event that was not accepted is sent again.
	// Defaults to Slack's: nearly none, 1 minute and 5 minutes.
	Retries []time.Duration
	// Latency is the time between the effect of a call of the Web API and its answer.
	Latency time.Duration
	// Commands and Shortcuts are those that the app has registered. nil means all, without
	// should_escape.
	Commands  []Command
	Shortcuts []Shortcut
	// NoInteractivity has elements and shortcuts give people an error. SetInteractivity
	// changes it.
	NoInteractivity bool
	// NoHome has the app have no home.
	NoHome bool
	// Organization has the app be installed for an organization: interactions have no team.
	Organization bool
	// CommandURL and InteractiveURL are the gateway's addresses for slash commands and
	// interactions. They default to "command" and "interactive" beside EventURL.
	CommandURL, InteractiveURL string
	// Timeout is the time in which the app must acknowledge envelopes, and answer slash
	// commands and interactions. Defaults to 3 s.
	Timeout time.Duration
	// Now is the clock of triggers and response URLs. Defaults to time.Now.
	Now func() time.Time
	// HideMetadata hides the metadata of messages from the app, as if it lacked the
	// scope to read it.
	HideMetadata bool
	// Remember is the number of messages that are kept, and five calls of the Web API for
	// each. Defaults to 2,000, which the page can draw.
	Remember int
	// Client sends the events. The default has Slack's timeout, 3 s.
	Client *http.Client
	Log    zerolog.Logger
}

func (o *Options) setDefaults() {
	o.BotName = cmp.Or(o.BotName, "gopher")
	if o.Retries == nil {
		o.Retries = []time.Duration{100 * time.Millisecond, time.Minute, 5 * time.Minute}
	}
	if o.Remember == 0 {
		o.Remember = 2000
	}
	o.CommandURL = cmp.Or(o.CommandURL, beside(o.EventURL, "command"))
	o.InteractiveURL = cmp.Or(o.InteractiveURL, beside(o.EventURL, "interactive"))
	o.Timeout = cmp.Or(o.Timeout, 3*time.Second)
	o.Sockets.AckTimeout = cmp.Or(o.Sockets.AckTimeout, o.Timeout)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 3 * time.Second}
	}
}
