package gophers

import (
	"context"
	"strings"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// safety tells people, and nobody else, whom to turn to. They may be upset, and may not want
// others to see that they asked: nothing is guessed, and nothing is posted.
type safety struct {
	contact string // a channel with #, a person's id, or an address; "" for none
	reports string // the channel of reports, by its name or id; "" for none
}

// reportID is the ID of the form, its shortcut and its button.
const reportID = "report"

// declarations returns the command and, if there is a channel for them, reports.
func (s safety) declarations() []handler.Declaration {
	list := []handler.Declaration{s.command()}
	if s.reports != "" {
		form := s.form()
		list = append(list,
			handler.Shortcut{ID: reportID, Title: "Report a problem", Help: "reports a problem to those who look after the workspace, and to nobody else", Form: form},
			handler.Action{ID: reportID, Help: "opens the form for a report", Form: form},
		)
	}
	return list
}

func (s safety) command() handler.Command {
	return handler.Command{
		Trigger: "admins",
		Aliases: []string{"admin", "moderators", "moderator", "mods", "mod", "rules", "rule", "report", "contact"},
		Sensitive: []string{
			"report", "harassment", "harass", "harassed", "abuse", "abused", "abusive", "bullying", "bullied", "bully", "rude", "insult", "insulted", "insulting",
			"offensive", "offended", "racist", "racism", "sexist", "sexism", "homophobic", "transphobic", "hate speech", "threat", "threatened", "threatening",
			"stalking", "stalker", "doxxed", "doxxing", "creepy", "unsafe here", "feel unsafe", "unwelcome", "uncomfortable", "toxic", "troll", "trolling", "spam",
			"spammer", "spamming", "spammed", "scam", "scammer", "phishing", "moderator", "mods", "admins", "suicide", "suicidal", "kill myself", "ban", "banned",
			"inappropriate", "misconduct", "complaint", "complain",
		},
		Help:     "tells you, and nobody else, whom to turn to if something is wrong here",
		Examples: []handler.Example{{Say: "report", Want: "go.dev/conduct"}},
		Run: func(ctx context.Context, m handler.Message, r handler.Responder) error {
			reply := handler.Text(s.text())
			if s.reports != "" {
				reply.Components = []handler.Component{{ID: reportID, Label: "Report a problem"}}
			}
			if m.Channel.Kind == handler.Direct {
				return r.Reply(ctx, reply)
			}
			return r.ReplyEphemeral(ctx, reply)
		},
	}
}

func (s safety) text() string {
	list := []string{"Is somebody rude, or does something here make you or others feel unsafe or unwelcome? You don't need to be sure that it breaks a rule, and you won't be a bother."}
	if s.contact == "" {
		list = append(list, "• Please send an admin of this workspace a direct message.")
	} else {
		// A line with a channel that does not exist is left out, so the next one stands alone.
		list = append(list, "• Please turn to "+address(s.contact)+".", "• Any admin of this workspace will listen, too: send them a direct message.")
	}
	if s.reports != "" {
		list = append(list, "• Or fill in a form: only the people who look after this workspace read it.")
	}
	return lines(append(list, "Our rules are the Go community's code of conduct: <https://go.dev/conduct|go.dev/conduct>. Nobody else sees this message.")...)
}

// personID is the id of a person on a chat platform, as in GOPHER_ROLES.
var personID = lazyregexp.New(`^[UW][A-Z0-9]{2,}$`)

// address shows a contact: a channel and an address as links, and a person by their name.
func address(contact string) string {
	switch {
	case strings.HasPrefix(contact, "#"):
		return contact
	case strings.HasPrefix(contact, "https://"):
		return "<" + markup.EscapeReferences(contact) + ">"
	case personID().MatchString(contact):
		return mention(contact)
	default:
		return markup.Escape(contact)
	}
}

const (
	whatField, whereField = "what", "where"
	maxReport             = 2000
)

// form takes a report.
func (s safety) form() *handler.Form {
	return &handler.Form{
		ID: reportID, Title: "Report a problem", Submit: "Send",
		Intro: "Only the people who look after this workspace read this. They see your name, so that they can ask you, and they keep it to themselves.",
		Fields: []handler.Field{
			{Name: whatField, Label: "What happened?", Kind: handler.TextArea, Max: maxReport, Hint: "Your own words are fine, however few."},
			{Name: whereField, Label: "Where?", Optional: true, Max: 300, Hint: "A channel, a person, or a link to a message."},
		},
		Run: s.post,
	}
}

// post passes a report on, and tells its author.
func (s safety) post(ctx context.Context, i handler.Interaction, r handler.Responder) error {
	text := "*A report by " + mention(i.User) + ":*\n" + quotation(i.Values.First(whatField))
	if where := i.Values.First(whereField); strings.TrimSpace(where) != "" {
		text += "\nWhere:\n" + quotation(where)
	}
	if err := r.PostIn(ctx, s.reports, handler.Text(text)); err != nil {
		return err
	}
	return r.DM(ctx, handler.Text("Thank you for telling us. The people who look after this workspace have your report now, and will be in touch."))
}

// quotation returns a person's text as a quotation.
func quotation(text string) string {
	var list []string
	for line := range strings.Lines(strings.TrimSpace(text)) {
		list = append(list, "> "+markup.Escape(strings.TrimRight(line, "\r\n")))
	}
	return lines(list...)
}
