package demo_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/pause"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/page"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// viewer is a page without a browser: it follows a demo's stream.
type viewer struct {
	testing.TB
	url string

	mu       sync.Mutex
	state    page.State
	channels []slacksim.Channel
	messages map[string]slacksim.Message // by timestamp
}

func view(t *testing.T, url string) *viewer {
	t.Helper()
	v := &viewer{TB: t, url: url, messages: map[string]slacksim.Message{}}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			v.follow(ctx)
		}
	}()
	t.Cleanup(func() {
		cancel()
		testenv.Next(t, ended)
	})
	testenv.Eventually(t, "the page has the workspace", func() bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		return len(v.channels) > 0
	})
	return v
}

// follow follows the stream until it ends, as it does for a page that is too slow. Like a browser it
// drops an event that has not come whole.
func (v *viewer) follow(ctx context.Context) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.url+"/api/stream", nil)
	if err != nil {
		v.Error(err)
		return
	}
	stream, err := (&http.Client{Timeout: 10 * testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		pause.For(ctx, 50*time.Millisecond) // the demo may be about to end
		return
	}
	defer stream.Body.Close()
	lines := bufio.NewScanner(stream.Body)
	lines.Buffer(nil, 64<<20)
	var kind, data string
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "event":
			kind = value
		case "data":
			data = value
		case "":
			if data != "" {
				v.take(kind, []byte(data))
			}
			data = ""
		}
	}
}

func (v *viewer) take(kind string, data []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var err error
	switch kind {
	case "demo":
		v.state = page.State{}
		err = json.Unmarshal(data, &v.state)
	case "snapshot":
		var s slacksim.Snapshot
		err = json.Unmarshal(data, &s)
		v.channels = s.Channels
		for _, m := range s.Messages {
			v.messages[m.TS] = m
		}
	case "message":
		var m slacksim.Message
		err = json.Unmarshal(data, &m)
		v.messages[m.TS] = m
	}
	if err != nil {
		v.Errorf("%s: %v", kind, err)
	}
}

// post does what a click does.
func (v *viewer) post(path string, body any) {
	v.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		v.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: testenv.Timeout}
	response, err := client.Post(v.url+"/api/"+path, "application/json", bytes.NewReader(content))
	if err != nil {
		v.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct{ Error string }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Error != "" {
		v.Fatalf("%s: %s (%v)", path, answer.Error, err)
	}
}

// now returns the state of the demo.
func (v *viewer) now() page.State {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.state
}

// fault returns a fault of the demo.
func (v *viewer) fault(id string) page.Fault {
	v.Helper()
	for _, f := range v.now().Faults {
		if f.ID == id {
			return f
		}
	}
	v.Fatalf("there is no fault %q", id)
	return page.Fault{}
}

// in returns the messages of a channel, by whom they were said.
func (v *viewer) in(channel string) map[string][]slacksim.Message {
	v.mu.Lock()
	defer v.mu.Unlock()
	by := map[string][]slacksim.Message{}
	for _, m := range v.messages {
		if m.Channel == channel {
			by[m.User] = append(by[m.User], m)
		}
	}
	return by
}
