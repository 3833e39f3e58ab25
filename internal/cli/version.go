package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/build"
)

// version is the subcommand that says which build this is.
func (t *tool) version() *cobra.Command {
	c := &cobra.Command{
		Use:     "version",
		Short:   "Say which build this is",
		Example: "  gopherbot version --json | jq -r .commit",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if t.json {
				b := build.Read()
				return printJSON(t.Out, map[string]string{"version": b.Version, "commit": b.Commit, "go": b.Go, "platform": b.Platform})
			}
			_, err := fmt.Fprintln(t.Out, app.Version(t.Content.Name))
			return err
		},
	}
	return t.withJSON(c)
}
