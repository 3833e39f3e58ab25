package app

import (
	"errors"
	"testing"
	"time"

	gatewaysharkfin "github.com/gobridge/gopherbot/gateway/sharkfin"
	"github.com/gobridge/gopherbot/internal/presence"
)

func TestSharkfinFeed(t *testing.T) {
	t.Parallel()
	both := map[string]bool{"ws": true, "presence": true}
	for _, test := range []struct {
		stats gatewaysharkfin.Stats
		err   error
		want  presence.Feed
	}{
		{gatewaysharkfin.Stats{Open: map[string]bool{"ws": true}}, nil, presence.Feed{}},
		{gatewaysharkfin.Stats{Leads: true, Open: both, Channels: 3}, nil, presence.Feed{Leads: true, Wanted: 2, Open: 2, Channels: 3}},
		{gatewaysharkfin.Stats{Leads: true, Open: map[string]bool{"ws": true, "presence": false}}, nil, presence.Feed{Leads: true, Wanted: 2, Open: 1, Problem: "a socket is closed"}},
		{gatewaysharkfin.Stats{Leads: true, Open: both, Alone: true}, nil, presence.Feed{Leads: true, Wanted: 2, Open: 2, Problem: "another client uses the key"}},
		{gatewaysharkfin.Stats{Leads: true, Open: both, Alone: true}, errors.New("silent"), presence.Feed{Leads: true, Wanted: 2, Open: 2, Problem: "no answer: see the log"}},
	} {
		if got := sharkfinFeed(test.stats, test.err); got != test.want {
			t.Errorf("%+v: %+v, want %+v", test.stats, got, test.want)
		}
	}
}

func TestSharkfinCounts(t *testing.T) {
	t.Parallel()
	now := time.Now()
	if c := sharkfinCounts(gatewaysharkfin.Stats{}, now); c.Silence != 0 || c.Leads {
		t.Errorf("of one that stands by: %+v", c)
	}
	c := sharkfinCounts(gatewaysharkfin.Stats{Leads: true, Answered: now.Add(-time.Minute), Deaf: 2, Channels: 3}, now)
	if c.Silence != time.Minute || !c.Leads || c.Deaf != 2 || c.Channels != 3 {
		t.Errorf("%+v", c)
	}
}
