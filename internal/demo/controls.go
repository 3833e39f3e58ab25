package demo

import (
	"context"
	"errors"

	"github.com/gobridge/gopherbot/internal/slack/sim/page"
)

// controls are what people control on the page. It implements page.Demo.
type controls struct {
	blog     *blog // nil if the bot does not follow it
	tour     *tour
	faults   *faults
	notifier *notifier
	examples []page.Example
	notes    []string
	changes  *signal
}

func (c *controls) State() (page.State, <-chan struct{}) {
	changed := c.changes.next() // first: a change after it is not missed
	return page.State{
		Examples: c.examples, Tour: c.tour.state(), Faults: c.faults.state(), Publishes: c.blog != nil, Notes: c.notes,
		Notify: c.notifier.state(),
	}, changed
}

func (c *controls) Publish(ctx context.Context) error {
	if c.blog == nil {
		return errors.New("the bot follows the feeds of GOPHER_FEEDS instead of the demo's blog")
	}
	return c.blog.publish(ctx)
}

func (c *controls) Play(paced bool) error                    { return c.tour.play(paced) }
func (c *controls) Stop()                                    { c.tour.stop() }
func (c *controls) Begin(fault string, by page.Person) error { return c.faults.begin(fault, by) }
func (c *controls) End(fault string) error                   { return c.faults.end(fault) }

func (c *controls) Alert(ctx context.Context, fire bool) error { return c.notifier.alert(ctx, fire) }
