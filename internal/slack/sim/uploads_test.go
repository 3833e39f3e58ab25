package sim_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	slackgo "github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestSim_Uploads has slack-go upload a file, in ways that Slack accepts and refuses.
func TestSim_Uploads(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		change  func(w *sim.Workspace)
		channel string
		size    int // that is announced
		err     string
	}{
		{"shared", nil, "C01GENERAL", 5, ""},
		{"for nobody", nil, "", 5, ""},
		{"of another size", nil, "C01GENERAL", 6, "400"},
		{"where the bot is not", func(w *sim.Workspace) { _ = w.RemoveBot("C01GENERAL") }, "C01GENERAL", 5, "not_in_channel"},
		{"in an archived channel", func(w *sim.Workspace) { _ = w.ArchiveChannel("C01GENERAL") }, "C01GENERAL", 5, "is_archived"},
		{"nowhere", nil, "C0NONE", 5, "channel_not_found"},
		{"without the scope", func(w *sim.Workspace) { w.Grant("chat:write") }, "C01GENERAL", 5, "missing_scope"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var w *sim.Workspace
			server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.API().ServeHTTP(rw, r) }))
			defer server.Close()
			w = sim.New(sim.Options{TeamID: "T1", BotToken: "xoxb-1", APIURL: server.URL + "/"})
			if test.change != nil {
				test.change(w)
			}
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			api := slackgo.New("xoxb-1", slackgo.OptionAPIURL(server.URL+"/"), slackgo.OptionHTTPClient(&http.Client{Timeout: testenv.Timeout, Transport: transport}))
			file, err := api.UploadFileContext(t.Context(), slackgo.UploadFileParameters{
				Reader: strings.NewReader("hello"), Filename: "a.txt", FileSize: test.size, Channel: test.channel, InitialComment: "see",
			})
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("%v, want %s", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			content, shown := w.Content(file.ID)
			if want := test.channel != ""; shown != want || want && content != "hello" {
				t.Errorf("it shows %q, %t", content, shown)
			}
		})
	}
}

// TestSim_LookupByEmail finds people in any case.
func TestSim_LookupByEmail(t *testing.T) {
	t.Parallel()
	w := sim.New(sim.Options{TeamID: "T1", BotToken: "xoxb-1"})
	server := httptest.NewServer(w.API())
	defer server.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	api := slackgo.New("xoxb-1", slackgo.OptionAPIURL(server.URL+"/"), slackgo.OptionHTTPClient(&http.Client{Timeout: testenv.Timeout, Transport: transport}))
	if user, err := api.GetUserByEmailContext(t.Context(), "ADA@example.com"); err != nil || user.ID != "U01ADA" {
		t.Errorf("%+v, %v", user, err)
	}
	if _, err := api.GetUserByEmailContext(t.Context(), "none@example.com"); err == nil || err.Error() != "users_not_found" {
		t.Errorf("%v", err)
	}
}
