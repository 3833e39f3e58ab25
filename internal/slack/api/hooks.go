package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/slack-go/slack"
	"github.com/valyala/fastjson"
)

// Hooks posts to the response_url of interactions. Such an address is a secret: whoever
// knows it can speak for the bot. So no error, metric or trace has it.
// Source: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
type Hooks struct {
	base *url.URL // of the Web API
	http *http.Client
}

// hookHosts are the hosts of Slack's addresses. The second is that of GovSlack.
var hookHosts = map[string]bool{"hooks.slack.com": true, "hooks.slack-gov.com": true}

// HookMethod is the Method of a Call to a response_url.
const HookMethod = "response_url"

// NewHooks returns Hooks that post to Slack's own addresses, and to the host of the Web API
// at baseURL, which may be a simulated one. The caller closes transport.
func NewHooks(baseURL string, transport http.RoundTripper) (*Hooks, error) {
	base, err := url.Parse(baseURL)
	if err != nil {
		return nil, fmt.Errorf("parse the address of Slack's Web API: %w", err)
	}
	return &Hooks{base, &http.Client{
		Timeout: DefaultTimeout, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// ErrHookAddress is the error of Post for an address that is not Slack's. Nothing was sent.
var ErrHookAddress = errors.New("the response_url is not an address of Slack's; GOPHER_SLACK_API_URL names another server")

// maxHookAnswer is how many bytes of an answer are read. Slack's are a word or a small
// object.
const maxHookAnswer = 4 << 10

// Post posts a message, as JSON, once. The error is ErrHookAddress, a
// *slack.RateLimitedError, a slack.SlackErrorResponse if Slack gives a reason, such as
// used_url, or a slack.StatusCodeError for another HTTP status.
func (h *Hooks) Post(ctx context.Context, address string, message any) error {
	if !h.allowed(address) {
		return ErrHookAddress
	}
	body, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode a message for a response_url: %w", err)
	}
	ctx = context.WithValue(ctx, hookKey{}, true)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return errors.New("post to a response_url: it is not an address")
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	response, err := h.http.Do(request)
	if failed, ok := errors.AsType[*url.Error](err); ok {
		err = failed.Err // without the address
	}
	if err != nil {
		return fmt.Errorf("post to a response_url: %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxHookAnswer))
	switch code := hookCode(answer); {
	case response.StatusCode == http.StatusTooManyRequests:
		return newRateLimitedError(response.Header.Get("Retry-After"))
	case response.StatusCode != http.StatusOK && (code == "" || !refusal(response.StatusCode)):
		return slack.StatusCodeError{Code: response.StatusCode, Status: response.Status}
	case code != "":
		return slack.SlackErrorResponse{Err: code}
	case err != nil:
		return fmt.Errorf("read the answer of a response_url: %w", err)
	default:
		return nil
	}
}

func (h *Hooks) allowed(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	return u.Scheme == "https" && hookHosts[u.Host] || u.Host != "" && u.Scheme == h.base.Scheme && u.Host == h.base.Host
}

// hookCode returns the error code of an answer, "" if it has none. Answers are JSON as
// those of the Web API, or the code alone.
func hookCode(answer []byte) string {
	code := fastjson.GetString(answer, "error")
	if code == "" {
		code = strings.TrimSpace(string(answer))
	}
	if code == "ok" || !codePattern().MatchString(code) {
		return ""
	}
	return code
}

// HookSpent reports whether an error of Post means that the address takes no message any
// more, or none of this kind: it was used five times, or is older than 30 minutes.
func HookSpent(err error) bool {
	if code, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		return !Passing(code.Err) && !MayHaveHappened(code.Err)
	}
	if status, ok := errors.AsType[slack.StatusCodeError](err); ok {
		return refusal(status.Code)
	}
	return errors.Is(err, ErrHookAddress)
}

// refusal reports whether an HTTP status is Slack's refusal: any of 4xx but those of a proxy
// and of a slow server.
func refusal(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusProxyAuthRequired, http.StatusRequestTimeout:
		return false
	}
	return status >= 400 && status < 500
}

type hookKey struct{}

// isHook reports whether a request goes to a response_url.
func isHook(r *http.Request) bool {
	hook, _ := r.Context().Value(hookKey{}).(bool)
	return hook
}
