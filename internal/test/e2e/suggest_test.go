package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

const reviews = "C03REVIEWS"

// newCommunityBot starts the Gophers' bot. Rob is a moderator, and suggestions go to
// #reviews.
func newCommunityBot(t *testing.T) *bot {
	t.Helper()
	b := newBotOn(t, redistest.URL(t), func(o *slacksim.Options) { o.Scopes, o.Events = nil, nil })
	b.environ["GOPHER_ROLES"], b.environ["GOPHER_SUGGESTIONS_CHANNEL"] = "moderator="+rob, "reviews"
	b.startAll()
	return b
}

// opened waits until a person sees a form whose content has a text.
func (b *bot) opened(user, text string) {
	b.Helper()
	testenv.Eventually(b, "a form with "+text, func() bool {
		views := b.slack.Modal(user).Views
		return len(views) == 1 && strings.Contains(fmt.Sprint(views[0].Content), text)
	})
}

// gone waits until a message is no more.
func (b *bot) gone(m slacksim.Message) {
	b.Helper()
	testenv.Eventually(b, "the message is removed", func() bool {
		return !slices.ContainsFunc(b.slack.Snapshot().Messages, func(other slacksim.Message) bool { return other.TS == m.TS })
	})
}

// TestSuggest_FromUnknownTermToBlock misses a term, suggests it, and has a moderator
// approve it.
func TestSuggest_FromUnknownTermToBlock(t *testing.T) {
	t.Parallel()
	b := newCommunityBot(t)
	b.must(b.slack.SlashCommand(t.Context(), ada, general, "/gopher", "define zebra crossing"))
	missing := b.hears("I don't have a definition of")
	b.must(b.slack.Press(t.Context(), ada, general, missing.TS, "suggest-a-term"))
	b.opened(ada, "zebra crossing")
	b.must(b.slack.Fill(t.Context(), ada, "definition", "definition", strings.Repeat("A way over a road. ", 4)+"*Bold*."))
	b.must(b.slack.Submit(t.Context(), ada))
	if errs := b.slack.Errors(ada); !strings.Contains(fmt.Sprint(b.slack.Modal(ada).Views[0].Errors), "any markup") {
		t.Errorf("the mistake is shown as %q, %v", b.slack.Modal(ada).Views[0].Errors, errs)
	}
	b.must(b.slack.Fill(t.Context(), ada, "definition", "definition", strings.Repeat("A way over a road. ", 4)))
	b.must(b.slack.Submit(t.Context(), ada))

	suggested := b.hears("suggests a term for the glossary")
	if suggested.Channel != reviews {
		t.Errorf("it is suggested in %s", suggested.Channel)
	}
	b.hears("Thank you! The moderators have your suggestion")
	b.must(b.slack.Press(t.Context(), ada, reviews, suggested.TS, "approve-term"))
	if m := b.hears("Only people with the role"); m.EphemeralFor != ada {
		t.Errorf("the refusal %+v is for everybody", m)
	}
	b.must(b.slack.Press(t.Context(), rob, reviews, suggested.TS, "approve-term"))
	if m := b.hears("*Approved* by <@" + rob + ">."); m.TS != suggested.TS || strings.Contains(fmt.Sprint(m.Blocks), "approve-term") {
		t.Errorf("approved, the message is %+v", m)
	}
	if m := b.hears("- term: zebra crossing"); !strings.Contains(m.Text, "https://github.com/gobridge/gopherbot/new/main/glossary/terms?filename=suggested-zebra-crossing.yaml") {
		t.Errorf("no link to GitHub in %s", m.Text)
	}
	b.settled()
}

// TestContent_LookUpShareAndRemove uses the rest of what the community's bot offers.
func TestContent_LookUpShareAndRemove(t *testing.T) {
	t.Parallel()
	b := newCommunityBot(t)
	b.must(b.slack.GlobalShortcut(t.Context(), ada, "look-up-a-term"))
	b.opened(ada, "Look up a term")
	options, err := b.slack.Suggest(t.Context(), ada, "term", "?term", "gorou")
	if err != nil || len(options) == 0 || !strings.Contains(fmt.Sprint(options[0]), "goroutine") {
		t.Errorf("the terms are %v (%v)", options, err)
	}
	b.must(b.slack.Fill(t.Context(), ada, "term", "?term", "goroutine"))
	b.must(b.slack.Submit(t.Context(), ada))
	b.opened(ada, "A function that runs concurrently")

	ts := b.say(ada, general, "```x := []int{1}```")
	b.must(b.slack.MessageShortcut(t.Context(), rob, general, ts, "share-code"))
	shared := b.hears("Here's that code on the Go Playground")
	b.must(b.slack.Press(t.Context(), ada, general, shared.TS, "remove")) // Rob has asked
	if m := b.hears("only the person I answered"); m.EphemeralFor != ada {
		t.Errorf("the refusal %+v is for everybody", m)
	}
	b.must(b.slack.Press(t.Context(), rob, general, shared.TS, "remove"))
	b.gone(shared)

	b.say(ada, general, "define channel")
	explained := b.hears("*channel*")
	b.must(b.slack.React(rob, general, explained.TS, "x")) // a moderator
	b.gone(explained)
	b.settled()
	if mistakes := b.slack.Mistakes(); len(mistakes) > 0 {
		t.Errorf("the bot made mistakes that Slack ignores: %q", mistakes)
	}
}
