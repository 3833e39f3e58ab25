package slack

import (
	"errors"
	"time"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/slack/blockkit"
)

// AnswerTimeout implements consumer.Interactor. Slack waits for 3 s, of which the gateway
// gives 2.2 s to the way to the consumer and back.
func (*Platform) AnswerTimeout() time.Duration { return answerTimeout }

const answerTimeout = 2200 * time.Millisecond

// oneMoment is shown in a form whose fields are loaded later.
const oneMoment = "One moment …"

// Verdict implements consumer.Interactor. A form that is taken is closed by an empty answer.
// Source: https://docs.slack.dev/surfaces/modals
func (*Platform) Verdict(in consumer.Interaction, v handler.Validation) ([]byte, error) {
	if v.Taken() {
		return []byte{}, nil
	}
	payload, err := fastjson.ParseBytes(replaceSurrogates(in.Raw))
	if err != nil {
		return nil, errors.New("the interaction is not JSON") // the error quotes it
	}
	if v.Next == nil {
		return blockkit.Errors(v.Errors, blockkit.InputBlocks(payload.Get("view")))
	}
	from, err := originOf(payload, in.Time)
	if err != nil {
		return nil, err
	}
	next, notice := consumer.FormView{Form: v.Next, Fields: v.Next.Fields, Data: v.NextData}, ""
	if v.Next.Load != nil {
		notice = oneMoment
	}
	view, err := modal(from, next, markup.Parse(v.Next.Intro), markup.Parse(notice))
	if err != nil {
		return nil, err
	}
	return blockkit.Update(view)
}

// Choices implements consumer.Interactor.
// Source: https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
func (*Platform) Choices(_ consumer.Interaction, options []handler.Option) ([]byte, error) {
	return blockkit.Choices(options)
}
