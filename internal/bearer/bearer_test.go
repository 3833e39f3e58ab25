package bearer_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gobridge/gopherbot/internal/bearer"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	both := []string{"new", "old"}
	for _, test := range []struct {
		tokens      []string
		given, want string
	}{
		{both, "new", "new"}, {both, "old", "old"}, {both, "ne", ""}, {both, "new ", ""}, {both, "", ""}, {nil, "", ""},
	} {
		if got := bearer.Match(test.tokens, test.given); got != test.want {
			t.Errorf("%q of %q: %q, want %q", test.given, test.tokens, got, test.want)
		}
	}
}

func TestBearer(t *testing.T) {
	t.Parallel()
	h := bearer.Bearer([]string{"new", "old"}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for header, want := range map[string]int{
		"Bearer new": 204, "Bearer old": 204, "": 401, "Bearer ": 401, "new": 401, "Basic new": 401, "Bearer newer": 401,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", header)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q: %d, want %d", header, w.Code, want)
		}
	}
}
