package slack_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
)

// submitted is a submission of a form with a text and two fields.
const submitted = `{"type":"view_submission",` + who + `,"view":{"id":"V1","type":"modal","callback_id":"?suggest","private_metadata":` + metadata + `,"blocks":[` +
	`{"type":"section","block_id":"Zx3"},{"type":"input","block_id":"term","element":{"action_id":"term"}},{"type":"input","block_id":"meaning","element":{"action_id":"meaning"}}]}}`

func TestVerdict(t *testing.T) {
	t.Parallel()
	load := func(context.Context, handler.Interaction) ([]handler.Field, error) { return nil, nil }
	const next = `{"response_action":"update","view":{"type":"modal","title":{"type":"plain_text","text":"Found","emoji":false},"callback_id":"found",` +
		`"private_metadata":"{\"v\":1,\"d\":\"d2\",\"c\":\"C1\",\"n\":\"newbies\",\"k\":1,\"m\":\"1763660000.000100\",\"t\":\"1763659999.000100\",\"u\":\"UBOT\",\"q\":\"U2\",\"p\":true}",` +
		`"blocks":[{"type":"section","text":{"type":"mrkdwn","text":"TEXT"}}]}}`
	for name, test := range map[string]struct {
		verdict handler.Validation
		want    string // "" for an error
	}{
		"taken":                       {handler.Validation{}, "empty"},
		"an error at a field":         {handler.Validation{Errors: map[string]string{"meaning": "too short"}}, `{"response_action":"errors","errors":{"meaning":"too short"}}`},
		"an error of the form":        {handler.Validation{Errors: map[string]string{"": "sorry"}}, `{"response_action":"errors","errors":{"term":"sorry"}}`},
		"an error at no input":        {handler.Validation{Errors: map[string]string{"Zx3": "sorry"}}, ""},
		"an error at an unknown one":  {handler.Validation{Errors: map[string]string{"term": "x", "other": "sorry"}}, ""},
		"an error of 20,000 bytes":    {handler.Validation{Errors: map[string]string{"term": strings.Repeat("x", 20_000)}}, ""},
		"another form":                {handler.Validation{Next: &handler.Form{ID: "found", Title: "Found", Intro: "*hi*"}, NextData: "d2"}, strings.ReplaceAll(next, "TEXT", "*hi*")},
		"another form that is loaded": {handler.Validation{Next: &handler.Form{ID: "found", Title: "Found", Intro: "*hi*", Load: load}, NextData: "d2"}, strings.ReplaceAll(next, "TEXT", "One moment …")},
		"another form, too large":     {handler.Validation{Next: &handler.Form{ID: "found", Title: "Found", Intro: strings.Repeat("x", 20_000)}}, ""},
		"another form with much data": {handler.Validation{Next: &handler.Form{ID: "found", Title: "Found"}, NextData: strings.Repeat("x", 3000)}, ""},
		"another form with mistakes":  {handler.Validation{Next: &handler.Form{ID: "found", Title: "Found", Fields: []handler.Field{{Name: "?"}}}}, ""},
	} {
		a := newWebAPI(t, nil)
		got, err := a.platform.Verdict(a.decoded(t, submitted, time.Now()), test.verdict)
		switch {
		case (err != nil) != (test.want == ""):
			t.Errorf("%s: %s (%v)", name, got, err)
		case err != nil:
		case test.want == "empty":
			if len(got) > 0 || got == nil {
				t.Errorf("%s: %q", name, got)
			}
		default:
			if !equalJSON(t, string(got), test.want) || len(got) > 20_000 {
				t.Errorf("%s: %s\nwant %s", name, got, test.want)
			}
		}
	}
}

func equalJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		t.Fatalf("not JSON: %s, %s", a, b)
	}
	first, _ := json.Marshal(x)
	second, _ := json.Marshal(y)
	return string(first) == string(second)
}

// TestPlatform_IsInteractive: the consumer asks by type.
func TestPlatform_IsInteractive(t *testing.T) {
	t.Parallel()
	a := newWebAPI(t, nil)
	var p consumer.Platform = a.platform
	_, interacts := p.(consumer.Interactor)
	_, publishes := p.(consumer.HomePublisher)
	_, reads := p.(consumer.MessageReader)
	if !interacts || !publishes || !reads {
		t.Errorf("Interactor %v, HomePublisher %v, MessageReader %v", interacts, publishes, reads)
	}
	if _, presents := a.used(t, slashed).(consumer.FormPresenter); !presents {
		t.Error("the Responder of an interaction shows no forms")
	}
	if _, presents := p.Responder(consumer.Message{}, "").(consumer.FormPresenter); presents {
		t.Error("the Responder of a message shows forms")
	}
	if got := a.platform.AnswerTimeout(); got != 2200*time.Millisecond {
		t.Errorf("answers are of use for %v", got)
	}
	got, err := a.platform.Choices(consumer.Interaction{}, []handler.Option{{Label: "Go"}})
	if err != nil || !equalJSON(t, string(got), `{"options":[{"text":{"type":"plain_text","text":"Go","emoji":false},"value":"Go"}]}`) {
		t.Errorf("%s (%v)", got, err)
	}
}
