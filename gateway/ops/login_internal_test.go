package ops

import (
	"strings"
	"testing"
)

func TestLoginForm_EscapesTexts(t *testing.T) {
	t.Parallel()
	f := loginForm{`a<b>&"c`}
	for _, problem := range []string{"", wrongToken, wrongName, `d<e>`} {
		page := f.page(`"><script>`, problem)
		if !strings.Contains(page, `<h1>a&lt;b&gt;&amp;&#34;c</h1>`) || !strings.Contains(page, `value="&#34;&gt;&lt;script&gt;"`) || strings.Contains(page, "<e>") ||
			strings.ContainsAny(page, "{}") || strings.Contains(page, `role="alert" hidden`) != (problem == "") {
			t.Errorf("%q: %s", problem, page)
		}
		for field, wrong := range map[string]bool{"name": problem == wrongName, "token": problem == wrongToken} {
			if marked := strings.Contains(page, `aria-describedby="`+field+`-hint" aria-invalid="true"`); marked != wrong {
				t.Errorf("%q: the field %s is marked as wrong: %v", problem, field, marked)
			}
		}
	}
}
