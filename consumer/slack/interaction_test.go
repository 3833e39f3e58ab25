package slack_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	eventkind "github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/workqueue"
)

// interact decodes an interaction that the gateway got with a body.
func interact(t *testing.T, body string) (consumer.Interaction, error) {
	t.Helper()
	payload, err := eventkind.InteractionRequest{Transport: "http", AnswerTo: "gateway-1/7", Body: []byte(body)}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	in, err := decode(t, channels, event(string(payload)), "interaction")
	if in == nil {
		return consumer.Interaction{}, err
	}
	return in.(consumer.Interaction), err
}

// describe returns the fields of an interaction that are set, as JSON. The fields that
// all have are left out.
func describe(t *testing.T, in consumer.Interaction) string {
	t.Helper()
	in.Raw = nil
	var shown []string // a field has functions, which JSON has not
	for _, f := range in.Shown {
		shown = append(shown, fmt.Sprintf("%s, kind %d, at most %d, optional %v", f.Name, f.Kind, f.Max, f.Optional))
	}
	if in.Time.Equal(time.UnixMilli(1763660000123)) && in.Platform == "slack" && in.AnswerTo == "gateway-1/7" {
		in.Time, in.Platform, in.AnswerTo = time.Time{}, "", ""
	}
	text, err := json.Marshal(struct {
		handler.Interaction
		Kind                             consumer.InteractionKind
		ID, Field, Typed, AnswerTo, View string
	}{in.Interaction, in.Kind, in.ID, in.Field, in.Typed, in.AnswerTo, in.View})
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	if shown != nil {
		fields["Shown"] = shown
	}
	return set(fields)
}

// set writes the fields that are not empty, in the order of their names.
func set(fields map[string]any) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value := fields[name]
		if inner, ok := value.(map[string]any); ok {
			value = set(inner)
		}
		if text := fmt.Sprint(value); text != "" && text != "<nil>" && text != "0" && text != "false" && text != "{}" && !strings.HasPrefix(text, "0001-01-01") {
			list = append(list, name+":"+text)
		}
	}
	return "{" + strings.Join(list, " ") + "}"
}

// metadata is the private_metadata of a form, as a string in JSON.
const metadata = `"{\"v\":1,\"d\":\"draft\",\"c\":\"C1\",\"n\":\"newbies\",\"k\":1,\"m\":\"1763660000.000100\",\"t\":\"1763659999.000100\",\"u\":\"UBOT\",\"q\":\"U2\",\"p\":true}"`

const who = `"team":{"id":"T1"},"user":{"id":"U1","team_id":"T9"},"trigger_id":"1.2.3"`

