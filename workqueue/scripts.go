package workqueue

import (
	"embed"
	"slices"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua
var luaFiles embed.FS

// scripts runs the Lua scripts on one shard of a type. Each script has one method,
// which builds its KEYS and ARGV and parses its reply; the script's file describes
// its work. The methods that consumers need are in scripts_consume.go, those that
// change dead letters in scripts_dead.go, the publisher's in scripts_publish.go, and
// those that maintain a shard in scripts_maintain.go.
//
// The errors are Redis's own, so that callers can tell them apart: see isNoGroup.
type scripts struct {
	rdb   redis.Scripter
	shard shard
}

// changesDead are the scripts that begin with dead_size.lua.
var changesDead = []string{"dead_letter", "drop", "replay", "trim"}

// keepsOutcomes are the scripts that begin with outcome.lua.
var keepsOutcomes = []string{"ack", "dead_letter", "retry"}

// script loads a script from its file. A method runs it by its hash, and sends its
// text when Redis does not have it.
func script(name string) *redis.Script {
	source := luaFile(name)
	if slices.Contains(changesDead, name) {
		source = luaFile("dead_size") + source
	}
	if slices.Contains(keepsOutcomes, name) {
		source = luaFile("outcome") + source
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
