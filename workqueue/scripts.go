package workqueue

import (
	"embed"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua
var luaFiles embed.FS

// The scripts; each file says what its script takes, does and returns.
var (
	publishScript  = script("publish")
	createScript   = script("create")
	claimScript    = script("claim")
	completeScript = script("complete")
	ackScript      = script("ack")
	retryScript    = script("retry")
	promoteScript  = script("promote")
	buryScript     = script("bury")
	extendScript   = script("extend")
	replayScript   = script("replay")
	dropScript     = script("drop")
	retireScript   = script("retire")
	sweepScript    = script("sweep")
	orphansScript  = script("orphans")
)

func script(name string) *redis.Script {
	source, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(err) // the files are compiled in
	}
	return redis.NewScript(string(source))
}