func TestInteraction_Decodes(t *testing.T) {
	t.Parallel()
	const (
		place    = `"channel":{"id":"C1","name":"newbies"},"container":{"type":"message","message_ts":"1763660000.000100","channel_id":"C1"}`
		inPlace  = `Channel:{ID:C1 Kind:1 Name:newbies}`
		ts       = `Time:2025-11-20T17:33:20.0001Z`
		aMessage = `"message":{"ts":"1763660000.000100","user":"UBOT","bot_id":"BBOT","text":"a term &amp; <@U2>","thread_ts":"1763659999.000100",` +
			`"metadata":{"event_type":"gopherbot_post","event_payload":{"asker":"U2"}},"blocks":[` +
			`{"type":"section","block_id":"x"},{"type":"actions","block_id":"1|U3|","elements":[` +
			`{"type":"button","action_id":"approve","text":{"type":"plain_text","text":"Approve"},"value":"17","style":"primary"},` +
			`{"type":"button","action_id":"decline:2","text":{"type":"plain_text","text":"Decline"},"value":"17","style":"danger","confirm":{"text":{"text":"Sure?"}}},` +
			`{"type":"button","action_id":":link:1","text":{"type":"plain_text","text":"Go"},"url":"https://go.dev"},{"type":"datepicker","action_id":"when"}]}]}`
		form = `"view":{"id":"V1","type":"modal","hash":"1.a","callback_id":"?suggest","private_metadata":` + metadata + `,"state":{"values":{` +
			`"term":{"term":{"type":"plain_text_input","value":"goroutine"}},"hint":{"hint":{"type":"plain_text_input","value":null}},` +
			`"agree":{"agree":{"type":"checkboxes","selected_options":[{"value":"true"}]}},"kind":{"?kind":{"type":"external_select","selected_option":null}},` +
			`"tags":{"tags":{"type":"multi_static_select","selected_options":[{"value":"a"},{"value":"b"}]}},` +
			`"who":{"who":{"type":"users_select","selected_user":"U7"}},"in":{"in":{"type":"conversations_select","selected_conversation":"C7"}},` +
			`"day":{"day":{"type":"datepicker","selected_date":"2026-11-27"}},"at":{"at":{"type":"datetimepicker","selected_date_time":1763660000}},` +
			`"files":{"files":{"type":"file_input","files":[{"id":"F1"}]}},"odd":null,"odder":{"odder":[1]}}}}`
		values   = `Values:{agree:[true] at:[2025-11-20T17:33:20Z] day:[2026-11-27] files:[F1] in:[C7] tags:[a b] term:[goroutine] who:[U7]}`
		fromForm = inPlace + ` Data:draft`
		ofForm   = `Message:{Asker:U2 Channel:{ID:C1 Kind:1 Name:newbies} ID:1763660000.000100 Platform:slack Thread:1763659999.000100 ` + ts + ` User:UBOT Workspace:T1}`
	)
	for name, test := range map[string]struct{ body, want string }{
		"a slash command": {
			`{"command":"/gopher","text":"define <@U2|bob> &lt;go&gt; <#C1|newbies> <@UBOT>","team_id":"T1","channel_id":"C1","channel_name":"newbies","user_id":"U1","user_name":"ada","response_url":"https://hooks.slack.com/commands/1","trigger_id":"1.2.3"}`,
			`{` + inPlace + ` ID:gopher Kind:slash_command Mentions:[U2] RawText:define <@U2|bob> &lt;go&gt; <#C1|newbies> <@UBOT> Text:define  <go> #newbies User:U1 Workspace:T1}`,
		},
		"a slash command in direct messages":       {`{"command":"/go","channel_id":"D1","channel_name":"directmessage","user_id":"U1","team_id":"T1"}`, `{Channel:{ID:D1 Kind:3} ID:go Kind:slash_command User:U1 Workspace:T1}`},
		"a slash command in a private channel":     {`{"command":"/go","channel_id":"C5","channel_name":"privategroup","user_id":"U1","team_id":"T1"}`, `{Channel:{ID:C5 Kind:2} ID:go Kind:slash_command User:U1 Workspace:T1}`},
		"a slash command in a group conversation":  {`{"command":"/go","channel_id":"C5","channel_name":"mpdm-a--b-1","user_id":"U1","team_id":"T1"}`, `{Channel:{ID:C5 Kind:4} ID:go Kind:slash_command User:U1 Workspace:T1}`},
		"a slash command of an organisation's app": {`{"command":"/go","channel_id":"C1","user_id":"U1","team_id":null}`, `{Channel:{ID:C1} ID:go Kind:slash_command User:U1 Workspace:T1}`},
		"a press": {
			`{"type":"block_actions",` + who + `,` + place + `,` + aMessage + `,"actions":[{"type":"button","action_id":"decline:2","block_id":"1|U3|","value":"17","action_ts":"1.1"}],"state":{"values":{}}}`,
			`{` + inPlace + ` Data:17 ID:decline Kind:action Message:{Asker:U2 Channel:{ID:C1 Kind:1 Name:newbies} Components:[` +
				`map[Confirm: Danger:false Data:17 Fallback: ID:approve Label:Approve Options:<nil> URL:] ` +
				`map[Confirm:Sure? Danger:true Data:17 Fallback: ID:decline Label:Decline Options:<nil> URL:] ` +
				`map[Confirm: Danger:false Data: Fallback: ID: Label:Go Options:<nil> URL:https://go.dev]] ID:1763660000.000100 Mentions:[U2] Platform:slack RawText:a term &amp; <@U2> Text:a term & ` +
				`Thread:1763659999.000100 ` + ts + ` User:UBOT Workspace:T1} User:U1 Workspace:T1}`,
		},
		"a press on an ephemeral message, in an organisation": {
			`{"type":"block_actions","team":null,"user":{"id":"U1","team_id":"T9"},"container":{"type":"message","message_ts":"1763660000.000100","channel_id":"C1","is_ephemeral":true},"channel":null,"actions":[{"type":"button","action_id":"more"}]}`,
			`{Channel:{ID:C1} ID:more Kind:action Message:{Asker:U1 Channel:{ID:C1} ID:1763660000.000100 Platform:slack ` + ts + ` Workspace:T9} User:U1 Workspace:T9}`,
		},
		"a choice in a menu": {
			`{"type":"block_actions",` + who + `,"channel":{"id":"C1","name":"newbies"},"actions":[{"type":"static_select","action_id":"pick","block_id":"2|U3|a|b","selected_option":{"value":"v1"}}]}`,
			`{` + inPlace + ` Data:a|b ID:pick Kind:action User:U1 Values:{:[v1]} Workspace:T1}`,
		},
		"a press on the home page": {`{"type":"block_actions",` + who + `,"view":{"type":"home","private_metadata":"ab12"},"actions":[{"type":"button","action_id":"search-help"}]}`, `{ID:search-help Kind:action User:U1 Workspace:T1}`},
		"a change of a field":      {`{"type":"block_actions",` + who + `,"container":{"type":"view"},` + form + `,"actions":[{"type":"static_select","action_id":"?kind","block_id":"kind"}]}`, `{` + fromForm + ` Field:kind ID:suggest Kind:refresh ` + ofForm + ` User:U1 ` + values + ` View:V1 Workspace:T1}`},
		"a shortcut":               {`{"type":"shortcut",` + who + `,"callback_id":"look-up"}`, `{ID:look-up Kind:shortcut User:U1 Workspace:T1}`},
		"a message shortcut":       {`{"type":"message_action",` + who + `,"callback_id":"share","message_ts":"1763660000.000100","channel":{"id":"C1","name":"newbies"},"message":{"user":"U2","ts":"1763660000.000100","text":"code"}}`, `{` + inPlace + ` ID:share Kind:shortcut Message:{Channel:{ID:C1 Kind:1 Name:newbies} ID:1763660000.000100 Platform:slack RawText:code Text:code ` + ts + ` User:U2 Workspace:T1} User:U1 Workspace:T1}`},
		"a submission":             {`{"type":"view_submission",` + who + `,` + form + `}`, `{` + fromForm + ` ID:suggest Kind:submit ` + ofForm + ` User:U1 ` + values + ` View:V1 Workspace:T1}`},
		"a submission of what it showed": {`{"type":"view_submission",` + who + `,"view":{"type":"modal","callback_id":"suggest","private_metadata":"{\"v\":1}","blocks":[` +
			`{"type":"section","block_id":"x"},{"type":"input","block_id":"term","optional":true,"element":{"type":"plain_text_input","max_length":60}}],"state":{"values":{"term":{"term":{"value":"go"}}}}}}`,
			`{ID:suggest Kind:submit Shown:[term, kind 0, at most 60, optional true] User:U1 Values:{term:[go]} Workspace:T1}`},
		"a closed form":                   {`{"type":"view_closed",` + who + `,"is_cleared":true,"view":{"type":"modal","callback_id":"suggest","private_metadata":"{\"v\":1}","state":null}}`, `{ID:suggest Kind:close User:U1 Workspace:T1}`},
		"somebody types":                  {`{"type":"block_suggestion",` + who + `,"action_id":"?term","block_id":"term","value":"gor","view":{"type":"modal","callback_id":"define","private_metadata":"{\"v\":1,\"d\":\"x\"}"}}`, `{Data:x Field:term ID:define Kind:lookup Typed:gor User:U1 Workspace:T1}`},
		"half a pair of surrogates":       {`{"command":"/go","text":"a\ud800b","channel_id":"D1","user_id":"U1","team_id":"T1"}`, "{Channel:{ID:D1 Kind:3} ID:go Kind:slash_command RawText:a\ufffdb Text:a\ufffdb User:U1 Workspace:T1}"},
		"fields of shapes of next year's": {`{"command":"/go","text":["x"],"channel_name":{},"channel_id":"C1","user_id":"U1","team_id":7,"view":[],"message":3,"container":"x"}`, `{Channel:{ID:C1} ID:go Kind:slash_command User:U1 Workspace:T1}`},
	} {
		in, err := interact(t, test.body)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := describe(t, in); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, test.want)
		}
		var raw, body any
		if err := errors.Join(json.Unmarshal(in.Raw, &raw), json.Unmarshal([]byte(test.body), &body)); err != nil || !reflect.DeepEqual(raw, body) {
			t.Errorf("%s: its Raw is %s (%v)", name, in.Raw, err)
		}
	}
}

