package sim_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	playgroundsim "github.com/gobridge/gopherbot/internal/playground/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func request(p http.Handler, method, target, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
	return w
}

func TestSim_ShowsShared(t *testing.T) {
	t.Parallel()
	p := playgroundsim.New()
	const source = "package main // <script>"
	id := request(p, "POST", "/share", source)
	again := request(p, "POST", "/share", source)
	if id.Code != 200 || id.Body.Len() != 11 || id.Body.String() != again.Body.String() {
		t.Fatalf("%d %s, then %s", id.Code, id.Body, again.Body)
	}
	shown := request(p, "GET", "/p/"+id.Body.String(), "")
	if shown.Body.String() != source || !strings.HasPrefix(shown.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("%s as %v", shown.Body, shown.Header())
	}
	if programs := p.Programs(); len(programs) != 1 || programs[0] != source {
		t.Errorf("%q", programs)
	}
}

func TestSim_Refuses(t *testing.T) {
	t.Parallel()
	p := playgroundsim.New()
	p.Fail(503)
	for _, test := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/share", "package main", 503},
		{"POST", "/share", strings.Repeat("x", 64<<10+1), 413},
		{"POST", "/share", strings.Repeat("x", 64<<10), 200},
		{"GET", "/share", "", 405},
		{"GET", "/p/nothing", "", 404},
	} {
		if w := request(p, test.method, test.path, test.body); w.Code != test.status {
			t.Errorf("%s %s: %d, want %d", test.method, test.path, w.Code, test.status)
		}
	}
}

func TestSim_RemembersTheLatest(t *testing.T) {
	t.Parallel()
	p := playgroundsim.New()
	first, _ := io.ReadAll(request(p, "POST", "/share", "first").Body)
	for i := range 1000 {
		request(p, "POST", "/share", fmt.Sprint(i))
	}
	if w := request(p, "GET", "/p/"+string(first), ""); w.Code != 404 || len(p.Programs()) != 1000 {
		t.Errorf("%d, %d programs", w.Code, len(p.Programs()))
	}
}
