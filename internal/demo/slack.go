package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/pause"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/page"
)

// buildSlack makes a simulated Slack, and returns the settings with which the bot finds it.
func (d *demo) buildSlack(_ context.Context, set settings) ([]string, error) {
	const appID, teamID = "A0DEMO", "T0DEMO"
	secret, token := rand.Text(), "xoxb-"+rand.Text()
	var appToken string
	if d.Sockets {
		appToken = "xapp-1-" + appID + "-" + rand.Text()
	}
	slackApp, err := app.SlackManifest(d.Content, "")
	if err != nil {
		return nil, err
	}
	has, err := featuresOf(slackApp)
	if err != nil {
		return nil, err
	}
	w := slacksim.New(slacksim.Options{
		BotName: d.Content.MentionName(), AppID: appID, TeamID: teamID, SigningSecret: secret, BotToken: token,
		AppToken: appToken, SocketMode: d.Sockets,
		Scopes: slackApp.Scopes(), Events: slackApp.Events(),
		Commands: has.Commands, Shortcuts: has.Shortcuts, NoHome: !has.Home.Enabled,
		Channels: append(set.channels(), alertsChannel),
		EventURL: "http://" + d.back.Addr().String() + "/slack/event",
		APIURL:   d.url() + slackPath,
		Log:      d.Log.With().Str("process", "slack").Logger(),
	})
	if err := openPrivate(w); err != nil {
		return nil, err
	}
	d.workspace, d.said, d.duplicates = w, saidOnSlack, true
	d.routes[slackPath] = http.StripPrefix(strings.TrimSuffix(slackPath, "/"), w.API())
	b := &slackBreaker{breaker: breaker{demo: d}, slack: w}
	w.Disturb(b.disturb)
	d.faults = b.faults
	environ := []string{
		"GOPHER_SLACK_APP_ID=" + appID,
		"GOPHER_SLACK_TEAM_ID=" + teamID,
		"GOPHER_SLACK_REQUEST_SECRET=" + secret,
		"GOPHER_SLACK_BOT_ACCESS_TOKEN=" + token,
		"GOPHER_SLACK_API_URL=" + d.url() + slackPath,
		"GOPHER_ROLES=moderator=U01ADA", // Ada, of the simulated workspace
		"GOPHER_ADMIN_CONTACT=U01ADA",
		feedsVariable + "=general=" + d.blog.base + "feed.atom",
	}
	if d.Sockets {
		environ = append(environ, "GOPHER_SLACK_APP_TOKEN="+appToken)
		d.connected = func(ctx context.Context) bool { return connected(ctx, w) }
	}
	return environ, nil
}

// slackPath is the path of the simulated Web API.
const slackPath = "/api/slack/"

// saidOnSlack returns an example as Slack's client sends it.
func saidOnSlack(e page.Example) string {
	text := slackText.Replace(e.Text)
	if e.Addressed {
		text = "<@" + slacksim.BotUserID + "> " + text
	}
	return text
}

// slackText escapes a text as Slack's client does.
// Source: https://docs.slack.dev/messaging/formatting-message-text
var slackText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// openPrivate makes a private channel and a group message, for people to try the bot there.
func openPrivate(w *slacksim.Workspace) error {
	people := w.Snapshot().People // the bot is the first
	ada, rob := people[1].ID, people[2].ID
	_, err := w.CreatePrivateChannel("organizers", "Where the meetup is planned.", ada, rob)
	_, err2 := w.OpenGroupMessage(ada, rob)
	return errors.Join(err, err2)
}

// connected waits until the gateway has opened a socket. It returns false if ctx ended before.
func connected(ctx context.Context, w *slacksim.Workspace) bool {
	for len(w.Socket().Connections()) == 0 {
		if !pause.For(ctx, 20*time.Millisecond) {
			return false
		}
	}
	return true
}
