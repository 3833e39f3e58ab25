package workqueue

import (
	"embed"
	"slices"

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
	purgeScript    = script("purge")
	orphansScript  = script("orphans")
	trimScript     = script("trim")
)

// changesDead are the scripts that begin with dead_size.lua.
var changesDead = []string{"bury", "drop", "replay", "trim"}

func script(name string) *redis.Script {
	source := luaFile(name)
	if slices.Contains(changesDead, name) {
		source = luaFile("dead_size") + source
	}
	return redis.NewScript(source)
}

func luaFile(name string) string {
	source, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(err) // the files are compiled in
	}
	return string(source)
}
