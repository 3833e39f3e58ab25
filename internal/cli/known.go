package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/spelling"
	"github.com/gobridge/gopherbot/workqueue"
)

// checkType returns an error for a type of events that neither this release nor the queue
// knows.
func checkType(ctx context.Context, queue *workqueue.Inspector, eventType string) error {
	known := app.EventTypes()
	if slices.Contains(known, eventType) {
		return nil
	}
	if exists, err := queue.Exists(ctx, eventType); exists || err != nil {
		return err
	}
	return fmt.Errorf("no type of events is called %q%s The types are %s", eventType, orStop(spelling.DidYouMean(eventType, known)), strings.Join(known, ", "))
}

// orStop returns text, or a full stop in its place.
func orStop(text string) string {
	if text == "" {
		return "."
	}
	return text
}

// checkDeployment warns, sets the exit code, and returns false if Redis has nothing of a
// deployment: its name may be misspelt.
func (t *tool) checkDeployment(ctx context.Context, queue *workqueue.Inspector, reported *presence.Reader, name string) (known bool, err error) {
	names, err := reported.Deployments(ctx)
	if err != nil || slices.Contains(names, name) {
		return true, err
	}
	if exists, err := queue.Exists(ctx, app.EventTypes()...); exists || err != nil {
		return true, err
	}
	has := "has no deployment"
	if len(names) > 0 {
		const shown = 5
		has = "has " + strings.Join(names[:min(len(names), shown)], ", ")
		if len(names) > shown {
			has += fmt.Sprintf(" and %d others", len(names)-shown)
		}
	}
	fmt.Fprintf(t.Err, "%s: warning: this Redis has nothing of a deployment %q%s It %s. Set GOPHER_APP to the name of a deployment, or start its processes\n",
		t.Content.Name, name, orStop(spelling.DidYouMean(name, names)), has)
	t.exit = exitFailed
	return false, nil
}
