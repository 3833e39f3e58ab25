package cli

import (
	"fmt"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/internal/demo"
)

// demo is gopherbot without a subcommand.
func (t *tool) demo() *cobra.Command {
	var listen string
	platform := platformFlag(demo.Slack)
	var verbose, sockets bool
	c := &cobra.Command{
		Use:   "gopherbot",
		Short: "Run the whole bot with a simulated Slack workspace, and a page to chat with it",
		Long: `gopherbot runs the whole bot with a simulated Slack workspace, or a simulated Sharkfin
server, and a web page to chat with it. It needs no account, no Redis and no network.

The variables of the content and of announcements hold for it, such as GOPHER_ADMIN_CONTACT,
GOPHER_WEEKLY_POST_TEXT and GOPHER_FEEDS. Those of a real platform, a Redis or the processes
do not: it says which it leaves out.

The subcommands inspect and repair a running bot. They read the environment variables of
its processes: "gopherbot gateway --help" lists them.`,
		Example: `  gopherbot                              # then open the address that it prints
  gopherbot --listen 127.0.0.1:8090 -v   # another address; log every event
  gopherbot --socket                     # Slack sends over sockets instead of HTTP
  gopherbot --platform sharkfin          # another chat platform, which can do less`,
		RunE: func(c *cobra.Command, _ []string) error {
			log := t.Log
			if verbose {
				log = log.Level(zerolog.InfoLevel)
			}
			err := demo.Run(c.Context(), demo.Options{
				Content:  t.Content,
				Platform: string(platform),
				Listen:   listen,
				Sockets:  sockets,
				Environ:  t.Environ,
				Tour:     true,
				Note:     func(text string) { fmt.Fprintln(t.Out, text) },
				Log:      log,
				Started: func(url string) {
					fmt.Fprintf(t.Out, "Chat with the bot at %s\nStop it with Ctrl-C.\n", url)
				},
			})
			if err == nil {
				fmt.Fprintln(t.Out, "Stopped.")
			}
			return err
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "the `address` of the page")
	c.Flags().Var(&platform, "platform", "the `platform` to simulate: "+strings.Join(demo.Platforms(), " or "))
	_ = c.RegisterFlagCompletionFunc("platform", cobra.FixedCompletions(demo.Platforms(), cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	c.Flags().BoolVar(&sockets, "socket", false, "have the simulated Slack use Socket Mode")
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "log every event")
	return c
}

// platformFlag is the name of a platform that the demo simulates.
type platformFlag string

func (p *platformFlag) String() string { return string(*p) }

func (*platformFlag) Type() string { return "platform" }

// Set implements pflag.Value.
func (p *platformFlag) Set(name string) error {
	if err := demo.CheckPlatform(name); err != nil {
		return err
	}
	*p = platformFlag(name)
	return nil
}
