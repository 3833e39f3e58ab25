// Package presence records in Redis which processes of a deployment run. Doctor
// lists them, and a process of another deployment that was started with the
// same GOPHER_APP by mistake is refused: it would take part of the events.
//
// Each process registers itself under a random id and renews the registration
// with each heartbeat. A registration that is not renewed expires; one of a
// process that stops is removed. All times in Redis are by Redis's own clock.
//
// The package must not know the processes, nor how they are configured.
package presence

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Instance is one run of a process.
type Instance struct {
	// ID is random, and differs with each run.
	ID string `json:"id"`
	// Role is the kind of process, such as "consumer".
	Role string `json:"role"`
	// Name names it for people; several instances may share it.
	Name        string `json:"name"`
	Environment string `json:"environment"`
	// Team is the id of the workspace, "" if the process is not configured with one.
	Team string `json:"team,omitempty"`
	// Commit is what the process was built from, "" if that is not known.
	Commit string `json:"commit,omitempty"`
	// Started is by the process's own clock.
	Started time.Time `json:"started"`
	// Counts is what the process has done since it started, by name.
	Counts map[string]int64 `json:"counts,omitempty"`
}

// String names an instance to people.
func (i Instance) String() string {
	text := i.Role + " " + i.Name + " (ENV " + i.Environment
	if i.Team != "" {
		text += ", team " + i.Team
	}
	return text + ")"
}

// keys names the Redis keys of one deployment. The part in braces is Redis
// Cluster's hash tag: they live in one slot, so that a script may touch both.
type keys struct{ app string }

// instances is a hash of registrations by the instance's id:
// "<expires> <joined> <team> <environment> <Instance as JSON>". Times are Unix
// times in ms. Team and environment are those that are compared, "-" for none.
func (k keys) instances() string { return k.app + ":{presence}:instances" }

// clock is a hash with the time of the latest heartbeat of any instance (last),
// and with when an instance found that Redis had lost heartbeats (rewound).
func (k keys) clock() string { return k.app + ":{presence}:clock" }

//go:embed lua/*.lua
var luaFiles embed.FS

// The scripts; each file says what its script takes, does and returns.
var (
	beatScript = script("beat")
	listScript = script("list")
)

func script(name string) *redis.Script {
	source, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(err) // the files are compiled in
	}
	return redis.NewScript(string(source))
}

// Status is what is known of a deployment's processes.
type Status struct {
	// Instances are those that are live, ordered by role, name and start.
	Instances []Instance
	// Expires is after how long, without a heartbeat, all of them are forgotten.
	Expires time.Duration
	// Rewound is when an instance found that Redis had gone back to an earlier
	// state, by Redis's clock; zero if none did since Restored was called.
	Rewound time.Time
}

// Read returns what is known of a deployment's processes.
func Read(ctx context.Context, rdb redis.UniversalClient, app string) (Status, error) {
	k := keys{app}
	reply, err := listScript.Run(ctx, rdb, []string{k.instances(), k.clock()}).Slice()
	if err == nil && len(reply) < 2 {
		err = fmt.Errorf("want at least 2 values, got %d", len(reply))
	}
	if err != nil {
		return Status{}, fmt.Errorf("list the processes that run: %w", err)
	}
	rewound, _ := reply[0].(int64)
	expires, _ := reply[1].(int64)
	s := Status{Expires: time.Duration(expires) * time.Millisecond}
	if rewound > 0 {
		s.Rewound = time.UnixMilli(rewound)
	}
	for _, value := range reply[2:] {
		text, _ := value.(string)
		var i Instance
		if json.Unmarshal([]byte(text), &i) == nil { // another release may write otherwise
			s.Instances = append(s.Instances, i)
		}
	}
	slices.SortFunc(s.Instances, func(a, b Instance) int {
		if c := strings.Compare(a.Role+" "+a.Name, b.Role+" "+b.Name); c != 0 {
			return c
		}
		return a.Started.Compare(b.Started)
	})
	return s, nil
}

// Restored notes that the deployment was made to fit a restored backup: Read
// reports no Rewound until Redis goes back once more.
func Restored(ctx context.Context, rdb redis.UniversalClient, app string) error {
	if err := rdb.HDel(ctx, keys{app}.clock(), "rewound").Err(); err != nil {
		return fmt.Errorf("note that the backup was dealt with: %w", err)
	}
	return nil
}