func TestInteraction_Discards(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"a link":                  `{"type":"block_actions",` + who + `,"actions":[{"type":"button","action_id":":link:2"}]}`,
		"a menu of no form":       `{"type":"block_suggestion",` + who + `,"action_id":"x","container":{"type":"message"}}`,
		"a legacy button":         `{"type":"interactive_message",` + who + `}`,
		"a legacy dialog":         `{"type":"dialog_submission",` + who + `}`,
		"a legacy cancellation":   `{"type":"dialog_cancellation",` + who + `}`,
		"a legacy type-ahead":     `{"type":"dialog_suggestion",` + who + `}`,
		"something of next year":  `{"type":"secret thing",` + who + `}`,
		"a press in a legacy way": `{"type":"workflow_step_edit",` + who + `}`,
	} {
		if _, err := interact(t, body); !is[*workqueue.DiscardError](err) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want a Discard", name, err)
		}
	}
}

func TestInteraction_Rejects(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no object":             `"secret"`,
		"nothing":               `{}`,
		"no user":               `{"command":"/secret","team_id":"T1"}`,
		"no command":            `{"text":"secret","user_id":"U1"}`,
		"no slash":              `{"command":"secret","user_id":"U1"}`,
		"a slash":               `{"command":"/","text":"secret","user_id":"U1"}`,
		"no actions":            `{"type":"block_actions",` + who + `,"actions":[]}`,
		"no action id":          `{"type":"block_actions",` + who + `,"actions":[{"value":"secret"}]}`,
		"a nameless shortcut":   `{"type":"shortcut",` + who + `,"text":"secret"}`,
		"a nameless form":       `{"type":"view_submission",` + who + `,"view":{"type":"modal","private_metadata":"{\"v\":1}"}}`,
		"a form without origin": `{"type":"view_submission",` + who + `,"view":{"type":"modal","callback_id":"x","private_metadata":"secret"}}`,
		"a form without view":   `{"type":"view_submission",` + who + `,"secret":1}`,
	} {
		if _, err := interact(t, body); !is[*workqueue.RejectError](err) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want a Reject that quotes nothing", name, err)
		}
	}
	for _, payload := range []string{``, `{`, `{"v":1,"body":{"secret"`, `{"v":1}`} {
		if _, err := decode(t, nil, event(payload), "interaction"); !is[*workqueue.RejectError](err) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want a Reject that quotes nothing", payload, err)
		}
	}
}

