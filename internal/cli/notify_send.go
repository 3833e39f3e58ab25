package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/internal/notifyclient"
	"github.com/gobridge/gopherbot/internal/receipt"
)

const (
	// maxNotifyFile bounds the size of a file, in bytes: no gateway accepts more.
	maxNotifyFile = 20 << 20
	// maxNotifyText bounds what is read of a text, in bytes. The gateway has a lower bound.
	maxNotifyText = 1 << 20
)

func (t *tool) notifySend() *cobra.Command {
	var access notifyAccess
	var m notifyclient.Message
	var file string
	var wait time.Duration
	c := &cobra.Command{
		Use:   "send [TEXT]",
		Short: "Send a message through the notification API",
		Long: `Sends a message through the notification API of a gateway. If TEXT is - or missing, the
command reads it from the standard input; a file needs no TEXT.

` + accessHelp + `

The exit code is 0 if the message is posted, 3 if it is queued, and 4 if it is refused;
1 if the gateway cannot be reached. It is queued unless --wait, or the gateway's own
setting, waits long enough for the post.`,
		Example: `  gopherbot notify send --chat deploys "gopherbot 1.4 is live"
  make test 2>&1 | tail -n 20 | gopherbot notify send --chat ci --status error
  gopherbot notify send --chat deploys --file report.pdf "The report"
  gopherbot notify send --key "deploy 42" --on-key update "deploy 42: done"`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			if m.Text, err = t.notifyText(args, file != ""); err != nil {
				return err
			}
			if file != "" {
				content, err := t.read(file, maxNotifyFile)
				if err != nil {
					return err
				}
				m.File = &notifyclient.File{Name: filepath.Base(file), Content: content}
				if file == "-" {
					m.File.Name = "input.txt"
				}
			}
			if c.Flags().Changed("wait") {
				m.Wait = &wait
			}
			return t.client(access, func(client *notifyclient.Client) error {
				answer, err := client.Send(c.Context(), m)
				if err != nil {
					return t.notSent(err)
				}
				return t.sent(answer)
			})
		},
	}
	access.flags(c)
	flag := func(to *string, name, usage string) { c.Flags().StringVar(to, name, "", usage) }
	flag(&m.Chat, "chat", "the `chat`: an alias, #name or an id (default the gateway's default chat)")
	flag(&m.Format, "format", "the `format` of TEXT: plain, markdown or mrkdwn (default plain)")
	flag(&m.Status, "status", "ok or error, which colours the message")
	flag(&file, "file", "a `file` to post; - reads it from the standard input")
	flag(&m.Thread, "thread", "reply to the message with this `id`, a sync_id of an earlier answer")
	flag(&m.Key, "key", "the `subject`, such as \"deploy 42\", that several messages are about")
	flag(&m.OnKey, "on-key", "post, thread or update: what becomes of later messages about the subject")
	flag(&m.TTL, "ttl", "do not post it later than this `time`, 10s to 24h (default 4h)")
	flag(&m.IdempotencyKey, "idempotency-key", "a `key` of this message: two commands with the same one post once")
	c.Flags().DurationVar(&wait, "wait", 0, "wait up to this `time` for the post, at most 15s (default the gateway's setting)")
	return t.withJSON(c)
}

// notifyText returns the text of a message: the argument, or the standard input.
func (t *tool) notifyText(args []string, withFile bool) (string, error) {
	switch {
	case len(args) == 1 && args[0] != "-":
		return args[0], nil
	case len(args) == 0 && withFile:
		return "", nil
	case len(args) == 0 && t.Terminal:
		return "", errors.New("want a TEXT, or one on the standard input")
	}
	content, err := t.read("-", maxNotifyText)
	return strings.TrimRight(string(content), "\r\n"), err
}

// sent prints the answer about a message, and sets the exit code.
func (t *tool) sent(a notifyclient.Answer) error {
	state := a.State
	switch {
	case state != "":
	case a.Shadow:
		state = receipt.Suppressed
	case a.Queued:
		state = receipt.Queued
	default:
		state = receipt.Sent
	}
	t.exit = exitOf(state)
	words := map[receipt.State]string{
		receipt.Sent:       "Posted",
		receipt.Queued:     "Queued; see what becomes of it with: gopherbot notify receipt " + a.RequestID,
		receipt.Suppressed: "Not posted: the deployment is in shadow mode, because its ENV is not production",
	}
	text := words[state]
	if text == "" {
		text = "It is " + string(state)
	}
	text = strings.ReplaceAll(text, "gopherbot", t.Content.Name)
	if a.Duplicate {
		text += "; the same message was sent before"
	}
	text += "."
	if a.SyncID != "" {
		text += " Its id is " + a.SyncID + "."
	}
	if len(a.Warnings) > 0 {
		text += " Warnings: " + strings.Join(a.Warnings, ", ") + "."
	}
	if a.Link != "" {
		text += "\n" + a.Link
	}
	return t.report(a, "%s", stripControl(text))
}

// notSent returns the error of a message that was not accepted, and with --json prints it.
func (t *tool) notSent(err error) error {
	refused, final := notifyclient.Final(err)
	if refused != nil && t.json {
		if err := printJSON(t.Out, refused); err != nil {
			return err
		}
	}
	if final {
		return coded{fmt.Errorf("the message is refused: %w", err), exitRefused}
	}
	return err
}
