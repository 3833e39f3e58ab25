package sim_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"go.uber.org/goleak"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func workspace(eventURL string) *slacksim.Workspace {
	return slacksim.New(slacksim.Options{
		AppID: "A1", TeamID: "T1", SigningSecret: "s", BotToken: "xoxb-1", EventURL: eventURL,
		Client:  &http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}},
		Retries: []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond},
	})
}

func TestSim_ResendsEvents(t *testing.T) {
	t.Parallel()
	type try struct{ num, reason string }
	tries := make(chan try, 10)
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tries <- try{r.Header.Get("X-Slack-Retry-Num"), r.Header.Get("X-Slack-Retry-Reason")}
		if r.Header.Get("X-Slack-Retry-Num") != "2" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer gateway.Close()
	w := workspace(gateway.URL)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- w.Run(ctx) }()

	if _, err := w.Say("U01ADA", "C01GENERAL", "hi", ""); err != nil {
		t.Fatal(err)
	}
	for _, want := range []try{{"", ""}, {"1", "http_error"}, {"2", "http_error"}} {
		if got := testenv.Next(t, tries); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	testenv.Eventually(t, "the journey does not say that it was refused", func() bool {
		return w.Snapshot().Messages[0].Journey.Outcome == ""
	})
	cancel()
	if err := testenv.Next(t, stopped); err != nil {
		t.Error(err)
	}
	if len(tries) > 0 {
		t.Error("it was sent again though it was taken")
	}
}

func TestSim_ListsChannelsInPages(t *testing.T) {
	t.Parallel()
	w := workspace("")
	server := httptest.NewServer(w.API())
	defer server.Close()
	client := &http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	api := slack.New("xoxb-1", slack.OptionAPIURL(server.URL+"/"), slack.OptionHTTPClient(client))

	var names []string
	for cursor := ""; ; {
		page, next, err := api.GetConversationsContext(t.Context(), &slack.GetConversationsParameters{Cursor: cursor, Limit: 4})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page {
			names = append(names, c.Name)
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	if want := []string{"general", "newbies", "reviews", "showandtell", "performance", "security", "jobs", "random"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	if n := len(w.Calls("conversations.list")); n != 2 {
		t.Errorf("%d pages of 4 channels, want 2", n)
	}
}

func TestSim_FilesNeedTheToken(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(nil)
	w := slacksim.New(slacksim.Options{
		AppID: "A1", TeamID: "T1", SigningSecret: "s", BotToken: "xoxb-1", APIURL: "http://" + server.Listener.Addr().String() + "/",
	})
	server.Config.Handler = w.API()
	server.Start()
	defer server.Close()
	if _, err := w.Upload("U01ADA", "C01GENERAL", "look", "", "main.go", "package main"); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{
		Timeout:       testenv.Timeout,
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	file := w.Snapshot().Messages[0].Files[0]
	read := func(token, id string) (int, string) {
		t.Helper()
		api := slack.New("xoxb-1", slack.OptionAPIURL(server.URL+"/"), slack.OptionHTTPClient(client))
		info, _, _, err := api.GetFileInfoContext(t.Context(), file.ID, 1, 1)
		if err != nil || info.Name != "main.go" || info.Size != 12 || info.Mimetype != "text/plain" {
			t.Fatalf("%+v (%v)", info, err)
		}
		r, err := http.NewRequestWithContext(t.Context(), "GET", strings.Replace(info.URLPrivateDownload, file.ID, id, 1), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		content, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(content)
	}
	if status, content := read("xoxb-1", file.ID); status != 200 || content != "package main" {
		t.Errorf("%d %q", status, content)
	}
	if status, _ := read("xoxb-2", file.ID); status != http.StatusFound {
		t.Errorf("with another token: %d, want a redirection to a login", status)
	}
	if status, _ := read("xoxb-1", "F0"); status != http.StatusNotFound {
		t.Errorf("another file: %d", status)
	}
}

func TestSim_WebAPIRefusals(t *testing.T) {
	t.Parallel()
	w := workspace("")
	server := httptest.NewServer(w.API())
	defer server.Close()
	client := &http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	api := func(token string) *slack.Client {
		return slack.New(token, slack.OptionAPIURL(server.URL+"/"), slack.OptionHTTPClient(client))
	}
	bot := api("xoxb-1")
	react := func() error {
		return bot.AddReactionContext(t.Context(), "wave", slack.NewRefToMessage("C01GENERAL", "1.2"))
	}
	for want, err := range map[string]error{
		"invalid_auth":        second(api("guess").AuthTestContext(t.Context())),
		"not_authed":          second(api("").AuthTestContext(t.Context())),
		"channel_not_found":   third(bot.PostMessageContext(t.Context(), "C99", slack.MsgOptionText("hi", false))),
		"no_text":             third(bot.PostMessageContext(t.Context(), "C01GENERAL", slack.MsgOptionText("", false))),
		"user_not_in_channel": second(bot.PostEphemeralContext(t.Context(), "C02NEWBIES", "U01ADA", slack.MsgOptionText("hi", false))),
		"message_not_found":   react(),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func second[A any](_ A, err error) error        { return err }
func third[A, B any](_ A, _ B, err error) error { return err }

// TestSim_JourneyOrder tells of the steps in another order.
func TestSim_JourneyOrder(t *testing.T) {
	t.Parallel()
	w := workspace("")
	if _, err := w.Say("U01ADA", "C01GENERAL", "hi", ""); err != nil {
		t.Fatal(err)
	}
	id := w.Snapshot().Messages[0].Journey.EventID
	start := time.Now().Add(time.Second)
	w.Step(id, slacksim.Taken, start.Add(20*time.Millisecond))
	w.Step(id, slacksim.Handled, start.Add(50*time.Millisecond))
	w.Step(id, slacksim.Accepted, start.Add(10*time.Millisecond))
	w.Step(id, slacksim.Queued, start.Add(25*time.Millisecond)) // heard of late
	w.Step(id, slacksim.Queued, start.Add(99*time.Millisecond)) // and twice

	var names []string
	var took []float64
	for _, s := range w.Snapshot().Messages[0].Journey.Steps {
		names, took = append(names, s.Name), append(took, s.MS)
	}
	if want := []string{"accepted", "queued", "taken", "handled"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	if want := []float64{10, 0, 30}; !slices.Equal(took[1:], want) {
		t.Errorf("took %v, want %v after the first", took[1:], want)
	}
}

func TestSim_RemembersTheLatest(t *testing.T) {
	t.Parallel()
	w := slacksim.New(slacksim.Options{Remember: 2, Latency: time.Millisecond, BotToken: "xoxb-1"})
	server := httptest.NewServer(w.API())
	defer server.Close()
	client := &http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	bot := slack.New("xoxb-1", slack.OptionAPIURL(server.URL+"/"), slack.OptionHTTPClient(client))
	var said []string
	for range 3 {
		ts, err := w.Say("U01ADA", "C01GENERAL", "hi", "")
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, ts)
	}
	for i, want := range []string{"message_not_found", "", ""} {
		err := bot.AddReactionContext(t.Context(), "wave", slack.NewRefToMessage("C01GENERAL", said[i]))
		if got := fmt.Sprint(err); err != nil && got != want || err == nil && want != "" {
			t.Errorf("message %d: %v, want %q", i+1, err, want)
		}
	}
}
