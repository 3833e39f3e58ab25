package app

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/consumer/gophers"
	"github.com/gobridge/gopherbot/internal/config"
)

// TestMain_DropsSecrets runs Main in this process, so it is
// not parallel to others.
func TestMain_DropsSecrets(t *testing.T) {
	for name, value := range map[string]string{
		"REDIS_URL": "rediss://:hunter2@redis.example:6379", "GOPHER_SLACK_APP_ID": "A1", "GOPHER_SLACK_TEAM_ID": "T1",
		"GOPHER_SLACK_REQUEST_SECRET": "8f742231b10e8888abcd99yyyzzz85a5", "GOPHER_SLACK_BOT_ACCESS_TOKEN": "xoxb-1",
		"GOPHER_SLACK_CLIENT_SECRET": "x", "GOPHER_SLACK_REQUEST_TOKEN": "x", "GOPHER_LOG_LEVEL": "error",
		"OTEL_EXPORTER_OTLP_HEADERS": "x-api-key=x", "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "x-api-key=x",
	} {
		t.Setenv(name, value)
	}
	args := os.Args
	t.Cleanup(func() { os.Args = args })
	os.Args = []string{"gateway"}
	ran := false
	code := serve(Gateway, gophers.Content, func(_ context.Context, e env) error {
		ran = true
		for _, name := range config.SecretNames() {
			if value, ok := os.LookupEnv(name); ok {
				t.Errorf("%s=%s is still in the environment", name, value)
			}
		}
		if e.config.SlackBotAccessToken.Reveal() != "xoxb-1" {
			t.Error("and the configuration has lost it")
		}
		return nil
	})
	if !ran || code != 0 {
		t.Errorf("ran: %v, exit code %d", ran, code)
	}
}

// TestLogLibraries_JSON has the standard library's logger say what net/http
// says of a connection that misbehaves: whoever reads the log wants JSON alone,
// and what the other side sent is nobody's to read.
func TestLogLibraries_JSON(t *testing.T) {
	t.Setenv("REDIS_URL", "rediss://:hunter2@redis.example:6379")
	t.Setenv("GOPHER_SLACK_BOT_ACCESS_TOKEN", "xoxb-1")
	args, stderr, writer := os.Args, os.Stderr, log.Writer()
	t.Cleanup(func() {
		os.Args, os.Stderr = args, stderr
		log.SetOutput(writer)
	})
	out, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	os.Args, os.Stderr = []string{"bgtasks"}, out
	t.Setenv("GOPHER_REDIS_PATIENCE", "5m")
	t.Setenv("GOPHER_FEED", "a secret")
	serve(BGTasks, gophers.Content, func(context.Context, env) error {
		log.Printf("Unsolicited response received on idle HTTP channel starting with %q; err=%v", "a secret", nil)
		log.Print("http: panic serving 127.0.0.1:1: not today\ngoroutine 1 [running]:\n\tfile.go:7")
		return nil
	})
	logged, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	var messages []string
	for line := range strings.Lines(string(logged)) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil || fields["level"] == nil || fields["time"] == nil || fields["process"] != "bgtasks" {
			t.Errorf("logged %q (%v)", line, err)
		}
		messages = append(messages, fmt.Sprint(fields["message"]))
	}
	all := strings.Join(messages, "\n")
	if n := strings.Count(all, "GOPHER_REDIS_PATIENCE is deprecated and will stop working in the next release: rename it to GOPHER_REDIS_MAX_OUTAGE"); n != 1 {
		t.Errorf("the deprecated variable is logged %d times, want once: %q", n, messages)
	}
	if !strings.Contains(all, "GOPHER_FEED is set, and no program of this release reads it: rename it to GOPHER_FEEDS") {
		t.Errorf("the misspelt variable is not logged: %q", messages)
	}
	if !strings.Contains(all, "Unsolicited response") || !strings.Contains(all, "file.go:7") || strings.Contains(all, "a secret") {
		t.Errorf("logged %q", messages)
	}
}

// TestConsumer_ConnectionMinimum never gets as far as Redis.
func TestConsumer_ConnectionMinimum(t *testing.T) {
	t.Parallel()
	err := Run(t.Context(), Consumer, gophers.Content, Options{Environ: []string{
		"REDIS_URL=rediss://redis.invalid:6379", "GOPHER_REDIS_MODE=cluster", "GOPHER_QUEUE_SHARDS=4", "GOPHER_REDIS_CONNECTIONS=10",
		"GOPHER_SLACK_TEAM_ID=T1", "GOPHER_SLACK_BOT_ACCESS_TOKEN=xoxb-1",
	}})
	if err == nil || !strings.Contains(err.Error(), "GOPHER_REDIS_CONNECTIONS is 10: a consumer waits for events on 44") {
		t.Error(err)
	}
}

func TestFlags_Version(t *testing.T) {
	t.Parallel()
	var out, errs strings.Builder
	if done, code := flags(Consumer, []string{"--version"}, &out, &errs); !done || code != 0 || errs.String() != "" || out.String() != Version("consumer")+"\n" {
		t.Errorf("done %v, code %d, wrote %q and %q", done, code, out.String(), errs.String())
	}
}
