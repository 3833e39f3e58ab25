package slack_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
)

// suggest is a form.
var suggest = &handler.Form{
	ID: "suggest", Title: "Suggest a term", Intro: "See #newbies.",
	Fields: []handler.Field{{Name: "term", Label: "Term"}, {Name: "meaning", Label: "Meaning", Kind: handler.TextArea}},
	Run:    func(context.Context, handler.Interaction, handler.Responder) error { return nil },
}

// changed is the change of a field of the form.
const changed = `{"type":"block_actions",` + who + `,"container":{"type":"view"},"view":{"id":"V1","hash":"1.old","type":"modal","callback_id":"suggest","private_metadata":` + metadata + `},"actions":[{"type":"static_select","action_id":"term","block_id":"term"}]}`

// metadataOf returns the private_metadata of the view in a call.
func metadataOf(t *testing.T, fields map[string]string) string {
	t.Helper()
	var view struct {
		Metadata string `json:"private_metadata"`
	}
	if err := json.Unmarshal([]byte(fields["view"]), &view); err != nil {
		t.Fatal(err)
	}
	return view.Metadata
}

// TestShowForm_TakesTheOriginAlong: the form is answered where it was opened.
func TestShowForm_TakesTheOriginAlong(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, call, metadata string }{
		"a slash command":             {slashed, "views.open", `{"v":1,"d":"draft <&>","c":"C1","n":"newbies","k":1,"s":true,"r":"HOOK","a":NOW}`},
		"a press":                     {inThread, "views.open", `{"v":1,"d":"draft <&>","c":"C1","n":"newbies","k":1,"m":"1763660000.000100","t":"1763659999.000100","u":"UBOT","p":true,"r":"HOOK","a":NOW}`},
		"a press on an ephemeral one": {ephemeral, "views.open", `{"v":1,"d":"draft <&>","c":"C1","n":"newbies","k":1,"m":"1763660000.000100","q":"U1","p":true,"e":true,"r":"HOOK","a":NOW}`},
		"a press on an answer to somebody": {strings.Replace(pressed, `"user":"UBOT"`, `"user":"UBOT","blocks":[{"type":"actions","block_id":"1|U3|","elements":[]}]`, 1), "views.open",
			`{"v":1,"d":"draft <&>","c":"C1","n":"newbies","k":1,"m":"1763660000.000100","u":"UBOT","q":"U3","p":true,"r":"HOOK","a":NOW}`},
		"a message shortcut":        {chosen, "views.open", `{"v":1,"d":"draft <&>","c":"C1","n":"newbies","k":1,"m":"1763660000.000100","u":"U2","r":"HOOK","a":NOW}`},
		"a shortcut":                {global, "views.open", `{"v":1,"d":"draft <&>"}`},
		"the home page":             {homePress, "views.open", `{"v":1,"d":"draft <&>"}`},
		"a form that was submitted": {chosenForm, "views.open", `{"v":1,"d":"draft <&>","c":"C1","m":"1763660000.000100"}`},
		"within a form":             {changed, "views.push", `{"v":1,"d":"draft <&>","c":"C1","n":"newbies","k":1,"m":"1763660000.000100","t":"1763659999.000100","u":"UBOT","q":"U2","p":true}`},
	} {
		a := newWebAPI(t, nil)
		now := time.Now()
		r := a.platform.Responder(a.decoded(t, test.body, now), "")
		if err := r.OpenForm(t.Context(), suggest, "draft <&>"); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, want := a.made(), test.call+" trigger_id=1.2.3"; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		seconds, _ := json.Marshal(now.Unix())
		want := strings.NewReplacer("HOOK", a.hook(), "NOW", string(seconds)).Replace(test.metadata)
		if got := metadataOf(t, a.last()); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if !strings.Contains(a.last()["view"], `See \u003c#C1\u003e.`) {
			t.Errorf("%s: its intro does not link the channel: %s", name, a.last()["view"])
		}
	}
}

// TestShowForm_OriginComesBack with the submission.
func TestShowForm_OriginComesBack(t *testing.T) {
	t.Parallel()
	a := newWebAPI(t, nil)
	if err := a.used(t, inThread).OpenForm(t.Context(), suggest, `draft "1"`); err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(metadataOf(t, a.last()))
	if err != nil {
		t.Fatal(err)
	}
	in := a.decoded(t, `{"type":"view_submission",`+who+`,"view":{"type":"modal","callback_id":"suggest","private_metadata":`+string(quoted)+`}}`, time.Now())
	if m := in.Message; in.Data != `draft "1"` || in.Channel.ID != "C1" || m == nil || m.ID != "1763660000.000100" || m.Thread != "1763659999.000100" || m.User != "UBOT" {
		t.Errorf("%+v, %+v", in, in.Message)
	}
}

