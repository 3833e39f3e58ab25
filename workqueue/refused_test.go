package workqueue_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// guarded is a redis-server for a test of what happens when it refuses a login.
type guarded struct {
	*testing.T
	server *redistest.Server
	admin  redis.UniversalClient // may do everything, whatever happens
}

func startGuarded(t *testing.T) *guarded {
	t.Helper()
	g := &guarded{T: t, server: redistest.Start(t, strings.Fields(
		"--user admin on >admin ~* &* +@all --user bot on >right ~* &* +@all")...)}
	g.admin = redistest.Dial(t, g.url("admin", "admin"))
	return g
}

func (g *guarded) do(args ...any) {
	g.Helper()
	if err := g.admin.Do(g.Context(), args...).Err(); err != nil {
		g.Fatalf("%v: %v", args, err)
	}
}

// disconnect has all others connect again.
func (g *guarded) disconnect() { g.do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes") }

func (g *guarded) url(user, password string) string {
	u, err := url.Parse(g.server.URL())
	if err != nil {
		g.Fatal(err)
	}
	if user != "" {
		u.User = url.UserPassword(user, password)
	}
	return u.String()
}

// client returns a client as a process has one, which may be refused.
func (g *guarded) client(url string) redis.UniversalClient {
	g.Helper()
	opts, err := redis.ParseURL(url)
	if err != nil {
		g.Fatal(err)
	}
	opts.ContextTimeoutEnabled, opts.PipelinePoolSize, opts.ClientName = true, -1, "gopherbot"
	rdb := redis.NewClient(opts)
	g.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// refusals are the ways in which Redis refuses a client that it answers.
var refusals = []struct {
	name string
	// url is what the consumer logs in with, says is in the line of the log.
	url  func(*guarded) string
	says string
	// begin and end are when the refusal does. Before it begins the consumer runs.
	begin, end func(*guarded)
}{
	{
		name: "the password is wrong", says: "WRONGPASS",
		url: func(g *guarded) string { return g.url("bot", "wrong") },
		end: func(g *guarded) { g.do("ACL", "SETUSER", "bot", ">wrong") },
	},
	{
		name: "there is no password", says: "NOAUTH",
		url: func(g *guarded) string { g.do("CONFIG", "SET", "requirepass", "secret"); return g.url("", "") },
		end: func(g *guarded) { g.do("CONFIG", "SET", "requirepass", "") },
	},
	{
		name: "the password is changed", says: "WRONGPASS",
		url:   func(g *guarded) string { return g.url("bot", "right") },
		begin: func(g *guarded) { g.do("ACL", "SETUSER", "bot", "resetpass", ">new"); g.disconnect() },
		end:   func(g *guarded) { g.do("ACL", "SETUSER", "bot", ">right") },
	},
	{
		name: "the user is switched off", says: "WRONGPASS",
		url:   func(g *guarded) string { return g.url("bot", "right") },
		begin: func(g *guarded) { g.do("ACL", "SETUSER", "bot", "off"); g.disconnect() },
		end:   func(g *guarded) { g.do("ACL", "SETUSER", "bot", "on") },
	},
	{
		name: "there is no such database", says: "DB index is out of range",
		url: func(g *guarded) string { return g.server.URL() + "/99" },
		end: func(g *guarded) { g.server.Stop(g.T); g.server.Restart(g.T, "--databases", "100") },
	},
	{
		name: "it may not name its connections", says: "NOPERM",
		url: func(g *guarded) string {
			g.do("ACL", "SETUSER", "bot", "-client|setname")
			return g.url("bot", "right")
		},
		end: func(g *guarded) { g.do("ACL", "SETUSER", "bot", "+client|setname") },
	},
	{
		name: "it may not read streams", says: "NOPERM",
		url:   func(g *guarded) string { return g.url("bot", "right") },
		begin: func(g *guarded) { g.do("ACL", "SETUSER", "bot", "-xreadgroup") },
		end:   func(g *guarded) { g.do("ACL", "SETUSER", "bot", "+xreadgroup") },
	},
	{
		name: "it may not use its keys", says: "NOPERM",
		url: func(g *guarded) string {
			g.do("ACL", "SETUSER", "bot", "resetkeys", "~other:*")
			return g.url("bot", "right")
		},
		end: func(g *guarded) { g.do("ACL", "SETUSER", "bot", "~*") },
	},
}

// TestConsumer_RefusedByRedis has Redis refuse a consumer of several types: it
// says so once, and goes on by itself when the refusal ends.
func TestConsumer_RefusedByRedis(t *testing.T) {
	t.Parallel()
	for _, test := range refusals {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := startGuarded(t)
			address, app := test.url(g), redistest.App()
			log := &testenv.Log{}
			handled := make(chan string)
			c := queue{t, g.client(address), app}.newConsumer(workqueue.ConsumerOptions{Log: zerolog.New(log)})
			for _, eventType := range []string{"farewell", "greeting", "question"} {
				c.Handle(eventType, func(_ context.Context, d *workqueue.Delivery) error {
					handled <- d.ID
					return nil
				})
			}
			stop := queue{t, g.admin, app}.run(c)
			publish := func(id string) {
				t.Helper()
				q := queue{t, redistest.Dial(t, strings.TrimSuffix(g.url("admin", "admin")+"/"+database(address), "/")), app}
				q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: id})
			}
			if test.begin != nil {
				publish("before")
				testenv.Next(t, handled)
				test.begin(g)
			}
			const refused = "Redis refuses this consumer"
			testenv.Eventually(t, "the log says that it is refused", func() bool { return strings.Contains(log.String(), refused) })
			test.end(g)
			publish("after")
			if id := testenv.Next(t, handled); id != "after" {
				t.Errorf("handled %s", id)
			}
			if test.begin != nil { // it takes a while
				testenv.Eventually(t, "the log says that it is over", func() bool { return strings.Contains(log.String(), "recovered: "+refused) })
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
			lines := 0
			for line := range strings.Lines(log.String()) {
				var entry struct{ Level, Message, Error string }
				if err := json.Unmarshal([]byte(line), &entry); err != nil {
					t.Fatal(err)
				}
				if entry.Level != "info" && !lostConnection(entry.Error) {
					lines++
					if !strings.HasPrefix(entry.Message, refused) || !strings.Contains(entry.Error, test.says) {
						t.Errorf("logged %s", line)
					}
				}
			}
			if lines != 1 {
				t.Errorf("%d lines say it, want 1:\n%s", lines, log)
			}
		})
	}
}

