package slack

import (
	"fmt"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/gateway"
)

// Source is the Source of the events that this package publishes.
const Source = "slack"

// The routing functions read the body of a request, or the payload of a socket's envelope.
// They decide what is to be done and do nothing. A genuine body of an unknown or incomplete
// shape is no error: Slack would send it again, and disables an app most of whose events
// fail. Source: https://docs.slack.dev/apis/events-api#failure-limits

var parsers fastjson.ParserPool

// parsed calls route with the JSON of a body. The value is valid until route returns.
func parsed(body []byte, route func(*fastjson.Value) (gateway.Decoded, error)) (gateway.Decoded, error) {
	p := parsers.Get()
	defer parsers.Put(p)
	v, err := p.ParseBytes(body)
	if err != nil {
		// The parser's error quotes what it could not parse, maybe a message.
		return gateway.Decoded{}, fmt.Errorf("%d bytes that are not JSON", len(body))
	}
	return route(v)
}

// otherApp returns gateway.ErrForbidden for a body that names another app than ours, and
// a Malformed one for a body that names none.
func (g *Gateway) otherApp(v *fastjson.Value) (gateway.Decoded, error) {
	switch app := v.GetStringBytes("api_app_id"); string(app) {
	case "":
		return missing("api_app_id"), nil
	case g.appID():
		return gateway.Decoded{}, nil
	default:
		return gateway.Decoded{}, fmt.Errorf("%w: api_app_id is %q", gateway.ErrForbidden, gateway.Truncate(string(app)))
	}
}

func text(v *fastjson.Value, path ...string) string { return string(v.GetStringBytes(path...)) }

func missing(field string) gateway.Decoded {
	return gateway.Decoded{Outcome: gateway.Malformed, Reason: "no " + field}
}

func ignored(format string, args ...any) gateway.Decoded {
	return gateway.Decoded{Outcome: gateway.Ignored, Reason: fmt.Sprintf(format, args...)}
}

func forWorkspace(id string) gateway.Decoded {
	return gateway.Decoded{Outcome: gateway.OtherWorkspace, Reason: fmt.Sprintf("it is for workspace %q", gateway.Truncate(id))}
}
