package sim_test

import (
	"slices"
	"testing"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestSendTwice_RepeatsTheSameEvent(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		s.SendTwice(true)
		ts, err := s.Say("U01ADA", "C01GENERAL", "hi", "")
		if err != nil {
			t.Fatal(err)
		}
		first, second := next(t, told), next(t, told)
		if first.text("event_id") == "" || first.text("event_id") != second.text("event_id") {
			t.Errorf("the events are %v and %v", first.body, second.body)
		}
		testenv.Eventually(t, "the journey says so", func() bool {
			j, ok := s.Journey("C01GENERAL", ts)
			return ok && slices.Equal(j.Notes, []string{"Slack sent it again"})
		})
		s.SendTwice(false)
		for _, text := range []string{"once", "and another"} {
			if _, err := s.Say("U01ADA", "C01GENERAL", text, ""); err != nil {
				t.Fatal(err)
			}
			if e := next(t, told).object("event"); e["text"] != text {
				t.Errorf("the app got %v", e)
			}
		}
	})
}

func TestNote_IsBounded(t *testing.T) {
	t.Parallel()
	s := serve(t, func(o *slacksim.Options) { o.EventURL = "http://127.0.0.1:1/" })
	ts, err := s.Say("U01ADA", "C01GENERAL", "hi", "")
	if err != nil {
		t.Fatal(err)
	}
	j, _ := s.Journey("C01GENERAL", ts)
	for _, note := range []string{"a", "b", "a", "c", "d", "e", "f", "g", "h"} {
		s.Note(j.EventID, note)
	}
	s.Note("Ev0", "of none")
	if j, _ = s.Journey("C01GENERAL", ts); !slices.Equal(j.Notes, []string{"a", "b", "c", "d", "e", "f"}) {
		t.Errorf("%q", j.Notes)
	}
	if _, ok := s.Journey("C01GENERAL", "1.2"); ok {
		t.Error("there is a journey of no message")
	}
}
