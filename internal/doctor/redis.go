package doctor

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Server is the state that a Redis server reports.
type Server struct {
	// Address is "" unless there are several.
	Address string
	// Info is the answer to the command INFO.
	Info map[string]string
	// Ahead is how far its clock is ahead of this machine's.
	Ahead time.Duration
}

// AskRedis reads the state of the server, or of each master of a cluster.
func AskRedis(ctx context.Context, rdb redis.UniversalClient) ([]Server, error) {
	cluster, clustered := rdb.(*redis.ClusterClient)
	if !clustered {
		s, err := askServer(ctx, rdb)
		return []Server{s}, err
	}
	var mu sync.Mutex
	var list []Server
	err := cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		s, err := askServer(ctx, node)
		s.Address = node.Options().Addr
		mu.Lock()
		defer mu.Unlock()
		list = append(list, s)
		return err
	})
	return list, err
}

func askServer(ctx context.Context, rdb redis.Cmdable) (Server, error) {
	text, err := rdb.Info(ctx).Result()
	if err != nil {
		return Server{}, err
	}
	s := Server{Info: map[string]string{}}
	for row := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(row), ":"); ok {
			s.Info[name] = value
		}
	}
	asked := time.Now()
	theirs, err := rdb.Time(ctx).Result()
	if err != nil {
		return Server{}, err
	}
	s.Ahead = theirs.Sub(asked.Add(time.Since(asked) / 2))
	return s, nil
}

// Encryption describes the connection to Redis.
type Encryption struct {
	// TLS is whether it is used, and Verified whether the certificate is checked.
	TLS, Verified bool
	// Host is the host of Redis.
	Host string
}

// judge makes the finding about the encryption.
func (e Encryption) judge() Finding {
	const check = "redis encryption"
	switch {
	case e.TLS && e.Verified:
		return ok(check, "TLS, with the certificate checked")
	case e.TLS:
		return ok(check, "TLS, with any certificate accepted, as GOPHER_REDIS_SKIPVERIFY says")
	case e.Host == "localhost" || net.ParseIP(e.Host).IsLoopback():
		return ok(check, "plain text, within this machine")
	default:
		return bad(check, Warning, "plain text over the network, the password and every message included", "use a rediss:// address, and unset GOPHER_REDIS_INSECURE")
	}
}

// Redis judges a Redis that answered. A deploy needs conns connections to each
// server for its new processes while the old ones are still there.
func Redis(servers []Server, e Encryption, b Backlog, conns int) []Finding {
	list := []Finding{e.judge(), b.judge(servers)}
	for _, s := range servers {
		for _, f := range []Finding{s.version(), s.eviction(), s.memory(), s.connections(conns), s.persistence(), skew("redis clock", "Redis's", s.Ahead)} {
			if s.Address != "" {
				f.Message = s.Address + ": " + f.Message
			}
			list = append(list, f)
		}
	}
	return list
}

// oldest is the oldest Redis that has the commands the queue uses: XPENDING with
// IDLE and XTRIM with MINID came with 6.2.
var oldest = [2]int{6, 2}

func (s Server) version() Finding {
	const check = "redis version"
	version, name := s.Info["redis_version"], "Redis"
	if valkey := s.Info["valkey_version"]; valkey != "" { // which calls itself Redis 7.2, too
		name = "Valkey " + valkey + ", as Redis"
	}
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return bad(check, Warning, "Redis does not report its version", fmt.Sprintf("check that it is %d.%d or later", oldest[0], oldest[1]))
	}
	major, _ := strconv.Atoi(parts[0])
	minor, _ := strconv.Atoi(parts[1])
	if major < oldest[0] || major == oldest[0] && minor < oldest[1] {
		return bad(check, Failure, name+" "+version, fmt.Sprintf("upgrade it to %d.%d or later, whose commands the queue uses", oldest[0], oldest[1]))
	}
	return ok(check, "%s %s", name, version)
}

func (s Server) eviction() Finding {
	const check, fix = "redis eviction", "set maxmemory-policy to noeviction, on Heroku with: heroku redis:maxmemory --policy noeviction"
	switch policy := s.Info["maxmemory_policy"]; {
	case policy == "noeviction":
		return ok(check, "noeviction: when memory is full, Redis evicts nothing and the gateway refuses events")
	case strings.HasPrefix(policy, "allkeys-"):
		return state(check, Failure, policy+": when memory is full, Redis evicts events that wait", fix)
	case policy == "":
		return bad(check, Warning, "Redis does not report its policy", fix)
	default:
		return bad(check, Warning, policy+": when memory is full, Redis evicts the record of handled events, and they may be answered twice", fix)
	}
}

func (s Server) memory() Finding {
	const check, fix = "redis memory", "run \"gopherbot queue stats\" to see the backlog; get more memory if the backlog is expected"
	used, limit := s.number("used_memory"), s.number("maxmemory")
	if limit == 0 {
		return ok(check, "%s used, without a limit", megabytes(used))
	}
	message := fmt.Sprintf("%s of %s used", megabytes(used), megabytes(limit))
	switch {
	case used*100 >= limit*95:
		return state(check, Failure, message, fix)
	case used*100 >= limit*75:
		return state(check, Warning, message, fix)
	default:
		return ok(check, "%s", message)
	}
}

func (s Server) connections(conns int) Finding {
	const check = "redis connections"
	used, limit := s.number("connected_clients"), s.number("maxclients")
	if limit == 0 {
		return ok(check, "%d used; Redis does not report its limit", used)
	}
	message := fmt.Sprintf("%d of %d used", used, limit)
	if left := limit - used; left < int64(conns) {
		return bad(check, Warning, message, fmt.Sprintf("a deploy needs %d more while old and new processes run side by side: stop processes that are not needed, or get a plan with more", conns))
	}
	return ok(check, "%s", message)
}

func (s Server) persistence() Finding {
	const check = "redis persistence"
	switch {
	case s.Info["aof_enabled"] == "1" && s.Info["aof_last_write_status"] != "err":
		return ok(check, "append-only file")
	case s.Info["aof_enabled"] == "1", s.Info["rdb_last_bgsave_status"] == "err":
		return state(check, Failure, "Redis's last write to its disk failed", "read Redis's log; most often the disk is full")
	default:
		return bad(check, Warning, "no append-only file: events since the last snapshot, or all of them, are lost when Redis crashes",
			"set appendonly to yes, or get a plan with persistence; on Heroku that is premium-0 and above")
	}
}

// number returns a number that Redis reports, 0 if it does not.
func (s Server) number(name string) int64 {
	n, _ := strconv.ParseInt(s.Info[name], 10, 64)
	return n
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }
