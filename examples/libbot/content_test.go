package main

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
)

func TestContent_Examples(t *testing.T) {
	t.Parallel()
	r, err := content.Registry(handler.Services{})
	if err != nil {
		t.Fatal(err)
	}
	handlertest.Examples(t, r)
}

// TestContent_Settings reads the bot's own variable.
func TestContent_Settings(t *testing.T) {
	t.Parallel()
	r, err := content.Registry(handler.Services{Setting: func(name string) string {
		return map[string]string{"LIBBOT_CATALOGUE_URL": "https://books.example/"}[name]
	}})
	if err != nil {
		t.Fatal(err)
	}
	result := handlertest.Say(t, r, "find Emma & <!channel>")
	if len(result.Replies) != 1 || !strings.Contains(result.Replies[0].Text, "<https://books.example/?q=Emma") || strings.Contains(result.Replies[0].Text, "<!channel>") {
		t.Errorf("%+v", result)
	}
}

// TestCallbacks_Desk has a reader join, and something that is no join.
func TestCallbacks_Desk(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	desk := content.Callbacks(handler.Services{Log: slog.New(slog.NewTextHandler(&log, nil))})["desk"]
	err := desk(t.Context(), handler.Callback{ID: "msg_1", Body: []byte(`{"from":{"user_huid":"U1"}}`)})
	if err != nil || !strings.Contains(log.String(), "reader=U1 delivery_id=msg_1") {
		t.Errorf("%v: %s", err, &log)
	}
	if err := desk(t.Context(), handler.Callback{Body: []byte(`{"request_id":"r1"}`)}); !errors.Is(err, handler.ErrNoRetry) {
		t.Error(err)
	}
}

// TestManifest_IsGenerated holds the file to the declarations. "libbot manifest"
// writes it.
func TestManifest_IsGenerated(t *testing.T) {
	t.Parallel()
	m, err := app.SlackManifest(content, "")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile("slack-manifest.yaml")
	if err != nil || !bytes.Equal(file, m.YAML()) {
		t.Errorf("slack-manifest.yaml is not what \"libbot manifest\" writes (%v)", err)
	}
}

// TestTexts_AreTheLibrarys looks in every text for another community's.
func TestTexts_AreTheLibrarys(t *testing.T) {
	t.Parallel()
	other := regexp.MustCompile(`(?i)gophers?\b|golang|go\.dev|\bGo\b`)
	names, err := filepath.Glob("*/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("terms %v (%v)", names, err)
	}
	for _, name := range append(names, "commands.go", "desk.go", "search.go", "welcome.go") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if found := other.Find(text); found != nil {
			t.Errorf("%s says %q", name, found)
		}
	}
	r, err := content.Registry(handler.Services{})
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{"help", "define", "define nonsense", "define loan", "hours", "opening ours"} {
		if found := other.FindString(handlertest.Say(t, r, said).String()); found != "" {
			t.Errorf("%s is answered with %q", said, found)
		}
	}
}
