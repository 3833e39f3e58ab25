package send

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
	"github.com/gobridge/gopherbot/internal/event"
)

// The bounds of fields. MaxKey is in characters, the others are in bytes.
const (
	MaxMessage  = 16 << 10
	MaxMetadata = 4 << 10
	MaxMentions = 4 << 10
	MaxKey      = 128
	maxLink     = 2 << 10
	maxTitle    = 512
)

// The bounds of a message's time to live.
const (
	MinTTL     = 10 * time.Second
	MaxTTL     = 24 * time.Hour
	DefaultTTL = 4 * time.Hour
)

// Wanted is a Request that was checked.
type Wanted struct {
	// ChatID, Bot and BotID are the request's, to be resolved.
	ChatID, Bot, BotID string
	// Message is all that the request says of the message. It has no chat, bot or times, and
	// its File no Blob.
	Message event.Message
	// Content is that of Message.File.
	Content []byte
	TTL     time.Duration
	// IgnoreUnsupported leaves out wishes that the platform cannot fulfil.
	IgnoreUnsupported bool
}

// Check checks all that can be checked without knowing the chat.
func (r Request) Check(maxFile int64) (Wanted, *problem.Problem) {
	w := Wanted{ChatID: r.ChatID, Bot: r.Bot, BotID: r.BotID, TTL: DefaultTTL, IgnoreUnsupported: r.OnUnsupported == "ignore"}
	m := &w.Message
	m.Origin, m.Text, m.Status, m.Options, m.Thread, m.Link, m.Title = event.API, r.Message, event.Status(r.Status), r.Options, r.Thread, r.Link, r.Title
	for _, check := range []func(*Wanted) *problem.Problem{
		r.checkText, func(w *Wanted) *problem.Problem { return r.checkFile(w, maxFile) }, r.checkChoices, r.checkJSON, r.checkLink, r.checkKey, r.checkTTL,
	} {
		if p := check(&w); p != nil {
			return Wanted{}, p
		}
	}
	return w, nil
}

func messageTooLong() *problem.Problem {
	return problem.New(problem.MessageTooLong, "the message has more than %d bytes: send it as a file", MaxMessage)
}

func (r Request) checkText(w *Wanted) *problem.Problem {
	if len(r.Message) > MaxMessage {
		return messageTooLong()
	}
	if strings.TrimSpace(r.Message) == "" {
		if w.Message.Text = ""; r.File == nil {
			return problem.New(problem.EmptyMessage, "there is nothing to send: give a message or a file")
		}
	}
	return nil
}

func (r Request) checkChoices(w *Wanted) *problem.Problem {
	for _, choice := range []struct {
		field, value string
		code         problem.Code
		of           []string
	}{
		{"status", r.Status, problem.InvalidStatus, []string{"ok", "error"}},
		{"format", r.Format, problem.InvalidOption, []string{"plain", "markdown", "mrkdwn"}},
		{"routing_mode", r.RoutingMode, problem.InvalidOption, []string{"direct", "catalog", "mixed"}},
		{"on_unsupported", r.OnUnsupported, problem.InvalidOption, []string{"error", "ignore"}},
	} {
		if choice.value != "" && !slices.Contains(choice.of, choice.value) {
			return problem.New(choice.code, "%s is %s: want %s", choice.field, quote(choice.value), strings.Join(choice.of, " or "))
		}
	}
	w.Message.Format = event.Format(r.Format)
	if r.Format == "" {
		w.Message.Format = event.Plain
	}
	return nil
}

func (r Request) checkJSON(w *Wanted) *problem.Problem {
	if !isNull(r.Metadata) {
		metadata := slices.Clone(r.Metadata)
		if err := metadata.Compact(); err != nil || metadata.Kind() != '{' || len(metadata) > MaxMetadata {
			return problem.New(problem.InvalidMetadata, "metadata must be a JSON object of at most %d bytes", MaxMetadata)
		}
		w.Message.Metadata = []byte(metadata)
	}
	if !isNull(r.Mentions) {
		mentions := slices.Clone(r.Mentions)
		if err := mentions.Compact(); err != nil || !isObjects(mentions) || len(mentions) > MaxMentions {
			return problem.New(problem.InvalidMentions, "mentions must be a JSON array of objects, or null, of at most %d bytes", MaxMentions)
		}
		if len(mentions) > len("[]") {
			w.Message.Mentions = []byte(mentions)
		}
	}
	return nil
}

// isObjects reports whether a JSON value is an array of objects.
func isObjects(v jsontext.Value) bool {
	var elements []jsontext.Value
	if v.Kind() != '[' || strict(v, &elements) != nil {
		return false
	}
	return !slices.ContainsFunc(elements, func(e jsontext.Value) bool { return e.Kind() != '{' })
}

func (r Request) checkLink(*Wanted) *problem.Problem {
	switch {
	case r.Link == "" && r.Title != "":
		return problem.New(problem.InvalidOption, "title is the text of a link: give link, too")
	case r.Link == "":
		return nil
	case len(r.Title) > maxTitle:
		return problem.New(problem.InvalidOption, "title has more than %d bytes", maxTitle)
	}
	u, err := url.Parse(r.Link)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || len(r.Link) > maxLink {
		return problem.New(problem.InvalidOption, "link must be an http or https address of at most %d bytes", maxLink)
	}
	return nil
}

func (r Request) checkKey(w *Wanted) *problem.Problem {
	if r.Key == "" && r.OnKey == "" {
		return nil
	}
	ways := []string{string(event.PostAnew), string(event.InThread), string(event.Update)}
	switch {
	case r.Key == "" || r.OnKey == "":
		return problem.New(problem.InvalidOption, "key and on_key belong together: give both")
	case utf8.RuneCountInString(r.Key) > MaxKey:
		return problem.New(problem.InvalidOption, "key has more than %d characters", MaxKey)
	case !slices.Contains(ways, r.OnKey):
		return problem.New(problem.InvalidOption, "on_key is %s: want %s", quote(r.OnKey), strings.Join(ways, " or "))
	}
	w.Message.Subject = &event.Subject{Key: r.Key, On: event.FollowUp(r.OnKey)}
	return nil
}

func (r Request) checkTTL(w *Wanted) *problem.Problem {
	if r.TTL == "" {
		return nil
	}
	ttl, err := time.ParseDuration(r.TTL)
	if err != nil || ttl < MinTTL || ttl > MaxTTL {
		return problem.New(problem.InvalidOption, "ttl must be a time from %v to %v, such as 90s or 4h", MinTTL, MaxTTL)
	}
	w.TTL = ttl
	return nil
}
