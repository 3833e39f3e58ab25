package logbuffer_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/logbuffer"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// variable has this test's binary log lines and end in the way that it names.
const variable = "GOPHER_LOGBUFFER_END"

func TestMain(m *testing.M) {
	if end := os.Getenv(variable); end != "" {
		logAndEnd(end)
		return
	}
	os.Exit(m.Run())
}

const lines = 1000

func logAndEnd(end string) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	w := logbuffer.New(os.Stdout)
	defer w.Flush()
	log := zerolog.New(w)
	for i := range lines {
		log.Info().Int("line", i).Send()
	}
	switch end {
	case "panic":
		panic("as the test wants")
	case "SIGTERM":
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
		select {
		case <-signals:
		case <-time.After(testenv.Timeout):
		}
	}
}

// TestWriter_NothingIsLost ends a process right after it has logged.
func TestWriter_NothingIsLost(t *testing.T) {
	t.Parallel()
	for end, code := range map[string]int{"exit": 0, "panic": 2, "SIGTERM": 0} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), self)
			cmd.Env = append(os.Environ(), variable+"="+end)
			out, _ := cmd.Output()
			if got := cmd.ProcessState.ExitCode(); got != code {
				t.Errorf("exit code %d, want %d", got, code)
			}
			if n := bytes.Count(out, []byte("\n")); n != lines || !bytes.Contains(out, fmt.Appendf(nil, `{"level":"info","line":%d}`, lines-1)) {
				t.Errorf("%d lines, want %d", n, lines)
			}
		})
	}
}

// counted counts the writes that reach it.
type counted struct {
	mu            sync.Mutex
	writes, lines int
	err           error
}

func (c *counted) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes++
	c.lines += bytes.Count(p, []byte("\n"))
	return len(p), c.err
}

func TestWriter_Buffers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := &counted{}
		w := logbuffer.New(out)
		log := zerolog.New(w)
		expect := func(when string, writes, lines int) {
			t.Helper()
			synctest.Wait()
			out.mu.Lock()
			defer out.mu.Unlock()
			if out.writes != writes || out.lines != lines {
				t.Errorf("%s: %d lines in %d writes, want %d in %d", when, out.lines, out.writes, lines, writes)
			}
		}
		log.Info().Send()
		expect("the first line", 1, 1)
		for range 100 {
			log.Info().Send()
		}
		expect("lines within the delay", 1, 1)
		time.Sleep(logbuffer.Delay)
		expect("after the delay", 2, 101)
		log.Info().Send()
		log.Error().Send()
		expect("an error", 3, 103)
		time.Sleep(3 * logbuffer.Delay)
		log.Info().Send()
		expect("after a pause", 4, 104)
		log.Info().Send()
		if err := w.Flush(); err != nil {
			t.Error(err)
		}
		expect("flushed", 5, 105)
		log.Info().Str("x", strings.Repeat("x", 100<<10)).Send()
		expect("a huge line", 6, 106)
		gone := errors.New("no reader")
		out.mu.Lock()
		out.err = gone
		out.mu.Unlock()
		log.Info().Send()
		if err := w.Flush(); !errors.Is(err, gone) {
			t.Errorf("flushed to nobody: %v", err)
		}
		time.Sleep(3 * logbuffer.Delay)
	})
}

func TestWriter_ConcurrentLines(t *testing.T) {
	t.Parallel()
	out := &testenv.Log{}
	w := logbuffer.New(out)
	log := zerolog.New(w)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range lines {
				log.Info().Str("text", "whole").Send()
			}
		})
	}
	testenv.Wait(t, &wg)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), `{"level":"info","text":"whole"}`+"\n"); n != 8*lines {
		t.Errorf("%d whole lines, want %d", n, 8*lines)
	}
}
