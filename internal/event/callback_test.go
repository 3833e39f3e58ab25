package event

import (
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func TestCallbackRequest_Decodes(t *testing.T) {
	t.Parallel()
	for _, want := range []CallbackRequest{
		// The spaces, the escapes and the line end of the body stay: it may be signed.
		{Rules: []string{"log", "page"}, Event: "message_public", Platform: "slack", Bot: "slack", Key: "T1/C1/1.2", Body: "{ \"a\":\"<\\u0041>\" }\r\n"},
		{Rules: []string{"page"}, Event: "notification_failed", Platform: "slack", Bot: "ops", Key: "r1", BodyBlob: &Blob{ID: "b", Size: 9000, SHA256: "ab"}, Truncated: true},
	} {
		payload, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := DecodeCallback(payload); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
}

func TestDecodeCallback_Refuses(t *testing.T) {
	t.Parallel()
	for payload, version := range map[string]bool{
		`{"v":2,"rules":["a"],"event":"e","platform":"p","bot":"b","key":"k","body":"{}"}`: true,
		`{"rules":["a"]}`: true,
		`{"v":1,"rules":[],"event":"e","platform":"p","bot":"b","key":"k","body":"a secret"}`:     false,
		`{"v":1,"rules":["a"],"event":"","platform":"p","bot":"b","key":"k","body":"a secret"}`:   false,
		`{"v":1,"rules":["a"],"event":"e","platform":"p","bot":"b","key":"","body":"a secret"}`:   false,
		`{"v":1,"rules":["a"],"event":"e","platform":"p","bot":"b","key":"k"}`:                    false,
		`{"v":1,"rules":"a secret","event":"e","platform":"p","bot":"b","key":"k","body":"text"}`: false,
		`{"v":1,"body":"a secret"`: false,
		``:                         false,
	} {
		_, err := DecodeCallback([]byte(payload))
		if err == nil || errors.Is(err, ErrVersion) != version || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v; is it ErrVersion: want %v", payload, err, version)
		}
	}
	if _, err := (CallbackRequest{Rules: []string{"a"}, Event: "e", Platform: "p", Bot: "b", Key: "k", Body: "\xff"}).Encode(); err == nil {
		t.Error("a body that is not UTF-8 was encoded, and would be another when it is decoded")
	}
}

// The receiver of a webhook deduplicates by the id.
func TestCallbackRequest_DeliveryID(t *testing.T) {
	t.Parallel()
	first := CallbackRequest{Rules: []string{"a", "b"}, Platform: "slack", Key: "T1/C1/1.2", Body: "{}"}
	again := CallbackRequest{Rules: []string{"a"}, Platform: "slack", Key: "T1/C1/1.2", Body: "{ }"}
	if first.DeliveryID("a") != again.DeliveryID("a") {
		t.Error("a repetition has another id")
	}
	other := CallbackRequest{Platform: "mattermost", Key: "T1/C1/1.2"}
	ids := map[string]bool{}
	for _, id := range []string{first.DeliveryID("a"), first.DeliveryID("b"), other.DeliveryID("a")} {
		ids[id] = true
		if !regexp.MustCompile(`^msg_[A-Z2-7]{26}$`).MatchString(id) {
			t.Errorf("the id is %q", id)
		}
	}
	if len(ids) != 3 {
		t.Errorf("rules and platforms share ids: %v", ids)
	}
}
