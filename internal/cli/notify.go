package cli

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/notifyclient"
	"github.com/gobridge/gopherbot/internal/receipt"
)

// The exit codes of the notify commands, besides those of all commands.
const (
	exitQueued  = 3 // the message is not posted yet
	exitRefused = 4 // the message is not posted, and will not be
)

// coded is an error with an exit code of its own.
type coded struct {
	error
	code int
}

func (c coded) Unwrap() error { return c.error }

func (t *tool) notify() *cobra.Command {
	c := &cobra.Command{
		Use:   "notify",
		Short: "Send messages through the notification API, and see what became of them",
		Args:  cobra.NoArgs,
	}
	c.AddCommand(t.notifySend(), t.notifyReceipt(), t.notifyRender())
	return c
}

// notifyAccess are the flags with which a command reaches the API.
type notifyAccess struct{ url, keyFile string }

const accessHelp = `The key is in GOPHER_NOTIFY_KEY, or in the file of --key-file; it is never an argument,
because other users of the machine see those. The address is --url, GOPHER_NOTIFY_URL, or
the gateway's: GOPHER_PUBLIC_URL, or http://127.0.0.1:$PORT.`

func (a *notifyAccess) flags(c *cobra.Command) {
	c.Flags().StringVar(&a.url, "url", "", "the `address` of the gateway, or of the API if its path is not /api/v1")
	c.Flags().StringVar(&a.keyFile, "key-file", "", "the `file` with the key")
}

// maxKeyFile bounds the size of a file with a key, in bytes.
const maxKeyFile = 4 << 10

// client calls do with a client of the API.
func (t *tool) client(a notifyAccess, do func(*notifyclient.Client) error) error {
	settings, err := config.LoadNeeding(t.Environ)
	if err != nil {
		return err
	}
	key := settings.NotifyKey.Reveal()
	if a.keyFile != "" {
		content, err := t.read(a.keyFile, maxKeyFile)
		if err != nil {
			return err
		}
		key = strings.TrimSpace(string(content))
	}
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("there is no key: set GOPHER_NOTIFY_KEY, or name a file that has nothing else with --key-file")
	}
	address := a.url
	for _, other := range []string{string(settings.NotifyURL), settings.Gateway(), fmt.Sprintf("http://127.0.0.1:%d", settings.Port)} {
		if address == "" {
			address = other
		}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	client, err := notifyclient.New(address, key, transport)
	if err != nil {
		return err
	}
	return do(client)
}

// exitOf returns the exit code for a message in a state.
func exitOf(state receipt.State) int {
	switch state {
	case receipt.Sent, receipt.Superseded:
		return 0
	case receipt.Unknown, receipt.Failed, receipt.Expired:
		return exitRefused
	default:
		return exitQueued
	}
}
