package gophers

import (
	"context"

	"github.com/gobridge/gopherbot/handler"
)

// safety says privately where to turn. People who ask may be upset, and may not want
// others to see that they asked: nothing is guessed, and nothing is posted.
func safety(contact string) handler.Command {
	return handler.Command{
		Trigger: "admins",
		Aliases: []string{"admin", "moderators", "moderator", "mods", "mod", "rules", "rule", "report", "contact"},
		Sensitive: []string{
			"report", "report someone", "harassment", "harass", "harassed", "abuse", "abused", "abusive", "bullying", "bullied", "bully", "rude", "insult", "insulted", "insulting",
			"offensive", "offended", "racist", "racism", "sexist", "sexism", "homophobic", "transphobic", "hate speech", "threat", "threatened", "threatening", "stalking", "stalker", "doxxed", "doxxing",
			"creepy", "unsafe here", "feel unsafe", "unwelcome", "uncomfortable", "toxic", "troll", "trolling", "spam", "spammer", "spamming", "spammed", "scam", "scammer", "phishing",
			"moderator", "mods", "admins", "suicide", "suicidal", "kill myself", "ban", "banned", "inappropriate", "misconduct", "complaint", "complain",
		},
		Help:     "tells you, and nobody else, whom to turn to if something is wrong here",
		Examples: []handler.Example{{Say: "report", Want: "go.dev/conduct"}},
		Run: func(ctx context.Context, m handler.Message, r handler.Responder) error {
			reply := handler.Text(safetyText(contact))
			if m.Channel.Kind == handler.Direct {
				return r.Reply(ctx, reply)
			}
			return r.ReplyEphemeral(ctx, reply)
		},
	}
}

func safetyText(contact string) string {
	turn := "Please send an admin of this workspace a direct message."
	if contact != "" {
		turn = "Please turn to " + contact + "."
	}
	return lines(
		"Is somebody rude, or does something here make you or others feel unsafe or unwelcome? "+turn+" You don't need to be sure that it breaks a rule, and you won't be a bother.",
		"Our rules are the Go community's code of conduct: <https://go.dev/conduct|go.dev/conduct>. Only you see this.",
	)
}
