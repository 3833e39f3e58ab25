package e2e

import (
	"slices"
	"testing"

	consumerslack "github.com/gobridge/gopherbot/consumer/slack"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
)

// TestManifest_MatchesUse has the bot do one of everything that it can,
// in a workspace that gives it what its manifest asks for and nothing else. What
// the manifest lacks is refused; what is declared and not used is found here.
func TestManifest_MatchesUse(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.startAll()

	b.say(ada, general, "I love bbq")
	b.calls("reactions.add", 1)
	b.say(ada, general, mention+"flip a coin")
	b.calls("chat.postMessage", 1)
	if _, err := b.slack.Upload(ada, general, "", "", "main.go", "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println()\n}\n"); err != nil {
		t.Fatal(err)
	}
	b.calls("chat.postEphemeral", 1)
	if _, err := b.slack.JoinWorkspace(); err != nil {
		t.Fatal(err)
	}
	b.calls("conversations.open", 1)
	if err := b.slack.ArchiveChannel(newbies); err != nil {
		t.Fatal(err)
	}
	if err := b.slack.UnarchiveChannel(newbies); err != nil {
		t.Fatal(err)
	}
	b.calls("conversations.info", 1)
	for _, thread := range []string{"", b.say(rob, general, "what shall we do?")} {
		b.slack.Fail("chat.postMessage", slacksim.Fault{Cut: true})
		if _, err := b.slack.Say(ada, general, mention+"flip a coin", thread); err != nil {
			t.Fatal(err)
		}
		b.allHandled()
	}
	b.calls("conversations.history", 1)
	b.calls("conversations.replies", 1)

	for _, need := range declared() {
		calls := b.slack.Calls(need.Method)
		if len(calls) == 0 {
			t.Errorf("%s is declared and was not called", need.Method)
		}
		for _, c := range calls {
			if c.Error == "missing_scope" {
				t.Errorf("%s wants a scope that the manifest does not ask for", need.Method)
			}
		}
	}
}

// declared returns all needs.
func declared() []slackapi.Need {
	return slices.Concat(consumerslack.RequiredScopes, slackapi.ChannelsScopes)
}
