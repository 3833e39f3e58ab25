package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/gobridge/gopherbot/gateway/notify/docs"
)

// publishedHost is the host of the API in the document.
const publishedHost = "gopherbot.test"

// contract is the OpenAPI document, read by somebody else's validator.
type contract struct {
	routers.Router
	answer *openapi3.Schema // of all problems
}

// published is the document as the gateway serves it.
var published = sync.OnceValues(func() (*contract, error) {
	served := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/docs/"+docs.Document, nil)
	docs.Handlers(docs.Options{PublicURL: "http://" + publishedHost + "/", BasePath: "/api/v1"})["GET /docs/"+docs.Document].ServeHTTP(served, request)
	document, err := openapi3.NewLoader().LoadFromData(served.Body.Bytes())
	if err != nil {
		return nil, err
	}
	if err := document.Validate(request.Context(), openapi3.EnableMultiError(), openapi3.EnableSchemaFormatValidation()); err != nil {
		return nil, fmt.Errorf("the document is not valid: %w", err)
	}
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		return nil, err
	}
	return &contract{Router: router, answer: document.Components.Schemas["Answer"].Value}, nil
})

// documented fails the test if the document does not allow an answer, or does not allow a
// request that was accepted.
func documented(t testing.TB, r *http.Request, sent string, got answer) {
	t.Helper()
	c, err := published()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.allows(r, sent, got); err != nil {
		t.Errorf("%s %s answers %d %s, which is not as documented:\n%v", r.Method, r.URL.Path, got.status, got.raw, err)
	}
}

func (c *contract) allows(r *http.Request, sent string, got answer) error {
	request := r.Clone(context.Background())
	request.Body = io.NopCloser(strings.NewReader(sent))
	request.URL.Scheme, request.URL.Host = "http", publishedHost
	if r.Method == http.MethodHead {
		request.Method = http.MethodGet
	}
	route, parameters, err := c.FindRoute(request)
	switch {
	case err != nil:
		return c.allowsProblem(got, err)
	case route.Operation.Responses.Status(got.status) == nil:
		return fmt.Errorf("%s of %s does not have the status %d", route.Method, route.Path, got.status)
	case r.Method == http.MethodHead:
		return nil // without a body
	case !json.Valid([]byte(got.raw)):
		return errors.New("the answer is not one JSON value") // of several, the validator reads the first
	}
	options := &openapi3filter.Options{MultiError: true, SkipSettingDefaults: true, AuthenticationFunc: hasCredentials}
	input := &openapi3filter.RequestValidationInput{Request: request, Route: route, PathParams: parameters, Options: options}
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: got.status, Header: got.header, Body: io.NopCloser(strings.NewReader(got.raw)), Options: options,
	}
	err = openapi3filter.ValidateResponse(request.Context(), response)
	if got.status < http.StatusBadRequest {
		err = errors.Join(err, openapi3filter.ValidateRequest(request.Context(), input))
	}
	return err
}

// allowsProblem is for a path or a method that is not in the document.
func (c *contract) allowsProblem(got answer, notFound error) error {
	if got.status != http.StatusNotFound && got.status != http.StatusMethodNotAllowed {
		return notFound
	}
	var value any
	if err := json.Unmarshal([]byte(got.raw), &value); err != nil {
		return err
	}
	return c.answer.VisitJSON(value, openapi3.EnableJSONSchema2020(), openapi3.VisitAsResponse())
}

// hasCredentials fails if a request lacks the header of a security scheme.
func hasCredentials(_ context.Context, input *openapi3filter.AuthenticationInput) error {
	header, scheme := input.RequestValidationInput.Request.Header, input.SecurityScheme
	name, prefix := scheme.Name, ""
	if scheme.Type == "http" {
		name, prefix = "Authorization", scheme.Scheme+" "
	}
	if value := header.Get(name); value == "" || !strings.HasPrefix(strings.ToLower(value), prefix) {
		return fmt.Errorf("there are no credentials of %s in the request", input.SecuritySchemeName)
	}
	return nil
}

