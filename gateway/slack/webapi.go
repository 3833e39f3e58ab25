package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// DefaultAPIURL is the base of Slack's Web API.
	DefaultAPIURL = "https://slack.com/api/"
	// apiTimeout bounds a call of the Web API.
	apiTimeout = 10 * time.Second
	// maxAnswer is how many bytes of an answer of the Web API are read.
	maxAnswer = 64 << 10
)

// webAPI calls the few methods of Slack's Web API that a gateway needs.
type webAPI struct {
	url, token string // the url ends with a slash
	transport  http.RoundTripper
	timeout    time.Duration
}

// callError is the error of a call of the Web API. It has no secret.
type callError struct {
	method string
	code   string        // Slack's, "" if Slack did not answer
	wait   time.Duration // what Slack asks to wait before the next call, 0 if it does not
	err    error
}

func (e *callError) Error() string {
	if e.code != "" {
		return e.method + ": " + e.code
	}
	return fmt.Sprintf("call %s: %v", e.method, e.err)
}

// call calls a method, and reads the fields of its answer.
func (a webAPI) call(ctx context.Context, method string, fields url.Values, answer any) *callError {
	failed := func(err error) *callError { return &callError{method: method, err: err} }
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+method, strings.NewReader(fields.Encode()))
	if err != nil {
		return failed(err)
	}
	r.Header.Set("Authorization", "Bearer "+a.token)
	r.Header.Set("Content-Type", formMedia)
	response, err := a.transport.RoundTrip(r) // no redirects: Slack sends none, and the token is for Slack alone
	if err != nil {
		return failed(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return failed(err)
	}
	if response.StatusCode != http.StatusOK {
		why := failed(fmt.Errorf("status %d", response.StatusCode))
		if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
			why.wait = time.Duration(min(seconds, 3600)) * time.Second
		}
		return why
	}
	var result struct {
		OK    bool
		Error string
	}
	if err := errors.Join(json.Unmarshal(body, &result), json.Unmarshal(body, answer)); err != nil {
		return failed(errors.New("the answer is not the JSON of this method")) // the parser's error may quote it
	}
	if !result.OK {
		why := failed(errors.New("refused"))
		why.code = "unknown"
		if result.Error != "" {
			why.code = result.Error[:min(len(result.Error), 64)]
		}
		return why
	}
	return nil
}
