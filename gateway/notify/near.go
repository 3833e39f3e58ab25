package notify

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/gobridge/gopherbot/gateway/notify/apikey"
	"github.com/gobridge/gopherbot/gateway/notify/problem"
)

const (
	// maxNear is how many aliases are named beside one that is not known, and maxEdits how
	// many letters of them may differ.
	maxNear  = 3
	maxEdits = 2
	// maxAlias is how long a text may be to be compared with aliases.
	maxAlias = 64
)

// near returns the aliases that look like a text and that the key may use.
func (a *API) near(ctx context.Context, key *apikey.Key, text string) []string {
	if len(text) > maxAlias {
		return nil
	}
	distance := map[string]int{}
	for name := range a.opts.Config.Chats {
		d := levenshtein.ComputeDistance(strings.ToLower(text), strings.ToLower(name))
		if name == "" || d > min(maxEdits, len(name)/2) {
			continue
		}
		if may, _ := a.mayUse(ctx, key, name); may { // what cannot be told is not told
			distance[name] = d
		}
	}
	names := slices.SortedFunc(maps.Keys(distance), func(x, y string) int {
		return cmp.Or(cmp.Compare(distance[x], distance[y]), cmp.Compare(x, y))
	})
	return names[:min(len(names), maxNear)]
}

// mayUse reports whether a key may post in the chat of an alias.
func (a *API) mayUse(ctx context.Context, key *apikey.Key, alias string) (bool, *problem.Problem) {
	chat := a.opts.Config.Chats[alias]
	if len(key.Chats) == 0 || slices.Contains(key.Chats, alias) {
		return chat.Bot == "" || key.MayUse(chat.Bot), nil
	}
	where, p := a.locate(ctx, nil, alias, func() []string { return nil })
	switch {
	case p != nil && p.Cause != nil:
		return false, p
	case p != nil || !key.MayUse(where.bot.Name):
		return false, nil
	}
	return a.allowed(ctx, key, where)
}

func unknownChat(near []string) *problem.Problem {
	text := "there is no chat of that name: give an alias, #name of a public channel, or the chat's id"
	if len(near) > 0 {
		text += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return problem.New(problem.UnknownChat, "%s", text)
}
