package slack_test

import (
	"slices"
	"testing"

	"github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/handler"
)

// TestScopes asks for commands only where something is declared that needs it.
func TestScopes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kinds    []handler.InfoKind
		commands bool
		methods  int
	}{
		"commands":         {[]handler.InfoKind{handler.CommandInfo, handler.ReactionInfo, handler.JoinInfo}, false, 0},
		"a slash command":  {[]handler.InfoKind{handler.CommandInfo, handler.SlashInfo}, true, 6},
		"a shortcut":       {[]handler.InfoKind{handler.ShortcutInfo}, true, 6},
		"an action":        {[]handler.InfoKind{handler.ActionInfo}, false, 5},
		"a home page":      {[]handler.InfoKind{handler.HomeInfo}, false, 1},
		"a reaction added": {[]handler.InfoKind{handler.ReactionAddedInfo}, false, 5},
	} {
		var infos []handler.Info
		for _, kind := range test.kinds {
			infos = append(infos, handler.Info{Kind: kind})
		}
		var scopes []string
		needs := slack.Scopes(infos)
		for _, need := range needs {
			scopes = append(scopes, need.Scope)
		}
		if slices.Contains(scopes, "commands") != test.commands || len(needs) != test.methods {
			t.Errorf("%s: %+v", name, needs)
		}
	}
}
