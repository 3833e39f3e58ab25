package channeldir

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua
var luaFiles embed.FS

// The scripts. Each file documents its keys, arguments and result.
var (
	replaceScript = script("replace")
	applyScript   = script("apply")
)

func script(name string) *redis.Script {
	source, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(err) // the files are compiled in
	}
	return redis.NewScript(string(source))
}

// Change is a change of a channel.
type Change struct {
	ID string
	// Name is its new name, "" if it was archived or deleted.
	Name string
}

// changesKept is how long the time of a channel's last change is kept. It is longer
// than the queue retries an event.
const changesKept = time.Hour

// Apply applies a change that happened at a time. It reports false if a later change
// of that channel was applied before: events may arrive in any order.
func (d *Directory) Apply(ctx context.Context, c Change, at time.Time) (bool, error) {
	applied, err := applyScript.Run(ctx, d.rdb, []string{d.ids, d.names, d.revision, d.changed},
		c.ID, c.Name, at.UnixMilli(), changesKept.Milliseconds()).Int()
	if err != nil {
		return false, fmt.Errorf("apply a change of channel %s: %w", c.ID, err)
	}
	return applied == 1, nil
}

// fillTries is the number of times that Fill calls list.
const fillTries = 3

// Fill replaces the content of the directory by the channels that list returns, in
// one step, unless the directory has changed since list was called. Then the list
// may be older than the directory, because an event was applied or another process
// has filled it, so Fill calls list again. After 3 attempts it returns an error. It
// refuses an empty list: a workspace has at least one channel, so an empty list is
// a mistake that would remove every link.
func (d *Directory) Fill(ctx context.Context, list func(context.Context) ([]Channel, error)) error {
	for range fillTries {
		revision, err := d.rdb.Get(ctx, d.revision).Int64()
		if err != nil && !errors.Is(err, redis.Nil) {
			return fmt.Errorf("fill the channel directory: %w", err)
		}
		all, err := list(ctx)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return errors.New("fill the channel directory: the list of channels is empty")
		}
		args := make([]any, 0, 2+2*len(all))
		args = append(args, strconv.FormatInt(revision, 10), freshFor.Milliseconds())
		for _, c := range all {
			args = append(args, c.ID, c.Name)
		}
		replaced, err := replaceScript.Run(ctx, d.rdb, []string{d.ids, d.names, d.revision, d.fresh}, args...).Int()
		if err != nil {
			return fmt.Errorf("fill the channel directory: %w", err)
		}
		if replaced == 1 {
			return nil
		}
	}
	return fmt.Errorf("fill the channel directory: the channels changed during each of %d attempts to list them", fillTries)
}
