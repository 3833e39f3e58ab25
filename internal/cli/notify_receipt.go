package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/notifyclient"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/redisx"
)

func (t *tool) notifyReceipt() *cobra.Command {
	var access notifyAccess
	var direct bool
	c := &cobra.Command{
		Use:   "receipt ID",
		Short: "Show what became of a message",
		Long: `Shows the receipt of a message that was sent through the notification API, by the
request_id of its answer. A receipt is kept for an hour after the post, and for a day if
the message could not be posted or the request had an idempotency key, as those of notify
send have.

` + accessHelp + `
Only keys with the name of the one that sent the message may read its receipt.

With --redis the command reads the receipt from Redis, with the operators' settings and
without a key. Set REDIS_URL.

The exit code is 0 if the message is posted, 3 if it may still be, and 4 if it is not, or
if nobody can tell; 1 if there is no receipt.`,
		Example: `  gopherbot notify receipt ABCDEFGHIJKLMNOPQRSTUVWXYZ
  heroku run bin/gopherbot notify receipt --redis ABCDEFGHIJKLMNOPQRSTUVWXYZ`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if direct {
				r, err := t.storedReceipt(c.Context(), args[0])
				if err != nil {
					return err
				}
				return t.printReceipt(r)
			}
			return t.client(access, func(client *notifyclient.Client) error {
				r, err := client.Receipt(c.Context(), args[0])
				if err != nil {
					return fmt.Errorf("read the receipt: %w", err)
				}
				return t.printReceipt(r)
			})
		},
	}
	access.flags(c)
	c.Flags().BoolVar(&direct, "redis", false, "read it from Redis, not from the gateway")
	return t.withJSON(c)
}

// storedReceipt reads a receipt from Redis.
func (t *tool) storedReceipt(ctx context.Context, id string) (receipt.Receipt, error) {
	settings, err := config.LoadNeeding(t.Environ, "REDIS_URL")
	if err != nil {
		return receipt.Receipt{}, err
	}
	rdb, err := redisx.Open(settings, queueConns)
	if err != nil {
		return receipt.Receipt{}, err
	}
	defer rdb.Close()
	entry, err := receipt.New(rdb, string(settings.App)).One(ctx, id)
	if errors.Is(err, receipt.ErrNone) {
		return receipt.Receipt{}, fmt.Errorf("%w: it may be too old, or of a deployment with another GOPHER_APP than %s", err, settings.App)
	}
	return entry.Receipt, err
}

// printReceipt prints a receipt and, if the message was not posted, the command that sends
// it again. It sets the exit code.
func (t *tool) printReceipt(r receipt.Receipt) error {
	t.exit = exitOf(r.State)
	if t.json {
		return printJSON(t.Out, r)
	}
	at := func(when time.Time) string {
		if when.IsZero() {
			return ""
		}
		return when.Local().Format("2006-01-02 15:04:05.000 MST")
	}
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	var rows [][]string
	for _, row := range [][]string{
		{"request", r.RequestID}, {"state", string(r.State)}, {"chat", r.Chat}, {"bot", r.Bot}, {"created", at(r.CreatedAt)}, {"updated", at(r.UpdatedAt)},
		{"attempts", strconv.Itoa(r.Attempts)}, {"next attempt", at(r.NextAt)}, {"message", r.SyncID}, {"link", r.Link}, {"parts", number(r.Parts)},
		{"file", r.FileID}, {"code", r.Code}, {"error", r.Error}, {"warnings", strings.Join(r.Warnings, ", ")}, {"duplicate of", r.DuplicateOf},
	} {
		if row[1] != "" {
			rows = append(rows, []string{row[0], oneLine(row[1], len(row[1]))})
		}
	}
	if err := printTable(t.Out, rows); err != nil {
		return err
	}
	if again := again(r); again != "" {
		_, err := fmt.Fprintf(t.Out, "\n%s\n", strings.ReplaceAll(stripControl(again), "gopherbot", t.Content.Name))
		return err
	}
	return nil
}

// again says how to send a message again that was not posted, or perhaps not. A receipt has no
// text, so a message whose event is done must be written anew.
func again(r receipt.Receipt) string {
	send := "  gopherbot notify send --chat " + shellQuote(r.Chat) + " TEXT"
	switch r.State {
	case receipt.Unknown:
		return "It may have been posted, and the platform cannot tell. Look into the chat; if it is not there, send it again:\n" + send
	case receipt.Expired:
		return "Its time to live ended before it could be posted. If it still matters, send it again:\n" + send
	case receipt.Failed:
		return "It is a dead letter. When its error is dealt with, list the dead letters and replay it:\n  gopherbot queue dead list\n  gopherbot queue dead replay send ID"
	default:
		return ""
	}
}

// shellQuote quotes a word for a shell.
func shellQuote(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
