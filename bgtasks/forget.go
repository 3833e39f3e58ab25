package bgtasks

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed lua/forget.lua
	forgetSource string
	// forgetScript removes the states of jobs and ends the leader's term.
	forgetScript = redis.NewScript(forgetSource)
)

// ListStates returns the names of the jobs that have a State, among the jobs of the
// leader or of the last one.
func ListStates(ctx context.Context, rdb redis.UniversalClient, app string) ([]string, error) {
	k := keys{app}
	names, err := jobNames(ctx, rdb, k)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	p := rdb.Pipeline()
	has := make([]*redis.BoolCmd, len(names))
	for i, name := range names {
		has[i] = p.HExists(ctx, k.job(name), fieldState)
	}
	if _, err := p.Exec(ctx); err != nil {
		return nil, fmt.Errorf("list the states of jobs: %w", err)
	}
	var list []string
	for i, name := range names {
		if has[i].Val() {
			list = append(list, name)
		}
	}
	return list, nil
}

// ForgetStates removes the State of each of those jobs, and returns their names. The
// next run of a job is then like its first. It also ends the leader's term: the
// leader stops its jobs, and it or another process leads again.
func ForgetStates(ctx context.Context, rdb redis.UniversalClient, app string) ([]string, error) {
	k := keys{app}
	names, err := jobNames(ctx, rdb, k)
	if err != nil {
		return nil, err
	}
	list := []string{k.lease()}
	for _, name := range names {
		list = append(list, k.job(name))
	}
	had, err := forgetScript.Run(ctx, rdb, list, fieldState).Int64Slice()
	if err != nil {
		return nil, fmt.Errorf("remove the states of jobs: %w", err)
	}
	var forgotten []string
	for i, n := range had {
		if n == 1 {
			forgotten = append(forgotten, names[i])
		}
	}
	return forgotten, nil
}

// jobNames returns the names of the jobs of the leader, or of the last one.
func jobNames(ctx context.Context, rdb redis.UniversalClient, k keys) (names []string, err error) {
	encoded, err := rdb.HGet(ctx, k.jobs(), fieldNames).Bytes()
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("list the jobs: %w", err)
	}
	if len(encoded) > 0 {
		_ = json.Unmarshal(encoded, &names) // one that is damaged is written again by the next leader
	}
	return names, nil
}
