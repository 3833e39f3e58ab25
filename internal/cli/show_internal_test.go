package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestPrintJSON_EscapesCharactersThatAct(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"plain", "Grüße, שלום, 🎉, 👩\u200d💻", "a\u202eb\u2066c", "\u009b31mred", "\x1b[31m\x7f\n\t", "\u2028\u2029", "\u202e", `\u202e`, "\u200e\u061c",
	} {
		var out strings.Builder
		if err := printJSON(&out, map[string]any{"text": text, "raw": json.RawMessage(`{"\u202ex":"` + "\u202e" + `"}`)}); err != nil {
			t.Fatal(err)
		}
		for _, r := range strings.ReplaceAll(out.String(), "\n", "") {
			if acts(r) {
				t.Errorf("%q: %U is in %q", text, r, out.String())
			}
		}
		var back struct{ Text string }
		if err := json.Unmarshal([]byte(out.String()), &back); err != nil || back.Text != text {
			t.Errorf("%q came back as %q (%v)", text, back.Text, err)
		}
	}
	if got, want := stripControl("a\u202eb\x1b\u0085c\nd"), "a b  c\nd"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
