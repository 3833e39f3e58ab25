package notify

import (
	"net/http"
	"time"

	"github.com/rs/zerolog"
)

// maxPath is how many bytes of a path are logged.
const maxPath = 128

// logCall writes the one line that each request has in the log. It never has a text, a key,
// the name of a file, an e-mail address or a query.
func (a *API) logCall(c *call, status int, bytes int64, took time.Duration) {
	level := zerolog.InfoLevel
	switch {
	case status >= http.StatusInternalServerError:
		level = zerolog.ErrorLevel
	case status >= http.StatusBadRequest:
		level = zerolog.WarnLevel
	case c.endpoint.open:
		level = zerolog.DebugLevel // a monitor's
	}
	line := a.opts.Log.WithLevel(level)
	if c.unauthentic {
		unreported, report := a.failures.Report(c.remote, a.opts.Now())
		if !report {
			return
		}
		line = line.Int64("unreported", unreported)
	}
	path := c.r.URL.Path
	line = line.Str("method", c.r.Method).Str("path", path[:min(len(path), maxPath)]).Int("status", status).Int64("bytes", bytes).
		Dur("duration", took).Str("remote", c.remote).Str("request_id", c.requestID())
	if c.key != nil {
		line = line.Str("key", c.key.Name)
	}
	for _, field := range []struct{ name, value string }{{"bot", c.bot}, {"chat", c.chat}, {"notification", c.notification}} {
		if field.value != "" {
			line = line.Str(field.name, field.value)
		}
	}
	if p := c.problem; p != nil {
		line = line.Str("code", string(p.Code))
		if p.Cause != nil {
			line = line.Err(p.Cause)
		}
	}
	line.Msg("notification request")
}
