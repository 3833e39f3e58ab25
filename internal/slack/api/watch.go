package api

import (
	"bytes"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// Call is one request to the Web API. A call that is made again is several.
type Call struct {
	// Method is the method's name, such as "chat.postMessage", HookMethod or UploadMethod.
	Method string
	Status Status
	// HTTP is the status of the answer, 0 if there was none. Code is Slack's error code,
	// such as "is_archived", or "_OTHER" for a text that is no code.
	HTTP int
	Code string
	// Err is why there was no answer, or not all of it.
	Err  error
	Took time.Duration
	// Wait is how long a rate limit asks to wait, 1 s to 1 h.
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

// Watcher is called before a call is sent. The function that it returns is called with
// the result.
type Watcher func(method string, r *http.Request) func(Call)

// Watch returns a transport that reports every call to the watchers, and sends it with
// base.
func Watch(base http.RoundTripper, watchers ...Watcher) http.RoundTripper {
	return watch{base, watchers}
}

type watch struct {
	base     http.RoundTripper
	watchers []Watcher
}

// RoundTrip reads the whole answer, as the client does anyway, because a refusal is in
// its body.
func (w watch) RoundTrip(r *http.Request) (*http.Response, error) {
	call := Call{Method: methodOf(r), Status: Unreachable}
	if isHook(r) {
		call.Method = HookMethod // the path is a secret
	}
	var ended []func(Call)
	for _, begin := range w.watchers {
		ended = append(ended, begin(call.Method, r))
	}
	start := time.Now()
	response, err := w.base.RoundTrip(r)
	call.Err = err
	if err == nil {
		call.read(response)
	}
	call.Took = time.Since(start)
	for _, end := range ended {
		end(call)
	}
	return response, err
}

// UploadMethod is the Method of a Call that uploads a file to the address that
// files.getUploadURLExternal returned. The address is a secret: whoever knows it can upload.
const UploadMethod = "upload"

// methodOf returns the method of a call.
func methodOf(r *http.Request) string {
	if strings.Contains(r.URL.Path, "/upload/") {
		return UploadMethod
	}
	return path.Base(r.URL.Path)
}

// read notes how a call was answered. The answer can be read once more after that.
func (c *Call) read(response *http.Response) {
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close() // all that there is was read
	response.Body = io.NopCloser(&answer{bytes.NewReader(body), err})
	c.HTTP, c.Err = response.StatusCode, err
	switch {
	case err != nil:
	case c.HTTP == http.StatusTooManyRequests:
		c.Status, c.Wait = RateLimited, retryAfter(response.Header, time.Now())
	case c.HTTP < 200 || c.HTTP > 299:
		c.Status = Failed
	case fastjson.GetBool(body, "ok"), c.Method == HookMethod && hookCode(body) == "", c.Method == UploadMethod:
		c.Status = OK
	default:
		c.Status, c.Code = Refused, fastjson.GetString(body, "error")
		if !codePattern().MatchString(c.Code) {
			c.Code = "_OTHER"
		}
	}
}

var codePattern = lazyregexp.New(`^[a-z0-9_]{1,64}$`)

// answer is an answer's body, and the error that cut it short.
type answer struct {
	*bytes.Reader
	cut error
}

// Read returns the error that cut the answer short in place of io.EOF.
func (a *answer) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	if err == io.EOF && a.cut != nil {
		err = a.cut
	}
	return n, err
}
