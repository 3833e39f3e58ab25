package client

import (
	"bytes"
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
	"unicode"
)

const (
	// maxAnswer is how many bytes of an answer are read, over HTTP and from a frame.
	maxAnswer = 8 << 20
	// maxErrorText is how many bytes of an error's text are kept.
	maxErrorText = 1 << 10
)

// api calls the server's REST interface.
type api struct {
	base string // scheme and host, and a path if the server is below one; no slash at the end
	key  string
	http *http.Client
	max  int64 // bytes of an answer
	err  error // of the address or the key; every call returns it
}

// newAPI returns the REST interface at an address of the server, or of its WebSocket.
func newAPI(address string, o clientOpts) *api {
	a := &api{key: o.key, http: o.http, max: o.maxAnswer}
	if a.http == nil {
		a.http = &http.Client{Timeout: httpTimeout, CheckRedirect: noRedirect}
	}
	if a.err = checkKey(o.key); a.err != nil {
		return a
	}
	u, err := parseAddress(address)
	if err != nil {
		a.err = err
		return a
	}
	switch u.Scheme {
	case "ws":
		u.Scheme = "http"
	case "wss":
		u.Scheme = "https"
	}
	path := strings.TrimSuffix(strings.TrimRight(u.EscapedPath(), "/"), "/ws")
	a.base = u.Scheme + "://" + u.Host + strings.TrimRight(path, "/")
	return a
}

// parseAddress parses the address of a server. Its errors do not have a password that is in it.
func parseAddress(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		if parse, ok := errors.AsType[*url.Error](err); ok {
			err = parse.Err // without the address
		}
		return nil, fmt.Errorf("the server's address is no URL: %w", err)
	}
	switch u.Scheme {
	case "http", "https", "ws", "wss":
	default:
		return nil, fmt.Errorf("the server's address %q must begin with http://, https://, ws:// or wss://", u.Redacted())
	}
	if u.Host == "" {
		return nil, fmt.Errorf("the server's address %q has no host", u.Redacted())
	}
	return u, nil
}

// checkKey returns an error for a key that no header can carry.
func checkKey(key string) error {
	if strings.ContainsFunc(key, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) {
		return errors.New("the API key has a line break or another control character; was it read from a file that ends with a line break?")
	}
	return nil
}

// authorize adds the key to a request's header.
func authorize(header http.Header, key string) {
	if key != "" {
		header.Set("Authorization", "ApiKey-v1 "+key)
	}
}

// call sends in, if it is not nil, as JSON and decodes the answer into out, if it is not nil.
func (a *api) call(ctx context.Context, method, path string, in, out any) error {
	body, err := a.fetch(ctx, method, path, in)
	if err == nil && out != nil {
		err = decodeAnswer(body, out)
	}
	if err != nil {
		return fmt.Errorf("client: %s %s: %w", method, path, err)
	}
	return nil
}

func decodeAnswer(body []byte, out any) error {
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("the answer is not the expected JSON; is this a Sharkfin server's address? %w", err)
	}
	return nil
}

// fetch sends in, if it is not nil, as JSON and returns the answer's body. If that is larger than
// a.max it returns the beginning and ErrTooLarge.
func (a *api) fetch(ctx context.Context, method, path string, in any) ([]byte, error) {
	if a.err != nil {
		return nil, a.err
	}
	var content io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
		content = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, a.base+path, content)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	authorize(request.Header, a.key)
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := a.http.Do(request)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err // without the method and the address, which call adds
		}
		return nil, ended(err)
	}
	defer response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, a.refusal(response)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, a.max+1))
	if err != nil {
		return nil, ended(fmt.Errorf("read the answer: %w", err))
	}
	if int64(len(body)) > a.max {
		return body[:a.max], ErrTooLarge
	}
	return body, nil
}

// refusal makes an error of an answer that is no success.
func (a *api) refusal(response *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(response.Body, maxErrorText)) // the status alone is an error, too
	return newServerError(response.StatusCode, response.Header, text, a.key)
}

// newServerError makes an error of a status, its header and the beginning of its body.
func newServerError(status int, header http.Header, body []byte, key string) *ServerError {
	text := strings.TrimSpace(string(body))
	var wrapped struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &wrapped) == nil && wrapped.Error != "" {
		text = wrapped.Error
	}
	return &ServerError{
		Message: withoutKey(text, key), Status: status, RetryAfter: retryAfter(header.Get("Retry-After"), time.Now()), wrapped: sentinel(status),
	}
}

// withoutKey removes the key from a text of the server: a proxy may show the request's header. A
// key that the text's end cuts is removed, too.
func withoutKey(text, key string) string {
	if key == "" {
		return text
	}
	text = strings.ReplaceAll(text, key, "[key]")
	if len(text) < maxErrorText/2 {
		return text
	}
	for n := min(len(key)-1, len(text)); n >= 4; n-- {
		if strings.HasSuffix(text, key[:n]) {
			return text[:len(text)-n] + "[key]"
		}
	}
	return text
}

// retryAfter parses the header Retry-After: seconds, or a date.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), 24*3600)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), 24*time.Hour)
	}
	return 0
}
