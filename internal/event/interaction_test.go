package event

import (
	"errors"
	"strings"
	"testing"
)

func TestInteractionRequest_Decodes(t *testing.T) {
	t.Parallel()
	want := InteractionRequest{Transport: "socket", AnswerTo: "gateway-1/7", Body: []byte(`{"type":"block_actions"}`)}
	payload, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if text := string(payload); text != `{"v":1,"transport":"socket","answer_to":"gateway-1/7","body":{"type":"block_actions"}}` {
		t.Errorf("the payload is %s", text)
	}
	got, err := DecodeInteraction(payload)
	if err != nil || got.Transport != want.Transport || got.AnswerTo != want.AnswerTo || string(got.Body) != string(want.Body) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

func TestDecodeInteraction_Refuses(t *testing.T) {
	t.Parallel()
	for payload, version := range map[string]bool{
		`{"v":2,"body":{}}`:                true,
		`{"body":{}}`:                      true,
		`{"v":1,"transport":"http"}`:       false,
		`{"v":1,"body":{"text":"a secret"`: false,
		``:                                 false,
	} {
		_, err := DecodeInteraction([]byte(payload))
		if err == nil || errors.Is(err, ErrVersion) != version || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v; is it ErrVersion: want %v", payload, err, version)
		}
	}
	for _, body := range []string{"", "{"} {
		if _, err := (InteractionRequest{Body: []byte(body)}).Encode(); err == nil {
			t.Errorf("the body %q was encoded", body)
		}
	}
}
