package ops

import (
	"bytes"
	"testing"
)

func TestLoginForm_EscapesTheName(t *testing.T) {
	t.Parallel()
	f := newLoginForm(`a<b>&"c`)
	for _, page := range [][]byte{f.empty, f.wrong} {
		if !bytes.Contains(page, []byte(`<h1>a&lt;b&gt;&amp;&#34;c</h1>`)) || bytes.ContainsAny(page, "{}") {
			t.Errorf("%s", page)
		}
	}
}
