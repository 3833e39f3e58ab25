package ops

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gobridge/gopherbot/internal/audit"
)

// Speech posts and deletes messages as the bot. Each function checks an operator's input. It
// returns a name for the audit and the function that acts, or a problem: a sentence for the
// operator. With the zero Speech the gateway cannot speak.
type Speech struct {
	// Say posts a text in a place: a channel, the thread of a message's link, or to a person.
	// It returns a link to the message, "" if it is not known.
	Say func(place, text string) (where string, post func(context.Context) (link string, err error), problem string)
	// Unsay deletes the message that a link leads to.
	Unsay func(link string) (message string, del func(context.Context) error, problem string)
}

func (s Speech) can() bool { return s.Say != nil && s.Unsay != nil }

const (
	// speechTimeout bounds the calls of a platform for one act.
	speechTimeout = 15 * time.Second
	// maxSpeech bounds the bytes of a request with a text.
	maxSpeech = 64 << 10
)

// say posts the text in the request's JSON.
func (p *Page) say(w http.ResponseWriter, r *http.Request, o operator) {
	var in struct{ Place, Text string }
	if !p.speaks(w) || !postedUpTo(maxSpeech, w, r, &in) {
		return
	}
	where, post, problem := p.opts.Speech.Say(in.Place, in.Text)
	if problem != "" {
		refuse(w, http.StatusBadRequest, problem)
		return
	}
	var link string
	_, err := p.actWithin(r, speechTimeout, o.does(audit.Say, where), func(ctx context.Context) (_ int64, err error) {
		link, err = post(ctx)
		return 0, err
	})
	if p.unspoken(w, r, err) {
		return
	}
	answer(w, map[string]string{"where": where, "link": link})
}

// unsay deletes the message whose link is in the request's JSON.
func (p *Page) unsay(w http.ResponseWriter, r *http.Request, o operator) {
	var in struct{ Link string }
	if !p.speaks(w) || !posted(w, r, &in) {
		return
	}
	message, del, problem := p.opts.Speech.Unsay(in.Link)
	if problem != "" {
		refuse(w, http.StatusBadRequest, problem)
		return
	}
	_, err := p.actWithin(r, speechTimeout, o.does(audit.Delete, message), func(ctx context.Context) (int64, error) { return 0, del(ctx) })
	if p.unspoken(w, r, err) {
		return
	}
	answer(w, map[string]string{"message": message})
}

// unspoken answers to an act that failed, if it did: the platform refused it or did not answer.
func (p *Page) unspoken(w http.ResponseWriter, r *http.Request, err error) bool {
	switch _, unrecorded := errors.AsType[*audit.NotRecordedError](err); {
	case err == nil:
		return false
	case unrecorded:
		p.unavailable(w, r, err)
	default:
		refuse(w, http.StatusBadGateway, err.Error())
	}
	return true
}

// speaks refuses a request if the gateway cannot speak.
func (p *Page) speaks(w http.ResponseWriter) bool {
	can := p.opts.Speech.can()
	if !can {
		refuse(w, http.StatusNotFound, "This gateway cannot speak: set GOPHER_SLACK_BOT_ACCESS_TOKEN for it, or use the command-line tool.")
	}
	return can
}
