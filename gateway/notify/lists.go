package notify

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
)

// ListedBot is an entry of the list of bots.
type ListedBot struct {
	// Name is for requests. Host and ID are those of its server and of itself there, "" if
	// its platform has none. Platform is such as "slack".
	Name     string `json:"name"`
	Host     string `json:"host"`
	ID       string `json:"id"`
	Platform string `json:"platform"`
}

// ListedChat is an entry of the list of aliases.
type ListedChat struct {
	// Name is the alias. ID is the chat in its platform's form. Bot is the one that posts
	// there, "" for the only one. Default has it used where a request names none.
	Name    string `json:"name"`
	ID      string `json:"id"`
	Bot     string `json:"bot"`
	Default bool   `json:"default"`
}

// listBots lists the bots that the key may use.
func (a *API) listBots(_ context.Context, c *call) (reply, *problem.Problem) {
	list := []ListedBot{}
	for _, b := range a.opts.Bots {
		if c.key.MayUse(b.Name) {
			list = append(list, ListedBot{b.Name, b.Host, b.ID, b.Kind})
		}
	}
	return reply{status: http.StatusOK, body: list}, nil
}

// listChats lists the aliases that the key may use.
func (a *API) listChats(ctx context.Context, c *call) (reply, *problem.Problem) {
	list := []ListedChat{}
	for _, name := range slices.Sorted(maps.Keys(a.opts.Config.Chats)) {
		may, p := a.mayUse(ctx, c.key, name)
		if p != nil {
			return reply{}, p
		}
		if may && name != "" {
			chat := a.opts.Config.Chats[name]
			list = append(list, ListedChat{name, chat.ID, chat.Bot, chat.Default})
		}
	}
	return reply{status: http.StatusOK, body: list}, nil
}
