// Package webui has the script that updates the content of our web pages. The pages of
// the operations page and of the simulator share it.
package webui

import (
	_ "embed"
	"net/http"
)

//go:embed dom.js
var script []byte

// Script answers with the script.
func Script(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	_, _ = w.Write(script) // the client may have closed the connection
}
