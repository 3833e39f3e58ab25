package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	consumerslack "github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/event"
)

const channelHelp = `CHANNEL is the name of a public channel, which is looked up in bgtasks's channel directory, or
a channel's id; one of another platform than Slack begins with it, such as mattermost:general.`

func (t *tool) silence() *cobra.Command {
	var why string
	c := &cobra.Command{
		Use:   "silence CHANNEL",
		Short: "Have the bot say nothing in a channel",
		Long: `Has the bot say nothing in a channel, within 5 seconds and until it is unsilenced. No handler
runs for what happens there. Announcements and notifications for the channel are not posted,
not later either: their receipts end as suppressed, with the code channel_silenced.

` + channelHelp,
		Example: `  gopherbot silence general --why "a memorial is under way"
  gopherbot silence C012ABCDEF0`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return t.open(c.Context(), func(d *deployment) error {
				name, label, err := d.channel(c.Context(), args[0])
				if err != nil {
					return err
				}
				return t.set(c.Context(), d, audit.Silence, control.Control{Kind: control.Channel, Name: name, Label: label, Why: why}, "Silenced")
			})
		},
	}
	whyFlag(c, &why)
	return t.withJSON(c)
}

func (t *tool) unsilence() *cobra.Command {
	return t.withJSON(&cobra.Command{
		Use:     "unsilence CHANNEL",
		Short:   "Let the bot speak again in a channel",
		Long:    "Lets the bot speak again in a channel that was silenced, within 5 seconds. CHANNEL is its id or name.",
		Example: `  gopherbot unsilence general`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return t.open(c.Context(), func(d *deployment) error {
				return t.end(c.Context(), d, audit.Unsilence, control.Channel, args[0], "Unsilenced")
			})
		},
	})
}

func (t *tool) ignore() *cobra.Command {
	var why string
	c := &cobra.Command{
		Use:   "ignore PERSON",
		Short: "Have the bot ignore a person",
		Long: `Has the bot ignore a person, within 5 seconds and until they are unignored: nothing runs for
what they write, click or join, and no callback rule. Nobody is told.

PERSON is the id of a person, such as U012ABCDEF0 on Slack (in the person's profile: Copy
member ID), or their e-mail address, which needs GOPHER_SLACK_BOT_ACCESS_TOKEN. The id of a person
on another platform begins with it, such as mattermost:4xp9.`,
		Example: `  gopherbot ignore U012ABCDEF0 --why "floods the bot with commands"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return t.open(c.Context(), func(d *deployment) error {
				name, label, err := d.person(c.Context(), args[0])
				if err != nil {
					return err
				}
				return t.set(c.Context(), d, audit.Ignore, control.Control{Kind: control.Person, Name: name, Label: label, Why: why}, "The bot ignores")
			})
		},
	}
	whyFlag(c, &why)
	return t.withJSON(c)
}

func (t *tool) unignore() *cobra.Command {
	return t.withJSON(&cobra.Command{
		Use:     "unignore PERSON",
		Short:   "Have the bot answer a person again",
		Long:    "Has the bot answer a person again that it was told to ignore, within 5 seconds. PERSON is their id, or the e-mail address with which they were ignored.",
		Example: `  gopherbot unignore U012ABCDEF0`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return t.open(c.Context(), func(d *deployment) error {
				return t.end(c.Context(), d, audit.Unignore, control.Person, args[0], "The bot answers again")
			})
		},
	})
}

// end ends the control of a channel or a person that is named by its id or by the label that
// it was set with.
func (t *tool) end(ctx context.Context, d *deployment, action audit.Action, kind control.Kind, named, done string) error {
	set, err := d.controls.List(ctx)
	if err != nil {
		return err
	}
	target, err := event.ParseTarget(named)
	if err != nil {
		return err
	}
	name := target.String()
	for _, c := range set {
		if c.Kind == kind && c.Name != name && c.Label != "" && control.TargetName(target.Source, target.Channel) == labelTarget(c) {
			name = c.Name
		}
	}
	return t.clear(ctx, d, action, set, kind, name, done)
}

// labelTarget returns the target that a control's label names.
func labelTarget(c control.Control) string {
	if target, err := event.ParseTarget(c.Name); err == nil {
		return control.TargetName(target.Source, c.Label)
	}
	return c.Label
}

// channel returns the name of the control of a channel and its label.
func (d *deployment) channel(ctx context.Context, named string) (name, label string, err error) {
	target, err := event.ParseTarget(named)
	if err != nil {
		return "", "", err
	}
	directory := d.directory(target.Source)
	if target.Source != event.Slack || consumerslack.IsChannelID(target.Channel) {
		if label, err = directory.Name(ctx, target.Channel); err != nil {
			label = "" // it is for people, and an id needs no directory
		}
		return target.String(), label, nil
	}
	id, err := directory.ID(ctx, target.Channel)
	if err != nil {
		return "", "", err
	}
	if id == "" {
		return "", "", fmt.Errorf("no public channel of Slack is called %q; want its name, or the id of any channel", target.Channel)
	}
	return control.TargetName(event.Slack, id), target.Channel, nil
}

// person returns the name of the control of a person and their label.
func (d *deployment) person(ctx context.Context, named string) (name, label string, err error) {
	if strings.Contains(named, "@") {
		id, err := slackPersonID(ctx, d.settings, named)
		return control.TargetName(event.Slack, id), named, err
	}
	target, err := event.ParseTarget(named)
	if err != nil || target.Source == event.Slack && !consumerslack.IsPersonID(target.Channel) {
		return "", "", fmt.Errorf("%q is no person: want an id such as U012ABCDEF0, or an e-mail address", named)
	}
	return target.String(), "", nil
}

// slackPersonID looks up a person of Slack's by their e-mail address.
func slackPersonID(ctx context.Context, settings config.Config, email string) (string, error) {
	if settings.SlackBotAccessToken.Reveal() == "" {
		return "", errors.New("GOPHER_SLACK_BOT_ACCESS_TOKEN is not set: it is needed to look up a person by their e-mail address; use their id instead")
	}
	api, done := slackClient(settings)
	defer done()
	user, err := api.GetUserByEmailContext(ctx, email)
	if err != nil {
		return "", fmt.Errorf("look up the person with the e-mail address %s: %w", email, err)
	}
	return user.ID, nil
}
