package spelling

import "testing"

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"message_public", "message_private", "team_join", "send"}
	for name, want := range map[string]string{
		"mesage_public":    "message_public",
		"MESSAGE_PUBLIC":   "message_public",
		"message_privat":   "message_private",
		"teamjoin":         "team_join",
		"sent":             "send",
		"sne":              "",
		"message":          "message_public",
		"private":          "message_private",
		"public_message":   "",
		"":                 "",
		"something_else":   "",
		"message-public ":  "message_public",
		"messages_private": "message_private",
	} {
		if got := Nearest(name, known); got != want {
			t.Errorf("nearest to %q: %q, want %q", name, got, want)
		}
	}
	if got, want := DidYouMean("sent", known), `; did you mean "send"?`; got != want {
		t.Errorf("did you mean: %s, want %s", got, want)
	}
	if got := DidYouMean("feed", known); got != "" {
		t.Errorf("did you mean: %s, want nothing", got)
	}
}

func TestHasWords(t *testing.T) {
	t.Parallel()
	for some, want := range map[string]bool{
		`command "flip a coin"`: true, "Flip  a coin": true, "'a coin'": true, "coin": true, "coi": false, "flip coin": false,
	} {
		if got := HasWords(`command "flip a coin"`, some); got != want {
			t.Errorf("%s: %v", some, got)
		}
	}
}
