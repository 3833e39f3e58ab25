// Package webui has the files that our web pages share, the operations page and the
// page of the simulator: the script that updates their content, and their theme.
package webui

import (
	_ "embed"
	"net/http"
)

var (
	//go:embed dom.js
	script []byte
	//go:embed theme.css
	theme []byte
)

// Script answers with the script.
func Script(w http.ResponseWriter, _ *http.Request) { answer(w, "text/javascript", script) }

// Theme answers with the style sheet of colours, fonts and basic rules. A page's own
// style sheet comes after it.
func Theme(w http.ResponseWriter, _ *http.Request) { answer(w, "text/css", theme) }

func answer(w http.ResponseWriter, mediaType string, content []byte) {
	w.Header().Set("Content-Type", mediaType+"; charset=utf-8")
	_, _ = w.Write(content) // the client may have closed the connection
}
