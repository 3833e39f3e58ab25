package blockkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/handler"
)

const (
	// maxAnswer is the number of bytes of an answer: a socket is closed by a longer one, at
	// 20,480 with its envelope.
	maxAnswer = 20_000
	// Limits of the options of a list.
	maxOptions     = 100
	maxOptionText  = 75
	maxOptionValue = 150
)

// Errors renders the messages at the fields of a submitted form. inputs are the ids of its
// view's input blocks. The message for "" is shown at the first of them. It returns an
// error for a field that is none of them: Slack would show nothing at all.
func Errors(messages map[string]string, inputs []string) ([]byte, error) {
	if len(inputs) == 0 {
		return nil, errors.New("the form has no field to show an error at")
	}
	shown := map[string]string{}
	for field, message := range messages {
		if field == "" {
			continue
		}
		if !slices.Contains(inputs, field) {
			return nil, fmt.Errorf("the form has no field %q to show an error at", field)
		}
		shown[field] = message
	}
	if whole, ok := messages[""]; ok {
		if own := shown[inputs[0]]; own != "" {
			whole += "\n" + own
		}
		shown[inputs[0]] = whole
	}
	return answer(slack.NewErrorsViewSubmissionResponse(shown))
}

// Update renders a form that replaces the submitted one.
func Update(view slack.ModalViewRequest) ([]byte, error) {
	return answer(slack.NewUpdateViewSubmissionResponse(&view))
}

func answer(response *slack.ViewSubmissionResponse) ([]byte, error) {
	encoded, err := json.Marshal(response)
	if err != nil {
		return nil, fmt.Errorf("encode the answer to a form: %w", err)
	}
	if len(encoded) > maxAnswer {
		return nil, fmt.Errorf("an answer to a form of %d bytes: a socket takes %d", len(encoded), maxAnswer)
	}
	return encoded, nil
}

// Choices renders the options for somebody who types. It leaves out those after the 100th,
// those beyond 20,000 bytes, and those that Slack would refuse together with all others: of
// a value that is too long, or that another option has. Long texts are cut.
func Choices(list []handler.Option) ([]byte, error) {
	const head, tail = `{"options":[`, `]}`
	answer := []byte(head)
	seen := map[string]bool{}
	for _, o := range list {
		o = o.WithValue()
		if len(seen) == maxOptions {
			break
		}
		if o.Label == "" || seen[o.Value] || utf8.RuneCountInString(o.Value) > maxOptionValue {
			continue
		}
		o.Label, o.Hint = cut(o.Label, maxOptionText), cut(o.Hint, maxOptionText)
		encoded, err := json.Marshal(option(o))
		if err != nil {
			return nil, fmt.Errorf("encode an option: %w", err)
		}
		if len(answer)+len(",")+len(encoded)+len(tail) > maxAnswer {
			break
		}
		if len(seen) > 0 {
			answer = append(answer, ',')
		}
		answer, seen[o.Value] = append(answer, encoded...), true
	}
	return append(answer, tail...), nil
}

// cut returns at most the first n characters of a text.
func cut(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}
