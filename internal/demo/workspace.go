package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/page"
	"github.com/gobridge/gopherbot/internal/spelling"
)

// The platforms that the demo simulates.
const (
	Slack    = "slack"
	Sharkfin = "sharkfin"
)

// Platforms returns the names of the platforms that the demo simulates.
func Platforms() []string { return []string{Slack, Sharkfin} }

// CheckPlatform returns an error, with the nearest name, for a platform that the demo does not
// simulate.
func CheckPlatform(name string) error {
	if slices.Contains(Platforms(), name) {
		return nil
	}
	return fmt.Errorf("there is no platform %q%s; want one of %s", name, spelling.DidYouMean(name, Platforms()), strings.Join(Platforms(), ", "))
}

var errSockets = errors.New("--socket is for Slack's Socket Mode: leave it out, or --platform")

// workspace is a simulated workspace of a platform. A *slacksim.Workspace and a *room are.
type workspace interface {
	page.Workspace
	Snapshot() slacksim.Snapshot
	// Step, Note and Outcome report the journey of an event, and Journey returns that of a
	// message.
	Step(eventID, name string, at time.Time)
	Note(eventID, note string)
	Outcome(eventID, outcome string)
	Journey(channel, ts string) (slacksim.Journey, bool)
	// Run serves the workspace until ctx ends.
	Run(ctx context.Context) error
}
