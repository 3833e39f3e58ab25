package doctor_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/doctor"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

func TestSharkfin(t *testing.T) {
	t.Parallel()
	bot := sharkfin.Identity{Username: "gopher", Type: "service", Role: "bot"}
	channels := []client.Channel{{Name: "town", Public: true, Member: true}, {Name: "news", Public: true}}
	for name, test := range map[string]struct {
		address      string // https by default
		me           sharkfin.Identity
		err, listErr error
		list         []client.Channel
		joins        []string
		speaks       []doctor.Channel
		want         []string // status and a part of the message or the fix of each finding
	}{
		"all is well": {me: bot, list: channels, joins: []string{"news"}, speaks: []doctor.Channel{{Name: "news"}, {Name: "town"}},
			want: []string{"ok https://chat.example.org", "ok the bot is @gopher", "ok the bot is in 1 of 2"}},
		"plain text": {address: "http://chat.example.org/", me: bot, list: channels,
			want: []string{"warning in plain text", "ok @gopher", "ok 1 of 2"}},
		"plain text on this machine": {address: "http://127.0.0.1:16000/", me: bot, list: channels,
			want: []string{"ok http://127.0.0.1:16000", "ok @gopher", "ok 1 of 2"}},
		"a refused key":   {err: fmt.Errorf("register: %w", client.ErrUnauthorized), want: []string{"ok", "failure does not accept GOPHER_SHARKFIN_KEY"}},
		"another server":  {err: fmt.Errorf("register: %w: 404", sharkfin.ErrNotSharkfin), want: []string{"ok", "failure GOPHER_SHARKFIN_URL"}},
		"no answer":       {err: errors.New("connection refused"), want: []string{"ok", "failure connection refused"}},
		"administrator":   {me: sharkfin.Identity{Username: "gopher", Type: "service", Role: "admin"}, list: channels, want: []string{"ok", "warning administrator", "ok"}},
		"a person's key":  {me: sharkfin.Identity{Username: "ada", Type: "user", Role: "user"}, list: channels, want: []string{"ok", "warning type service", "ok"}},
		"no list":         {me: bot, listErr: errors.New("500"), want: []string{"ok", "ok", "warning 500"}},
		"no channel":      {me: bot, list: channels[1:], want: []string{"ok", "ok", "warning direct messages only"}},
		"a wrong name":    {me: bot, list: channels, joins: []string{"nwes"}, want: []string{"ok", "ok", "failure #nwes (GOPHER_SHARKFIN_CHANNELS)"}},
		"an unknown post": {me: bot, list: channels, speaks: []doctor.Channel{{Name: "ops", Does: "posts announcements"}}, want: []string{"ok", "ok", "failure #ops (posts announcements)"}},
		"not in it":       {me: bot, list: channels, speaks: []doctor.Channel{{Name: "news", Does: "posts announcements"}}, want: []string{"ok", "ok", "failure not in #news (posts announcements)"}},
	} {
		if test.address == "" {
			test.address = "https://chat.example.org/"
		}
		list := doctor.Sharkfin(t.Context(), doctor.SharkfinServer{
			URL: test.address, Joins: test.joins, Speaks: test.speaks,
			Identify: func(context.Context) (sharkfin.Identity, error) { return test.me, test.err },
			Channels: func(context.Context) ([]client.Channel, error) { return test.list, test.listErr },
		})
		if len(list) != len(test.want) {
			t.Errorf("%s: %+v", name, list)
			continue
		}
		for i, f := range list {
			status, part, _ := strings.Cut(test.want[i], " ")
			if string(f.Status) != status || !strings.Contains(f.Message+" "+f.Fix, part) || (f.Fix == "") != (status == "ok") {
				t.Errorf("%s: %+v, want %s", name, f, test.want[i])
			}
		}
	}
}