// TestInteraction_WaitsForItsRelease: another version of our own encodings is tried again.
func TestInteraction_WaitsForItsRelease(t *testing.T) {
	t.Parallel()
	_, err := decode(t, nil, event(`{"v":2,"body":{}}`), "interaction")
	if !errors.Is(err, eventkind.ErrVersion) || is[*workqueue.RejectError](err) {
		t.Errorf("a request of another version: %v", err)
	}
	_, err = interact(t, `{"type":"view_submission",`+who+`,"view":{"type":"modal","callback_id":"x","private_metadata":"{\"v\":2}"}}`)
	if err == nil || is[*workqueue.RejectError](err) || is[*workqueue.DiscardError](err) {
		t.Errorf("a form of another version: %v", err)
	}
}

// TestInteraction_KeepsNothingOfTheParser: the same parser reads other events later.
func TestInteraction_KeepsNothingOfTheParser(t *testing.T) {
	t.Parallel()
	in, err := interact(t, `{"command":"/gopher","text":"first","channel_id":"C1","user_id":"U1","team_id":"T1"}`)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := interact(t, `{"command":"/XXXXXX","text":"XXXXX","channel_id":"XX","user_id":"XX","team_id":"XX"}`); err != nil {
			t.Fatal(err)
		}
	}
	if in.ID != "gopher" || in.Text != "first" || in.User != "U1" || in.Channel.ID != "C1" {
		t.Errorf("%+v", in)
	}
}
