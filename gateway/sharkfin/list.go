package sharkfin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// keepList lists the channels that the bot is in until ctx ends: at once, at intervals, and
// when something is heard of one that is not known. It calls opened after the first time.
func (t *turn) keepList(ctx context.Context, tried <-chan struct{}, opened func()) {
	backoff := client.Backoff(t.timings.first, t.timings.longest)
	select {
	case <-tried: // direct conversations are listed over the socket
	case <-ctx.Done():
		return
	}
	for failures := 0; ; {
		wait := t.timings.relist
		switch err := t.list(ctx); {
		case err == nil:
			failures = 0
			t.stats.answer()
			opened()
		case ctx.Err() != nil:
			return
		case lost(err):
			t.end(err)
			return
		default:
			wait = max(wait, backoff(failures))
			failures++
			t.log.Error().Err(explain(err)).Dur("pause_ms", wait).Msg("list the channels: it failed, and is tried again; those that are known are read")
			t.relist.set()
		}
		if !pause.For(ctx, wait) {
			return
		}
		timer := time.NewTimer(max(t.timings.list-wait, 0))
		select {
		case <-t.relist:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// listing are the channels that the bot is in.
type listing struct {
	found map[string]*channel
	// markers are channels whose newest ids may be looked at, for the high-water mark.
	markers []string
	// complete says that direct conversations are among the found.
	complete bool
}

// list lists the channels that the bot is in, joins those that it should be in, and begins to
// follow those that are new.
func (t *turn) list(ctx context.Context) error {
	seen := t.newest.value() // before the server answers
	list, err := t.ask(ctx)
	if err != nil && len(list.found) == 0 {
		return err
	}
	if err := t.start(ctx, list); err != nil {
		return err
	}
	t.follows(ctx, list)
	// A direct conversation that could not be listed may have messages below the mark.
	if list.complete {
		return t.cursors.advanceMark(ctx, seen)
	}
	return err
}

// ask asks the server for the channels, and for people. With an error it returns what it has.
func (t *turn) ask(ctx context.Context) (listing, error) {
	list := listing{found: map[string]*channel{}}
	all, err := t.rest.Channels(ctx)
	if err != nil {
		return list, err
	}
	t.join(ctx, all)
	for _, c := range all {
		if c.Member {
			list.found[c.Name] = &channel{name: c.Name, kind: sharkfin.ChannelType, public: c.Public}
		}
		if c.Member || c.Public {
			list.markers = append(list.markers, c.Name)
		}
	}
	direct, err := t.directs(ctx)
	if err != nil {
		return list, fmt.Errorf("list the direct conversations: %w", err)
	}
	for _, d := range direct {
		if list.found[d.Channel] == nil {
			list.found[d.Channel] = &channel{name: d.Channel, kind: sharkfin.DirectType}
			list.markers = append(list.markers, d.Channel)
		}
	}
	people, err := t.users(ctx)
	if err != nil {
		return list, fmt.Errorf("list the people: %w", err)
	}
	t.people.set(people)
	list.complete = true
	return list, nil
}

// directs asks for the direct conversations: over the socket, which is open most of the
// time, or by the server's tools.
func (t *turn) directs(ctx context.Context) ([]client.DM, error) {
	return overEither(ctx, t, (*client.Client).DMList, t.tools.DMs)
}

// users asks for all whom the server knows.
func (t *turn) users(ctx context.Context) ([]client.User, error) {
	return overEither(ctx, t, (*client.Client).Users, t.tools.Users)
}

func overEither[T any](ctx context.Context, t *turn, overSocket func(*client.Client, context.Context) (T, error), byTool func(context.Context) (T, error)) (T, error) {
	inTime, cancel := context.WithTimeout(ctx, t.timings.call)
	defer cancel()
	if s := t.socket.Load(); s != nil {
		list, err := overSocket(s.client, inTime)
		if !errors.Is(err, client.ErrNotConnected) {
			return list, err
		}
	}
	return byTool(inTime)
}

// join joins the channels that the bot should be in and is not.
func (t *turn) join(ctx context.Context, all []client.Channel) {
	for _, name := range t.opts.Channels {
		i := slices.IndexFunc(all, func(c client.Channel) bool { return c.Name == name })
		if i >= 0 && all[i].Member {
			continue
		}
		if err := t.rest.JoinChannel(ctx, name); err != nil {
			if ctx.Err() == nil && t.stats.notJoined(name) {
				t.log.Error().Err(err).Str("channel", name).Msg("join a channel of GOPHER_SHARKFIN_CHANNELS: create it on the server, or correct its name; it is tried again at each listing")
			}
			continue
		}
		t.log.Info().Str("channel", name).Msg("joined a channel")
		if i >= 0 {
			all[i].Member = true
		} else {
			t.relist.set() // whether it is public is known then
		}
	}
}

// start gives a cursor to each channel that has none: the high-water mark, so that nothing is
// missed that was sent since the last listing, or its newest message if nothing was listed
// before.
func (t *turn) start(ctx context.Context, list listing) error {
	mark, marked := t.cursors.highWater()
	begin := map[string]int64{}
	newest, err := map[string]int64(nil), error(nil)
	if !marked {
		if newest, err = t.newestOf(ctx, list.markers); err != nil {
			return err
		}
		for _, id := range newest {
			mark = max(mark, id)
		}
	}
	for name := range list.found {
		if _, ok := t.cursors.of(name); ok {
			continue
		}
		if id, ok := newest[name]; ok {
			begin[name] = id
		} else {
			begin[name] = mark
		}
	}
	if err := t.cursors.advance(ctx, begin); err != nil {
		return err
	}
	if !marked {
		t.newest.raise(mark)
		return t.cursors.advanceMark(ctx, mark)
	}
	return nil
}

// newestOf returns the ids of the newest messages of channels, 0 for one without any.
func (t *turn) newestOf(ctx context.Context, names []string) (map[string]int64, error) {
	newest := map[string]int64{}
	var mu sync.Mutex
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(readers)
	for _, name := range names {
		all.Go(func() error {
			last, err := t.rest.ListMessages(ctx, name, &client.HistoryOpts{Limit: new(1)})
			if large, ok := errors.AsType[*client.LargeMessageError](err); ok {
				last, err = []client.Message{{ID: large.ID}}, nil
			}
			if err != nil {
				return fmt.Errorf("look up the newest message of channel %q: %w", name, err)
			}
			mu.Lock()
			defer mu.Unlock()
			newest[name] = 0
			if len(last) > 0 {
				newest[name] = last[len(last)-1].ID
			}
			return nil
		})
	}
	return newest, all.Wait()
}

// follows begins to follow the channels that are new in a listing, and stops following those
// that are gone.
func (t *turn) follows(ctx context.Context, list listing) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, c := range t.channels {
		if list.found[name] == nil && (list.complete || c.kind != sharkfin.DirectType) {
			c.leave()
			delete(t.channels, name)
		}
	}
	for name, c := range list.found {
		if t.channels[name] != nil {
			continue
		}
		following, leave := context.WithCancel(ctx)
		c.wake, c.leave = newSignal(), leave
		t.channels[name] = c
		t.running.Go(func() {
			defer leave()
			t.follow(following, c)
		})
	}
	t.stats.channels(len(t.channels))
}
