// Package presence records in Redis the processes of a deployment and the counts that
// they publish for operators.
//
// Each process registers itself under a random id and renews the registration with
// each heartbeat: see Member. A registration that is not renewed expires; a process
// that stops removes its own. Doctor lists the registrations, and a process of another
// deployment that was started with the same GOPHER_APP by mistake is refused: it would
// take part of the events. All times of registrations are by Redis's own clock.
//
// Consumers publish their counts and their latest failures: see Reporter, and Reader
// for the operations page. Gateways and consumers count unanswered events: see Tally.
// Consumers count notifications and the runs of callback rules: see Notifier. Gateways
// record the last authentic request of each platform, and the requests refused since: see
// RequestLog. All of it is bounded and expires.
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
	// Name is shown to people. Several instances may share it.
	Name        string `json:"name"`
	Environment string `json:"environment"`
	// Team is the id of the workspace, "" if the process is not configured with one.
	Team string `json:"team,omitempty"`
	// Implicit reports that the process has the default environment, because ENV is not set.
	Implicit bool `json:"implicit,omitempty"`
	// NotReady is why the process cannot do its work, "" if it can.
	NotReady string `json:"not_ready,omitempty"`
	// Commit is the source version of the build, "" if it is unknown.
	Commit string `json:"commit,omitempty"`
	// Started is by the process's own clock.
	Started time.Time `json:"started"`
	// Counts are the process's counters since it started, by name.
	Counts map[string]int64 `json:"counts,omitempty"`
	// Sockets describes the sockets of a gateway that has some.
	Sockets *Sockets `json:"sockets,omitempty"`
	// Feeds describes, by source, the platforms that one gateway reads for all.
	Feeds map[string]Feed `json:"feeds,omitempty"`
}

// Feed describes how a gateway reads a platform that one gateway at a time reads.
type Feed struct {
	// Leads reports whether this gateway reads it. If not, the rest is zero.
	Leads bool `json:"leads"`
	// Wanted is how many sockets it is to keep open, Open how many are.
	Wanted int `json:"wanted"`
	Open   int `json:"open"`
	// Channels is how many channels it reads.
	Channels int `json:"channels"`
	// Problem is why it is late or reads nothing, "" if nothing is wrong.
	Problem string `json:"problem,omitempty"`
}

// Sockets describes the sockets that a gateway keeps open to a platform.
type Sockets struct {
	// Wanted is how many the gateway is to keep open, Open how many are.
	Wanted int `json:"wanted"`
	Open   int `json:"open"`
	// Connections is how many the app had, those of all processes, when the platform last
	// said so.
	Connections int `json:"connections"`
}

// String describes an instance, such as "consumer worker.1 (ENV production, team T1)".
func (i Instance) String() string {
	text := i.Role + " " + i.Name + " (ENV " + i.Environment
	if i.Team != "" {
		text += ", team " + i.Team
	}
	return text + ")"
}

//go:embed lua/*.lua
var luaFiles embed.FS

// The scripts; each file documents its script's arguments, work and result.
var (
	beatScript = script("beat")
	listScript = script("list")
)

// script returns an embedded script.
func script(name string) *redis.Script {
	source, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(err) // the files are compiled in
	}
	return redis.NewScript(string(source))
}

// Status describes a deployment's processes.
type Status struct {
	// Instances are the live instances, ordered by role, name and start.
	Instances []Instance
	// Expires is the time until the last of the registrations expires, unless it is
	// renewed.
	Expires time.Duration
	// Rewound is the time, by Redis's clock, at which an instance found that Redis had
	// gone back to an earlier state; zero if none did since Restored was called.
	Rewound time.Time
}

// Read returns the Status of a deployment.
func Read(ctx context.Context, rdb redis.UniversalClient, app string) (Status, error) {
	k := keys{app}
	reply, err := listScript.Run(ctx, rdb, []string{k.instances(), k.clock()}).Slice()
	if err == nil && len(reply) < 2 {
		err = fmt.Errorf("want at least 2 values, got %d", len(reply))
	}
	if err != nil {
		return Status{}, fmt.Errorf("list the registered processes: %w", err)
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
		if json.Unmarshal([]byte(text), &i) == nil { // else a release with another format wrote it
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

// Restored records that the deployment was repaired after a backup was restored. Read
// then reports no Rewound until Redis goes back once more.
func Restored(ctx context.Context, rdb redis.UniversalClient, app string) error {
	if err := rdb.HDel(ctx, keys{app}.clock(), "rewound").Err(); err != nil {
		return fmt.Errorf("record that the restored backup was dealt with: %w", err)
	}
	return nil
}
