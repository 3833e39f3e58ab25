// Package webui has the script with which our pages change what they show. There
// is one, for pages that are served by different programs.
package webui

import (
	_ "embed"
	"net/http"
)

//go:embed dom.js
var script []byte

// Script serves the script.
func Script(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	_, _ = w.Write(script) // whoever asked may have gone
}
