package slackapi

import (
	"bytes"
	"io"
	"net/http"
	"path"
	"strconv"
	"time"

	"github.com/valyala/fastjson"
)

// Call is one request to the Web API. A call that is made again is several.
type Call struct {
	// Method is what was called, such as "chat.postMessage".
	Method string
	Status Status
	Took   time.Duration
	// Wait is how long a rate limit told us to wait.
	Wait time.Duration
}

// Status is how a call ended, in a word that can be counted.
type Status string

// The statuses of a call.
const (
	OK          Status = "ok"
	Refused     Status = "refused" // Slack answered, with an error
	RateLimited Status = "rate_limited"
	Failed      Status = "failed"      // Slack, or a proxy, answered with an HTTP status that is none of success
	Unreachable Status = "unreachable" // no answer, or not all of it
)

// Watch returns a transport that tells done of every call, and else does what
// base does.
func Watch(base http.RoundTripper, done func(Call)) http.RoundTripper {
	return watch{base, done}
}

type watch struct {
	base http.RoundTripper
	done func(Call)
}

// RoundTrip implements http.RoundTripper. It reads the answer as a whole, which
// the client does anyway: that the call was refused is in it.
func (w watch) RoundTrip(r *http.Request) (*http.Response, error) {
	start := time.Now()
	response, err := w.base.RoundTrip(r)
	call := Call{Method: path.Base(r.URL.Path), Status: Unreachable}
	if err == nil {
		var body []byte
		var cut error
		body, cut = io.ReadAll(response.Body)
		_ = response.Body.Close() // all that there is was read
		response.Body = io.NopCloser(&answer{bytes.NewReader(body), cut})
		if cut == nil {
			call.Status = statusOf(response.StatusCode, body)
		}
		if call.Status == RateLimited {
			seconds, _ := strconv.Atoi(response.Header.Get("Retry-After")) // of a proxy it may be missing
			call.Wait = time.Duration(max(seconds, 0)) * time.Second
		}
	}
	call.Took = time.Since(start)
	w.done(call)
	return response, err
}

func statusOf(code int, body []byte) Status {
	switch {
	case code == http.StatusTooManyRequests:
		return RateLimited
	case code < 200 || code > 299:
		return Failed
	case fastjson.GetBool(body, "ok"):
		return OK
	default:
		return Refused
	}
}

// answer is an answer's body, and what cut it short.
type answer struct {
	*bytes.Reader
	cut error
}

// Read implements io.Reader.
func (a *answer) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	if err == io.EOF && a.cut != nil {
		err = a.cut
	}
	return n, err
}
