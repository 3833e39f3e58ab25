package workqueue_test

import (
	"testing"

	"github.com/gobridge/gopherbot/workqueue"
)

// TestDelivery_MadeByHand is a Delivery as tests of handlers make it.
func TestDelivery_MadeByHand(t *testing.T) {
	t.Parallel()
	d := workqueue.Delivery{Event: workqueue.Event{Type: "greeting"}}
	if d.Completed("greet") || len(d.CompletedActions()) > 0 {
		t.Error("an action is completed")
	}
	if err := d.Complete(t.Context(), "greet"); err == nil {
		t.Error("completed an action that nothing remembers")
	}
}
