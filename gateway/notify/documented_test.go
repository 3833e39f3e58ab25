package notify_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	options "github.com/pb33f/libopenapi-validator/config"
	problems "github.com/pb33f/libopenapi-validator/errors"
	"github.com/pb33f/libopenapi-validator/paths"
	"github.com/pb33f/libopenapi-validator/schema_validation"
	"github.com/pb33f/libopenapi/datamodel/high/base"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"

	"github.com/gobridge/gopherbot/gateway/notify/docs"
)

// contract is the OpenAPI document, read by somebody else's validator.
type contract struct {
	model     *v3.Document
	validator validator.Validator
	answer    *base.Schema // of all problems
	schemas   schema_validation.SchemaValidator
}

// published is the document as the gateway serves it.
var published = sync.OnceValues(func() (*contract, error) {
	served := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/docs/"+docs.Document, nil)
	docs.Handlers(docs.Options{PublicURL: "http://gopherbot.test/", BasePath: "/api/v1"})["GET /docs/"+docs.Document].ServeHTTP(served, request)
	document, err := libopenapi.NewDocument(served.Body.Bytes())
	if err != nil {
		return nil, err
	}
	built, err := document.BuildV3Model()
	if err != nil {
		return nil, err
	}
	v, errs := validator.NewValidator(document, options.WithFormatAssertions())
	if errs != nil {
		return nil, fmt.Errorf("%v", errs)
	}
	if ok, errs := v.ValidateDocument(); !ok {
		return nil, fmt.Errorf("the document is not valid: %s", list(errs))
	}
	return &contract{
		model: &built.Model, validator: v, schemas: schema_validation.NewSchemaValidator(),
		answer: built.Model.Components.Schemas.GetOrZero("Answer").Schema(),
	}, nil
})

func list(errs []*problems.ValidationError) string {
	var all []string
	for _, err := range errs {
		line := err.Message + ": " + err.Reason
		for _, detail := range err.SchemaValidationErrors {
			line += fmt.Sprintf(" (%s at %q)", detail.Reason, detail.FieldPath)
		}
		all = append(all, line)
	}
	return strings.Join(all, "\n")
}

// documented fails the test if the document does not allow an answer, or does not allow a
// request that was accepted.
func documented(t testing.TB, r *http.Request, sent string, got answer) {
	t.Helper()
	c, err := published()
	if err != nil {
		t.Fatal(err)
	}
	var violations []*problems.ValidationError
	request := r.Clone(context.Background())
	request.Body = io.NopCloser(strings.NewReader(sent))
	item, _, _ := paths.FindPath(request, c.model, nil)
	switch {
	case r.Method == http.MethodHead:
		if item == nil || item.Get == nil || item.Get.Responses.Codes.GetOrZero(strconv.Itoa(got.status)) == nil {
			t.Errorf("HEAD %s answers %d, which is not documented for GET", r.URL.Path, got.status)
		}
	case item == nil || item.GetOperations().GetOrZero(strings.ToLower(r.Method)) == nil:
		// A path or a method that is not in the document.
		if got.status != http.StatusNotFound && got.status != http.StatusMethodNotAllowed {
			t.Errorf("%s %s is not documented, and answers %d", r.Method, r.URL.Path, got.status)
		}
		_, violations = c.schemas.ValidateSchemaString(c.answer, got.raw)
	case strings.TrimSpace(got.raw) == "null":
		t.Errorf("%s %s answers null", r.Method, r.URL.Path) // which the validator takes for no body
	default:
		response := &http.Response{StatusCode: got.status, Header: got.header, Body: io.NopCloser(bytes.NewBufferString(got.raw))}
		_, violations = c.validator.ValidateHttpResponse(request, response)
		if got.status < http.StatusBadRequest {
			_, more := c.validator.ValidateHttpRequestSync(request)
			violations = append(violations, more...)
		}
	}
	if len(violations) > 0 {
		t.Errorf("%s %s answers %d %s, which is not as documented:\n%s", r.Method, r.URL.Path, got.status, got.raw, list(violations))
	}
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
			found := &recorder{TB: t}
			documented(found, r, test.sent, answer{status: test.status, header: asJSON, raw: test.raw})
			if found.failed == test.ok {
				t.Errorf("failed: %v", found.failed)
			}
		})
	}
}

// recorder is a test that may fail.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Errorf(string, ...any) { r.failed = true }
