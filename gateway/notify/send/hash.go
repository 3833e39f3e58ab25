package send

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/gobridge/gopherbot/internal/event"
)

// Hash identifies a request for an idempotency key. It is of what the request says and not
// of its bytes: a form that is sent again has another boundary, and the fields of JSON may
// have another order.
func (w Wanted) Hash() (string, error) {
	content := sha256.Sum256(w.Content)
	canonical := struct {
		Chat    string        `json:"chat"`
		Bot     string        `json:"bot"`
		BotID   string        `json:"bot_id"`
		Message event.Message `json:"message"`
		Content string        `json:"content"`
		TTL     int64         `json:"ttl"`
		Ignore  bool          `json:"ignore"`
	}{w.ChatID, w.Bot, w.BotID, w.Message, hex.EncodeToString(content[:]), w.TTL.Milliseconds(), w.IgnoreUnsupported}
	text, err := json.Marshal(canonical)
	if err != nil {
		return "", err
	}
	value := jsontext.Value(text)
	if err := value.Canonicalize(); err != nil {
		return "", err
	}
	sum := sha256.Sum256(value)
	return hex.EncodeToString(sum[:]), nil
}
