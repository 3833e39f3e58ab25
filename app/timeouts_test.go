package app_test

import (
	"testing"

	"github.com/gobridge/gopherbot/consumer"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestTimeouts_AreOrdered holds what is within something else to be shorter.
func TestTimeouts_AreOrdered(t *testing.T) {
	t.Parallel()
	if http, action, lease := slackapi.DefaultTimeout, consumer.DefaultActionTimeout, workqueue.DefaultLease; http >= action || action >= lease {
		t.Errorf("a call of Slack may take %v, an action %v, and a lease lasts %v: want them in that order", http, action, lease)
	}
}