// TestDocumented_FindsDeviations shows that documented fails for answers and requests that
// are not as in the document.
func TestDocumented_FindsDeviations(t *testing.T) {
	t.Parallel()
	asJSON := http.Header{"Content-Type": {"application/json"}}
	for name, test := range map[string]struct {
		method, path, sent string
		status             int
		raw                string
		ok                 bool
	}{
		"as documented":        {"POST", "/send", `{"message":"m"}`, 202, `{"ok":true,"queued":true,"request_id":"A"}`, true},
		"no ok":                {"POST", "/send", `{"message":"m"}`, 202, `{"queued":true}`, false},
		"unknown field":        {"POST", "/send", `{"message":"m"}`, 202, `{"ok":true,"extra":1}`, false},
		"another type":         {"POST", "/send", `{"message":"m"}`, 202, `{"ok":true,"request_id":1}`, false},
		"a status":             {"POST", "/send", `{"message":"m"}`, 418, `{"ok":false,"error":"e","code":"refused"}`, false},
		"a code":               {"POST", "/send", `{"message":"m"}`, 400, `{"ok":false,"error":"e","code":"no_alerts"}`, false},
		"a problem that is ok": {"POST", "/send", `{"message":"m"}`, 400, `{"ok":true,"error":"e","code":"bad_file"}`, false},
		"a request":            {"POST", "/send", `{"message":"m","format":"html"}`, 202, `{"ok":true}`, false},
		"a time":               {"GET", "/receipts/A", "", 200, `{"request_id":"A","state":"sent","chat":"c","bot":"b","created_at":"today","updated_at":"2026-01-02T03:04:05Z","attempts":1}`, false},
		"a state":              {"GET", "/receipts/A", "", 200, `{"request_id":"A","state":"lost","chat":"c","bot":"b","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","attempts":1}`, false},
		"null":                 {"GET", "/bot/list", "", 200, `null`, false},
		"nothing":              {"GET", "/bot/list", "", 200, "", false},
		"two values":           {"GET", "/bot/list", "", 200, `[][]`, false},
		"a redirect":           {"GET", "/bot/list", "", 301, `[]`, false}, // which the validator would allow
		"an undocumented path": {"GET", "/secret", "", 200, `{"ok":true}`, false},
		"HEAD":                 {"HEAD", "/bot/list", "", 418, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), test.method, "http://gopherbot.test/api/v1"+test.path, nil)
			r.Header.Set("X-API-Key", ciKey)
			if test.sent != "" {
				r.Header.Set("Content-Type", "application/json")
			}
			if failed := fails(t, r, test.sent, answer{status: test.status, header: asJSON, raw: test.raw}); failed == test.ok {
				t.Errorf("failed: %v", failed)
			}
		})
	}
}

// TestDocumented_FindsDeviationsInRequests does the same for headers and forms that were
// accepted.
func TestDocumented_FindsDeviationsInRequests(t *testing.T) {
	t.Parallel()
	field := func(name, value string) string {
		return "--B\r\nContent-Disposition: form-data; name=" + name + "\r\n\r\n" + value + "\r\n"
	}
	const form = "multipart/form-data; boundary=B"
	for name, test := range map[string]struct {
		header, value, mediaType, sent string
		ok                             bool
	}{
		"a header":                  {"X-API-Key", ciKey, "application/json", `{"message":"m"}`, true},
		"bearer":                    {"Authorization", "Bearer " + ciKey, "application/json", `{"message":"m"}`, true},
		"no key":                    {"Accept", "*/*", "application/json", `{"message":"m"}`, false},
		"a key in another header":   {"X-Key", ciKey, "application/json", `{"message":"m"}`, false},
		"a scheme":                  {"Authorization", "Digest " + ciKey, "application/json", `{"message":"m"}`, false},
		"a media type":              {"X-API-Key", ciKey, "text/plain", "m", false},
		"a form":                    {"X-API-Key", ciKey, form, field("message", "m") + field("opts", "{}") + "--B--", true},
		"a form without a message":  {"X-API-Key", ciKey, form, field("bot", "slack") + "--B--", false},
		"a field of a form":         {"X-API-Key", ciKey, form, field("message", "m") + field("extra", "1") + "--B--", false},
		"a value of a form's field": {"X-API-Key", ciKey, form, field("message", "m") + field("status", "late") + "--B--", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://gopherbot.test/api/v1/send", nil)
			r.Header.Set(test.header, test.value)
			r.Header.Set("Content-Type", test.mediaType)
			got := answer{status: http.StatusAccepted, header: http.Header{"Content-Type": {"application/json"}}, raw: `{"ok":true}`}
			if failed := fails(t, r, test.sent, got); failed == test.ok {
				t.Errorf("failed: %v", failed)
			}
		})
	}
}

// fails reports whether documented fails a test.
func fails(t *testing.T, r *http.Request, sent string, got answer) bool {
	found := &recorder{TB: t}
	documented(found, r, sent, got)
	return found.failed
}

// recorder is a test that may fail.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Errorf(string, ...any) { r.failed = true }
