package sharkfin

import (
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/sharkfin"
)

// TestMetadata_KeepsTheMark: a sender's metadata never hides the mark, by which a post is found
// again.
func TestMetadata_KeepsTheMark(t *testing.T) {
	t.Parallel()
	for _, mark := range []sharkfin.Mark{{Post: "p1"}, {Post: "p1", REST: true}} {
		for sender, kept := range map[string]string{
			"": "", `{"build":7}`: `"build":7`, `{"rest":"v2","a":1}`: `"a":1`, `{"rest":true}`: "", `{"Gopher":1,"REST":5,"Rest":{}}`: "", `{"gopher":"p2"}`: "",
		} {
			text, err := metadata(mark, []byte(sender))
			if got, ok := sharkfin.ReadMark(&text); err != nil || !ok || got != mark || !strings.Contains(text, kept) {
				t.Errorf("%s: %s has the mark %+v, want %+v (%v)", sender, text, got, mark, err)
			}
		}
	}
	for _, sender := range []string{"7", "[]", "null", "{"} {
		if text, err := metadata(sharkfin.Mark{Post: "p1"}, []byte(sender)); err == nil {
			t.Errorf("%s is taken: %s", sender, text)
		}
	}
}
