package cli

import (
	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/app"
)

// role is the subcommand that runs one of the bot's processes.
func (t *tool) role(r *app.Role) *cobra.Command {
	return &cobra.Command{
		Use:   r.String(),
		Short: "Run the process that " + r.Description(),
		Long:  app.Help(r),
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			t.exit = app.Serve(r, t.Content)
			return nil
		},
	}
}
