package notify

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
	"github.com/gobridge/gopherbot/internal/receipt"
)

// Answer is the body of an answer about a message, and of all problems.
type Answer struct {
	// OK is true unless there is a problem.
	OK bool `json:"ok"`
	// Queued says that the message will be posted.
	Queued bool `json:"queued,omitempty"`
	// SyncID is the platform's id of the message that was posted, and Link leads to it.
	SyncID string `json:"sync_id,omitempty"`
	// RequestID identifies the message: see Receipt.
	RequestID string `json:"request_id,omitempty"`
	Link      string `json:"link,omitempty"`
	// State is the receipt's, where the answer is not about a message that was just queued
	// or posted.
	State receipt.State `json:"state,omitempty"`
	// Duplicate says that the request was made before.
	Duplicate bool `json:"duplicate,omitempty"`
	// Shadow says that this deployment posts nothing.
	Shadow bool `json:"shadow,omitempty"`
	// Skipped is why nothing is to be posted, such as "resolved".
	Skipped string `json:"skipped,omitempty"`
	// Warnings are codes of what was left out.
	Warnings []string `json:"warnings,omitempty"`
	// Error says for people what is wrong and what to do, and Code for programs.
	Error string       `json:"error,omitempty"`
	Code  problem.Code `json:"code,omitempty"`
}

// reply is an answer to a request.
type reply struct {
	status int
	// body is encoded as JSON, with a line break at its end.
	body any
	// receipt is the id of the request whose receipt the answer leads to.
	receipt string
}

// failed is the reply of a problem.
func failed(p *problem.Problem, notification string) reply {
	body := Answer{Error: p.Text, Code: p.Code}
	if p.Code == problem.Refused {
		body.RequestID = notification
	}
	return reply{status: p.Code.Status(), body: body}
}

// finish writes the reply, and its line in the log.
func (a *API) finish(c *call, answer reply) {
	header := c.w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	if answer.receipt != "" {
		header.Set("Location", a.opts.Config.BasePath+receiptsPath+answer.receipt)
	}
	code := "ok"
	if p := c.problem; p != nil {
		code = string(p.Code)
		if p.RetryAfter > 0 {
			header.Set("Retry-After", strconv.Itoa(int((p.RetryAfter+time.Second-1)/time.Second)))
		}
	}
	count := &counter{to: c.w}
	c.w.WriteHeader(answer.status)
	if c.r.Method != http.MethodHead {
		encoder := json.NewEncoder(count)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(answer.body) // the client may have closed the connection
	}
	took := a.opts.Now().Sub(c.began)
	a.opts.Observe(c.endpoint.name, code, took)
	a.logCall(c, answer.status, count.n, took)
}

// counter counts the bytes that it writes.
type counter struct {
	to http.ResponseWriter
	n  int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += int64(n)
	return n, err
}
