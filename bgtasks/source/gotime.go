package source

import (
	"context"
	"fmt"
	"time"
)

// GoTime reports when the show Go Time goes live on changelog.com. The site says
// that something is being streamed and, apart from that, when the show is
// scheduled; it is live when both agree.
type GoTime struct {
	Client *Client
	// URL is the base of the site, such as https://changelog.com/, with the slash.
	URL string
	// Now is the clock, time.Now by default.
	Now func() time.Time
}

// Name names the show by its server.
func (g GoTime) Name() string { return "gotime/" + host(g.URL) }

const (
	// goTimeAround is how long before and after its time the show may begin.
	goTimeAround = 30 * time.Minute
	// goTimeQuiet is how long after one show there is no other: a stream that
	// breaks off and comes back is the same show.
	goTimeQuiet = 12 * time.Hour
)

type goTimeCursor struct {
	validators
	Streaming bool `json:"streaming"`
	// Live is when the show was last found to be live.
	Live time.Time `json:"live"`
}

// Poll returns the show when it is live and was not before.
func (g GoTime) Poll(ctx context.Context, cursor string) ([]Item, string, error) {
	c, err := readCursor[goTimeCursor](cursor)
	if err != nil {
		return nil, cursor, err
	}
	var status struct {
		Streaming *bool `json:"streaming"`
	}
	known, changed, err := g.Client.getJSON(ctx, g.URL+"live/status", c.validators, &status)
	switch {
	case err != nil:
		return nil, cursor, err
	case changed && status.Streaming == nil:
		return nil, cursor, fmt.Errorf("%s does not say whether it streams", host(g.URL))
	case changed:
		c.validators, c.Streaming = known, *status.Streaming
	}
	now := now(g.Now)
	var items []Item
	// A time in the future is one that another leader's clock was wrong about.
	if c.Streaming && now.Sub(c.Live).Abs() > goTimeQuiet {
		at, err := g.scheduled(ctx)
		if err != nil {
			return nil, cursor, err
		}
		if now.Sub(at).Abs() <= goTimeAround {
			c.Live = now
			items = []Item{{ID: at.UTC().Format(time.RFC3339), Text: "Go Time is live:", Link: g.URL + "live", Title: "listen in"}}
		}
	}
	next, err := writeCursor(c)
	return items, next, err
}

// scheduled returns the time of the show that is on or comes next.
func (g GoTime) scheduled(ctx context.Context) (time.Time, error) {
	var countdown struct {
		Data time.Time `json:"data"`
	}
	if _, _, err := g.Client.getJSON(ctx, g.URL+"slack/countdown/gotime", validators{}, &countdown); err != nil {
		return time.Time{}, err
	}
	return countdown.Data, nil
}
