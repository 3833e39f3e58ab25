package doctor

import (
	"context"
	"net/http"
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

// TestSlack_PublicChannels has the bot in one of two public channels.
func TestSlack_PublicChannels(t *testing.T) {
	t.Parallel()
	public := []slackapi.Conversation{{ID: "C0IN", Name: "in", Member: true}, {ID: "C0OUT", Name: "out"}}
	for _, test := range []struct {
		want   Channel
		status Status
		says   string
	}{
		{Channel{Name: "in", Member: true, Files: true}, OK, "it exists"},
		{Channel{Name: "out"}, OK, "it exists"},
		{Channel{Name: "out", Member: true}, Warning, "is not in it"},
		{Channel{Name: "C0OUT", Files: true}, Warning, "texts and no files"},
	} {
		check(t, test.want.Name, channel(t.Context(), private{}, public, test.want), test.status, test.says)
	}
}

// TestSlack_OptionalScopes never fails a deployment for a scope that only a part of the bot
// needs.
func TestSlack_OptionalScopes(t *testing.T) {
	t.Parallel()
	app := func(files string) App {
		return App{
			Scopes: []string{"chat:write", "files:write"}, Why: func(string) []string { return []string{"a method"} },
			Optional: map[string]string{"files:write": files, "users:read.email": ""},
		}
	}
	for _, test := range []struct {
		granted, files string
		want           Status
		says           string
	}{
		{"chat:write", "", OK, "those of the manifest"},
		{"chat:write", "files", Warning, "does not work: files:write (files)"},
		{"chat:write,files:write,users:read.email", "", OK, "those of the manifest"},
		{"chat:write,files:write,admin", "files", Warning, "more than the manifest has: admin"},
		{"files:write", "files", Failure, "missing: chat:write (a method)"},
		{"users:read.email", "files", Failure, "missing: chat:write (a method), files:write (files)"},
	} {
		check(t, test.granted, scopes(http.Header{scopesHeader: {test.granted}}, app(test.files)), test.want, test.says)
	}
}
