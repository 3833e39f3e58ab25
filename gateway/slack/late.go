package slack

import (
	"encoding/json"
	"strings"

	"github.com/valyala/fastjson"
)

// liveMark begins the callback id of a form whose verdict a person waits for. Whoever renders
// the form marks it: the gateway knows no handlers.
const liveMark = "?"

// isLive reports whether somebody waits for the answer to an interaction.
func isLive(v *fastjson.Value) bool {
	switch text(v, "type") {
	case typeAhead:
		return true
	case viewSubmission:
		return strings.HasPrefix(text(v, "view", "callback_id"), liveMark)
	default:
		return false
	}
}

// lateLine is what a person reads whose form could not be checked in time.
const lateLine = "Nothing is lost. Please press the button again."

// lateAnswer returns the answer to a live interaction for which nobody had one in time: a
// form stays as it is, and a menu has nothing to choose from. nil is an empty answer.
// Source: https://docs.slack.dev/surfaces/modals#displaying_errors
func lateAnswer(v *fastjson.Value) []byte {
	switch text(v, "type") {
	case typeAhead:
		return []byte(`{"options":[]}`)
	case viewSubmission:
		answer, err := json.Marshal(map[string]any{
			"response_action": "errors", "errors": map[string]string{firstInput(v.Get("view")): lateLine},
		})
		if err != nil {
			return nil // never: these are texts
		}
		return answer
	default:
		return nil
	}
}

// firstInput returns the id of a view's first block that can show an error, which are the
// inputs. If it has none it is that of any block: the view stays, and shows nothing.
func firstInput(view *fastjson.Value) string {
	blocks := view.GetArray("blocks")
	for _, block := range blocks {
		if id := text(block, "block_id"); text(block, "type") == "input" && id != "" {
			return id
		}
	}
	if len(blocks) > 0 {
		return text(blocks[0], "block_id")
	}
	return ""
}
