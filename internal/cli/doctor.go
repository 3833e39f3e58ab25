package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/doctor"
)

func (t *tool) doctor() *cobra.Command {
	var release, socket bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check a deployment, and say how to fix it",
		Long: `Checks the configuration, Redis, the queue, dead letters, scheduled jobs, the Slack app
and its channels, the clocks, the running processes, what Slack has sent, and that the
gateway answers at its public address. Each line has the result of one check and, if it is
not OK, how to fix it. Doctor changes nothing.

Set the environment variables of all three processes. The exit code is 1 if a check
failed, otherwise 0. With --release only what the configuration decides can fail: the
state of Slack, Redis and the queue is a warning, so that it stops no release or rollback.`,
		Example: `  gopherbot doctor
  heroku run bin/gopherbot doctor
  gopherbot doctor --release             # before the processes are started
  gopherbot doctor --socket              # open one of Slack's sockets, too
  gopherbot doctor --json | jq -r '.[] | select(.status != "ok") | .fix'`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			list, err := app.Doctor(c.Context(), t.Content, t.Environ, app.DoctorOptions{Started: !release, OpenSocket: socket})
			if err != nil {
				return err
			}
			if err := t.printFindings(list); err != nil {
				return err
			}
			if n := count(list, doctor.Failure); n > 0 {
				return fmt.Errorf("%d of %d checks failed, and %d gave a warning", n, len(list), count(list, doctor.Warning))
			}
			return nil
		},
	}
	c.Flags().BoolVar(&release, "release", false, "before a release: do not check the processes and the gateway, and fail only on the configuration")
	c.Flags().BoolVar(&socket, "socket", false, "open a socket of Slack's Socket Mode, which takes its share of events for a moment")
	return t.withJSON(c)
}

// count returns the number of findings that have a status.
func count(list []app.Finding, s doctor.Status) (n int) {
	for _, f := range list {
		if f.Status == string(s) {
			n++
		}
	}
	return n
}

func (t *tool) printFindings(list []app.Finding) error {
	if t.json {
		return printJSON(t.Out, list)
	}
	var rows [][]string
	for _, f := range list {
		text := f.Message
		if f.Fix != "" {
			text += " -> " + f.Fix
		}
		rows = append(rows, []string{strings.ToUpper(f.Status), f.Check, text})
	}
	return printTable(t.Out, rows)
}
