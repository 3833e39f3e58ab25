package send

import (
	"errors"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
)

// ParseJSON reads a request: exactly one JSON value in valid UTF-8, without a field that is
// not known or given twice.
func ParseJSON(body []byte) (Request, *problem.Problem) {
	var r Request
	if err := strict(body, &r); err != nil {
		return Request{}, problem.New(problem.InvalidJSON, "the body %s", explain(err))
	}
	return r, nil
}

// strict decodes one JSON value. Names are compared with their case, and bytes that are not
// UTF-8 are an error: encoding/json would replace them.
func strict(text []byte, into any) error {
	return json.Unmarshal(text, into, json.RejectUnknownMembers(true))
}

// explain says in words what is wrong with a JSON text. It quotes no values.
func explain(err error) string {
	if wrong, ok := errors.AsType[*json.SemanticError](err); ok {
		is := "has another type than it should"
		if errors.Is(err, json.ErrUnknownName) {
			is = "is unknown"
		}
		return "has the field " + name(wrong.JSONPointer) + at(wrong.ByteOffset) + ", which " + is
	}
	wrong, ok := errors.AsType[*jsontext.SyntacticError](err)
	switch {
	case !ok:
		return "is not JSON"
	case errors.Is(err, jsontext.ErrDuplicateName):
		return "has the field " + name(wrong.JSONPointer) + at(wrong.ByteOffset) + " twice"
	case strings.Contains(err.Error(), "invalid UTF-8"):
		return "is not valid UTF-8" + at(wrong.ByteOffset)
	case strings.Contains(err.Error(), "after top-level value"):
		return "has more than one JSON value" + at(wrong.ByteOffset)
	default:
		return "is not valid JSON" + at(wrong.ByteOffset)
	}
}
