package presence

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

// leaveTimeout bounds the removal of a registration.
const leaveTimeout = 2 * time.Second

// Options configures a Member. All but Log are required.
type Options struct {
	// App is the deployment's name, the prefix of every key.
	App string
	// Instance describes the process. Its ID is made by NewMember.
	Instance Instance
	// AnyEnvironment lets the process run beside those of another environment.
	AnyEnvironment bool
	// TTL is the time after which a registration expires unless it is renewed. Beat
	// must be called several times as often.
	TTL time.Duration
	Log zerolog.Logger
}

// Member is a process that registers itself. Beat and Leave must not be called
// at the same time; the other methods are safe for concurrent use.
type Member struct {
	rdb         redis.UniversalClient
	keys        keys
	opts        Options
	environment string // is compared with those of other instances

	mu      sync.Mutex
	counts  func() map[string]int64
	sockets func() Sockets
	feeds   map[string]func() Feed
	ready   func(context.Context) error

	joined       chan struct{}
	joinedAt     int64  // by Redis's clock; 0 before the first heartbeat
	last         int64  // the latest heartbeat, by Redis's clock
	rewound      int64  // the time that was logged last
	conflictWith string // the id that was logged last
}

// NewMember returns a Member on rdb, which stays the caller's to close. It is
// registered by the first Beat.
func NewMember(rdb redis.UniversalClient, opts Options) *Member {
	opts.Instance.ID = strings.ToLower(rand.Text()[:12])
	m := &Member{rdb: rdb, keys: keys{opts.App}, opts: opts, environment: orNone(opts.Instance.Environment), joined: make(chan struct{})}
	if opts.AnyEnvironment {
		m.environment = none
	}
	return m
}

// none is a team or an environment that is not compared.
const none = "-"

func orNone(value string) string {
	if value == "" {
		return none
	}
	return value
}

// Name returns the process's name with its id, which differs with each run.
func (m *Member) Name() string { return m.opts.Instance.Name + "-" + m.opts.Instance.ID }

// Count has each heartbeat add the result of counts to the registration.
func (m *Member) Count(counts func() map[string]int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts = counts
}

// Sockets has each heartbeat add the result of sockets to the registration.
func (m *Member) Sockets(sockets func() Sockets) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sockets = sockets
}

// Feed has each heartbeat add the result of feed to the registration, for a source.
func (m *Member) Feed(source string, feed func() Feed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.feeds == nil {
		m.feeds = map[string]func() Feed{}
	}
	m.feeds[source] = feed
}

// Ready has each heartbeat add to the registration why the process cannot do its work: the
// error of ready, which is called with the heartbeat's context.
func (m *Member) Ready(ready func(context.Context) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ready = ready
}

// Team sets the team that the process has learned. The next heartbeat compares it with
// those of other instances.
func (m *Member) Team(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.opts.Instance.Team = id
}

// Joined is closed once the process is registered for the first time.
func (m *Member) Joined() <-chan struct{} { return m.joined }

// ConflictError says that a process must not run beside another.
type ConflictError struct {
	App          string
	Which, Other Instance
	// Expires is the time after which the other's registration expires if it died.
	Expires time.Duration
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%v must not run beside %v, started %s: both have GOPHER_APP=%s, and each would take part of the other's events; "+
		"set another GOPHER_APP for one deployment, or stop the other process first (one that died is forgotten after %v)",
		e.Which, e.Other, e.Other.Started.UTC().Format(time.RFC3339), e.App, e.Expires)
}

// Beat registers the process, or renews its registration. It returns a
// *ConflictError, and the process is not registered, if a live process has
// another team or environment and was registered earlier. If that one was
// registered later, which happens when Redis was away or lost its data, Beat logs
// an error: the other process will stop.
func (m *Member) Beat(ctx context.Context) error {
	described := m.describe()
	described.NotReady = m.notReady(ctx)
	description, err := json.Marshal(described)
	if err != nil {
		return fmt.Errorf("register this process: %w", err)
	}
	reply, err := beatScript.Run(ctx, m.rdb, []string{m.keys.instances(), m.keys.clock()}, m.opts.Instance.ID, m.opts.TTL.Milliseconds(),
		m.joinedAt, orNone(described.Team), m.environment, description, m.last).Slice()
	if err == nil && len(reply) != 5 {
		err = fmt.Errorf("want 5 values, got %d", len(reply))
	}
	if err != nil {
		return fmt.Errorf("register this process: %w", err)
	}
	accepted, _ := reply[0].(int64)
	now, _ := reply[1].(int64)
	joinedAt, _ := reply[2].(int64)
	rewound, _ := reply[3].(int64)
	other, _ := reply[4].(string)
	if accepted == 0 {
		return m.conflict(other)
	}
	if m.joinedAt == 0 {
		close(m.joined)
	}
	m.joinedAt, m.last = joinedAt, now
	m.noteYounger(other)
	m.noteRewound(rewound)
	return nil
}

// noteYounger logs once that a process which differs was registered later.
func (m *Member) noteYounger(description string) {
	if description == "" {
		return
	}
	if conflict := m.conflict(description); conflict.Other.ID != m.conflictWith {
		m.conflictWith = conflict.Other.ID
		m.opts.Log.Error().Err(conflict).Msg("a process of another deployment was started with the same GOPHER_APP; it was registered later and will stop")
	}
}

func (m *Member) describe() Instance {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.opts.Instance
	if m.counts != nil {
		i.Counts = m.counts()
	}
	if m.sockets != nil {
		sockets := m.sockets()
		i.Sockets = &sockets
	}
	for source, feed := range m.feeds {
		if i.Feeds == nil {
			i.Feeds = map[string]Feed{}
		}
		i.Feeds[source] = feed()
	}
	return i
}

// notReady returns why the process cannot do its work, "" if it can or nobody has said.
func (m *Member) notReady(ctx context.Context) string {
	m.mu.Lock()
	ready := m.ready
	m.mu.Unlock()
	if ready == nil {
		return ""
	}
	if err := ready(ctx); err != nil {
		return truncated(err.Error())
	}
	return ""
}

func (m *Member) conflict(description string) *ConflictError {
	e := &ConflictError{App: m.opts.App, Which: m.describe(), Expires: m.opts.TTL}
	if json.Unmarshal([]byte(description), &e.Other) != nil {
		e.Other = Instance{Role: "a process", Name: "of another release", Environment: "unknown"}
	}
	return e
}

// noteRewound logs once that Redis went back to an earlier state.
func (m *Member) noteRewound(at int64) {
	if at != 0 && at != m.rewound {
		m.opts.Log.Error().Time("found", time.UnixMilli(at)).
			Msg("Redis has gone back to an earlier state or lost its data; if a backup was restored, stop all processes, run gopherbot restore and start them again")
	}
	m.rewound = at
}

// Leave removes the registration, also when ctx has ended.
func (m *Member) Leave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer cancel()
	if err := m.rdb.HDel(ctx, m.keys.instances(), m.opts.Instance.ID).Err(); err != nil {
		return fmt.Errorf("remove the registration of this process: %w", err)
	}
	return nil
}
