package sharkfin

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/sharkfin/client"
)

// list is a server with a list of channels, or an error.
type list struct {
	channels []client.Channel
	err      error
	asked    int
}

func (l *list) Channels(context.Context) ([]client.Channel, error) {
	l.asked++
	return l.channels, l.err
}

func TestChannels(t *testing.T) {
	t.Parallel()
	now := time.Now()
	l := &list{err: errors.New("away")}
	c := NewChannels(l)
	c.now = func() time.Time { return now }
	if _, err := c.Name(t.Context(), "town"); !errors.Is(err, l.err) {
		t.Error(err)
	}
	*l = list{channels: []client.Channel{{Name: "town", Public: true}, {Name: "secret"}}}
	for range 3 {
		if ids, err := c.IDs(t.Context(), "town", "secret", "nowhere"); err != nil || !slices.Equal(ids, []string{"town", "", ""}) {
			t.Error(ids, err)
		}
	}
	l.err = errors.New("away")
	now = now.Add(keepChannels)
	if name, err := c.Name(t.Context(), "town"); name != "town" || err != nil || l.asked != 2 {
		t.Errorf("%q, %v after %d questions", name, err, l.asked)
	}
	l.channels, l.err = nil, nil
	now = now.Add(retryChannels)
	if name, err := c.Name(t.Context(), "town"); name != "" || err != nil || l.asked != 3 {
		t.Errorf("%q, %v after %d questions", name, err, l.asked)
	}
}