// lostConnection reports whether an error is of a connection that the test cut.
func lostConnection(text string) bool {
	return strings.Contains(text, "EOF") || strings.Contains(text, "connection re") || strings.Contains(text, "i/o timeout")
}

// database returns the database in an address, "" for the first.
func database(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	_, number, _ := strings.Cut(rest, "/")
	return number
}

// TestConsumer_RefusedByACluster gives all nodes a password that it does not have.
func TestConsumer_RefusedByACluster(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t)
	var nodes []redis.UniversalClient
	for _, s := range cluster.Nodes {
		nodes = append(nodes, redistest.Dial(t, s.URL())) // stays logged in
	}
	password := func(to string) {
		t.Helper()
		for _, node := range nodes {
			if err := node.ConfigSet(t.Context(), "requirepass", to).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	password("secret")
	q := queue{t, redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs(), Password: "wrong", PipelinePoolSize: -1}), redistest.App()}
	t.Cleanup(func() { _ = q.rdb.Close() })
	log, handled := &testenv.Log{}, make(chan string, 1)
	stop := q.consumer(workqueue.ConsumerOptions{Shards: 4, Log: zerolog.New(log)}, func(_ context.Context, d *workqueue.Delivery) error {
		handled <- d.ID
		return nil
	})
	testenv.Eventually(t, "the log says that it is refused", func() bool { return strings.Contains(log.String(), "Redis refuses this consumer") })
	password("wrong")
	q.publish(q.publisher(workqueue.PublisherOptions{Shards: 4}), workqueue.Event{Type: "greeting"})
	testenv.Next(t, handled)
	if err := stop(); err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "WRONGPASS"); n != 1 {
		t.Errorf("it is logged %d times:\n%s", n, log)
	}
}

// TestPublisher_RefusedByRedis, with one shard or several, which are a pipeline;
// so it is with an Inspector.
func TestPublisher_RefusedByRedis(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	q := queue{t, g.client(g.url("bot", "wrong")), redistest.App()}
	for _, shards := range []int{1, 8} {
		var events []workqueue.Event
		for range 16 {
			events = append(events, workqueue.Event{Type: "greeting"})
		}
		results, err := q.publisher(workqueue.PublisherOptions{Shards: shards}).PublishBatch(t.Context(), events...)
		if n := strings.Count(fmt.Sprint(err), "WRONGPASS"); n != len(events) {
			t.Errorf("%d shards: %d of %d were refused: %v, %v", shards, n, len(events), results, err)
		}
	}
	if list, err := q.inspector().Stats(t.Context(), "greeting"); !redis.HasErrorPrefix(err, "WRONGPASS") {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := q.inspector().Pending(t.Context(), "greeting", 1); !redis.HasErrorPrefix(err, "WRONGPASS") {
		t.Errorf("%+v, %v", list, err)
	}
}
