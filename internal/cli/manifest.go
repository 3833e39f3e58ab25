package cli

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/app"
)

func (t *tool) manifest() *cobra.Command {
	var name, address string
	var link bool
	c := &cobra.Command{
		Use:   "manifest",
		Short: "Write the manifest of the Slack app",
		Long: `Writes the manifest of the Slack app, with only the events, slash commands, shortcuts and
scopes that this bot needs. With --link it writes the address at which Slack creates the app
from it.

Without --url the app uses Socket Mode: the bot connects to Slack and needs no public
address. With --url Slack sends requests to the gateway at that address.`,
		Example: `  gopherbot manifest --link
  gopherbot manifest --link --url https://gopherbot.example.org
  gopherbot manifest > slack-manifest.yaml
  gopherbot manifest --json --name "our bot"`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if u, err := url.Parse(address); address != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
				return fmt.Errorf("--url %q: want an https:// address, because Slack sends events only over https", address)
			}
			if name == "" || len([]rune(name)) > 35 { // Slack's bound for an app's name
				return fmt.Errorf("--name %q: want 1 to 35 characters", name)
			}
			content := t.Content
			content.Name = name
			m, err := app.SlackManifest(content, address)
			if err != nil {
				return err
			}
			switch {
			case t.json:
				return printJSON(t.Out, m)
			case link:
				_, err = fmt.Fprintln(t.Out, m.Link())
			default:
				_, err = t.Out.Write(m.YAML())
			}
			return err
		},
	}
	c.Flags().StringVar(&address, "url", "", "the gateway's `address`, https://...; without it the app uses Socket Mode")
	c.Flags().StringVar(&name, "name", t.Content.Name, "the app's and the bot's `name`")
	c.Flags().BoolVar(&link, "link", false, "write the address that creates the app")
	t.withJSON(c)
	c.MarkFlagsMutuallyExclusive("link", "json")
	return c
}
