package slack_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/handler"
)

// TestScopes asks for the methods of what is declared, and for no others.
func TestScopes(t *testing.T) {
	t.Parallel()
	answered := []string{"chat.update", "chat.delete", "views.open", "views.push", "views.update"}
	for name, test := range map[string]struct {
		kinds []handler.InfoKind
		want  []string
	}{
		"commands":                  {[]handler.InfoKind{handler.CommandInfo, handler.ReactionInfo, handler.JoinInfo}, nil},
		"a slash command":           {[]handler.InfoKind{handler.CommandInfo, handler.SlashInfo}, answered},
		"a shortcut":                {[]handler.InfoKind{handler.ShortcutInfo}, answered},
		"an action":                 {[]handler.InfoKind{handler.ActionInfo}, answered},
		"a reaction added":          {[]handler.InfoKind{handler.ReactionAddedInfo}, answered},
		"a home page":               {[]handler.InfoKind{handler.HomeInfo}, []string{"views.publish"}},
		"a home page with a button": {[]handler.InfoKind{handler.HomeInfo, handler.ActionInfo}, append(slices.Clone(answered), "views.publish")},
	} {
		var infos []handler.Info
		for _, kind := range test.kinds {
			infos = append(infos, handler.Info{Kind: kind})
		}
		var methods []string
		for _, need := range slack.Scopes(infos) {
			methods = append(methods, need.Method)
			if chat := strings.HasPrefix(need.Method, "chat."); chat != (need.Scope == "chat:write") {
				t.Errorf("%s: %+v", name, need)
			}
		}
		if !slices.Equal(methods, test.want) {
			t.Errorf("%s: %q, want %q", name, methods, test.want)
		}
	}
}
