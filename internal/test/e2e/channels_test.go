package e2e

import (
	"testing"

	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/event"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestBot_ChannelChanges changes channels when bgtasks has listed
// them and will not for ten minutes.
func TestBot_ChannelChanges(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.startAll()
	directory := channeldir.NewDirectory(b.rdb, b.environ["GOPHER_APP"], event.Workspace{Source: event.Slack})
	is := func(name, want string) {
		t.Helper()
		testenv.Eventually(t, "#"+name+" is "+want, func() bool {
			id, err := directory.ID(t.Context(), name)
			return err == nil && id == want
		})
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	is("newbies", newbies)
	must(b.slack.RenameChannel(newbies, "beginners"))
	is("beginners", newbies)
	is("newbies", "")
	must(b.slack.ArchiveChannel(newbies))
	is("beginners", "")
	must(b.slack.UnarchiveChannel(newbies))
	is("beginners", newbies)
	id, err := b.slack.CreateChannel("fun")
	must(err)
	is("fun", id)
	b.slack.Fail("conversations.info", slacksim.Fault{Status: 500})
	must(b.slack.ArchiveChannel(id))
	is("fun", "")
	must(b.slack.UnarchiveChannel(id))
	is("fun", id) // at the second try
}

// TestChannelDirectory_OneOddChannel has a channel of which Slack answers what
// slack-go cannot decode, in the list of all channels and by itself.
func TestChannelDirectory_OneOddChannel(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	if err := b.slack.RestrictPosting(newbies); err != nil {
		t.Fatal(err)
	}
	b.startAll()
	directory := channeldir.NewDirectory(b.rdb, b.environ["GOPHER_APP"], event.Workspace{Source: event.Slack})
	is := func(name, want string) {
		t.Helper()
		testenv.Eventually(t, "#"+name+" is "+want, func() bool {
			id, err := directory.ID(t.Context(), name)
			return err == nil && id == want
		})
	}
	is("general", general)
	is("newbies", newbies)
	if err := b.slack.ArchiveChannel(newbies); err != nil {
		t.Fatal(err)
	}
	is("newbies", "")
	if err := b.slack.UnarchiveChannel(newbies); err != nil {
		t.Fatal(err)
	}
	is("newbies", newbies)
}