func TestShowForm_Expires(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		age    time.Duration
		answer string
		want   error
		calls  string
	}{
		"in time":                  {2 * time.Second, "", nil, "views.open trigger_id=1.2.3"},
		"in time by another clock": {10 * time.Second, "", nil, "views.open trigger_id=1.2.3"},
		"after half a minute":      {31 * time.Second, "", consumer.ErrTriggerExpired, ""},
		"expired":                  {0, `200 {"ok":false,"error":"expired_trigger_id"}`, consumer.ErrTriggerExpired, "views.open trigger_id=1.2.3"},
		"used before":              {0, `200 {"ok":false,"error":"exchanged_trigger_id"}`, consumer.ErrTriggerExpired, "views.open trigger_id=1.2.3"},
	} {
		a := newWebAPI(t, map[string][]string{"views.open": {test.answer}})
		r := a.platform.Responder(a.decoded(t, global, time.Now().Add(-test.age)), "")
		err := r.(consumer.FormPresenter).ShowForm(t.Context(), consumer.FormView{Form: suggest, Fields: suggest.Fields})
		if !errors.Is(err, test.want) || a.made() != test.calls {
			t.Errorf("%s: %v, %s", name, err, a.made())
		}
	}
	a := newWebAPI(t, map[string][]string{"views.open": {`200 {"ok":false,"error":"invalid_arguments"}`}})
	err := a.used(t, global).OpenForm(t.Context(), suggest, "")
	if err == nil || errors.Is(err, consumer.ErrTriggerExpired) || a.platform.Outcome(err).Kind != consumer.Final {
		t.Errorf("a form that Slack refuses: %v", err)
	}
}

// TestShowForm_Unsupported where there is no trigger, and of a form that is to be loaded.
func TestShowForm_Unsupported(t *testing.T) {
	t.Parallel()
	a := newWebAPI(t, nil)
	closed := `{"type":"view_closed","user":{"id":"U1"},"view":{"id":"V1","type":"modal","callback_id":"suggest","private_metadata":"{\"v\":1}"}}`
	loaded := *suggest
	loaded.Fields, loaded.Load = nil, func(context.Context, handler.Interaction) ([]handler.Field, error) { return nil, nil }
	for name, err := range map[string]error{
		"a closed form":  a.used(t, closed).OpenForm(t.Context(), suggest, ""),
		"a form to load": a.used(t, global).OpenForm(t.Context(), &loaded, ""),
		"a message":      a.platform.Responder(consumer.Message{}, "").OpenForm(t.Context(), suggest, ""),
		"a reaction":     a.platform.Responder(consumer.ReactionAdded{}, "").OpenForm(t.Context(), suggest, ""),
		"nothing shown":  a.used(t, global).(consumer.FormPresenter).UpdateForm(t.Context(), consumer.FormView{Form: suggest}),
	} {
		if !errors.Is(err, handler.ErrUnsupported) || a.made() != "" {
			t.Errorf("%s: %v, %s", name, err, a.made())
		}
	}
}

func TestShowForm_LimitsItsData(t *testing.T) {
	t.Parallel()
	// {"v":1,"d":""} are 14 characters of the 3,000.
	for n, fits := range map[int]bool{2986: true, 2987: false} {
		a := newWebAPI(t, nil)
		err := a.used(t, global).OpenForm(t.Context(), suggest, strings.Repeat("x", n))
		if (err == nil) != fits || (a.made() != "") != fits {
			t.Errorf("%d bytes of data: %v", n, err)
		}
		if fits && len(metadataOf(t, a.last())) != 3000 {
			t.Errorf("%d bytes of metadata", len(metadataOf(t, a.last())))
		}
	}
}

func TestUpdateForm(t *testing.T) {
	t.Parallel()
	view := consumer.FormView{Form: suggest, Fields: suggest.Fields, Data: "draft"}
	for name, test := range map[string]struct {
		body    string
		show    bool
		answers map[string][]string
		want    string
		kind    consumer.OutcomeKind // of the error, -1 for none
	}{
		"the form that was shown":  {slashed, true, nil, "views.open trigger_id=1.2.3\nviews.update view_id=V9 hash=9.shown", -1},
		"a form with a new field":  {changed, false, nil, "views.update view_id=V1 hash=1.old", -1},
		"after a verdict":          {plainForm, false, nil, "views.update view_id=V1", -1},
		"a newer one is shown":     {changed, false, map[string][]string{"views.update": {`200 {"ok":false,"error":"hash_conflict"}`}}, "views.update view_id=V1 hash=1.old", -1},
		"it was closed":            {changed, false, map[string][]string{"views.update": {`200 {"ok":false,"error":"not_found"}`}}, "views.update view_id=V1 hash=1.old", consumer.Gone},
		"a form on top of another": {changed, true, nil, "views.push trigger_id=1.2.3\nviews.update view_id=V9 hash=9.shown", -1},
	} {
		a := newWebAPI(t, test.answers)
		r := a.used(t, test.body).(consumer.FormPresenter)
		if test.show {
			if err := r.ShowForm(t.Context(), consumer.FormView{Form: suggest, Notice: "One moment …"}); err != nil {
				t.Fatal(err)
			}
		}
		err := r.UpdateForm(t.Context(), view)
		if (err == nil) != (test.kind == -1) || err != nil && a.platform.Outcome(err).Kind != test.kind || a.made() != test.want {
			t.Errorf("%s: %v\n%s\nwant %s", name, err, a.made(), test.want)
		}
		if !strings.Contains(metadataOf(t, a.last()), `"d":"draft"`) {
			t.Errorf("%s: %s", name, a.last()["view"])
		}
	}
}
