package doctor

import (
	"context"
	"testing"

	"github.com/slack-go/slack"

	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// private answers about one channel that is not public.
type private struct {
	Conversations
	channel slackapi.Conversation
	refusal string
}

func (p private) Conversation(context.Context, string) (slackapi.Conversation, error) {
	if p.refusal != "" {
		return slackapi.Conversation{}, slack.SlackErrorResponse{Err: p.refusal}
	}
	return p.channel, nil
}

func TestSlack_PrivateChannels(t *testing.T) {
	t.Parallel()
	in, archived := slackapi.Conversation{Member: true}, slackapi.Conversation{Member: true, Archived: true}
	for _, test := range []struct {
		name string
		api  private
		want Status
		says string
	}{
		{"C0IN", private{channel: in}, OK, "the bot is in it"},
		{"C0OUT", private{}, Failure, "not in it"},
		{"C0ARCHIVED", private{channel: archived}, Failure, "archived"},
		{"C0UNSEEN", private{refusal: "missing_scope"}, Warning, "lacks the scope"},
		{"C0AWAY", private{refusal: "channel_not_found"}, Failure, "channel_not_found"},
		{"by-name", private{}, Warning, "no public channel has that name"},
	} {
		check(t, test.name, channel(t.Context(), test.api, nil, Channel{Name: test.name, Does: "announces"}), test.want, test.says)
	}
}

func TestSlack_TokenOwner(t *testing.T) {
	t.Parallel()
	check(t, "ours", token(&slack.AuthTestResponse{BotID: "B1", TeamID: "T1"}, "T1"), OK, "accepted")
	check(t, "a person's", token(&slack.AuthTestResponse{TeamID: "T1"}, "T1"), Failure, "a person's")
	check(t, "another workspace's", token(&slack.AuthTestResponse{BotID: "B1", TeamID: "T2"}, "T1"), Failure, "T2")
	check(t, "silent about scopes", scopes(nil, App{}), Warning, "does not report")
}
