package doctor

import "testing"

func TestBacklog(t *testing.T) {
	t.Parallel()
	server := func(maxmemory, machine string) Server {
		return Server{Info: map[string]string{"maxmemory": maxmemory, "total_system_memory": machine}}
	}
	heroku, large, silent := server("25000000", "16000000000"), server("0", "16000000000"), Server{}
	for _, test := range []struct {
		name    string
		backlog Backlog
		servers []Server
		want    Status
		says    string
	}{
		{"by the smallest Heroku plan", Backlog{0, 1}, []Server{heroku}, OK, "2500 events, by Redis's memory"},
		{"by a machine's memory", Backlog{0, 1}, []Server{large}, OK, "976562 events, by Redis's memory"},
		{"for several shards", Backlog{0, 4}, []Server{large}, OK, "244140 events"},
		{"by the smallest of a cluster", Backlog{0, 3}, []Server{large, heroku, large}, OK, "2500 events"},
		{"Redis tells nothing", Backlog{0, 1}, []Server{silent}, Warning, "only 2500 events"},
		{"no server", Backlog{0, 1}, nil, Warning, "only 2500 events"},
		{"configured", Backlog{3000, 1}, []Server{heroku}, OK, "3000 events, as GOPHER_QUEUE_MAX_BACKLOG says"},
		{"configured, and Redis tells nothing", Backlog{3000, 1}, []Server{silent}, OK, "does not report its memory"},
		{"more than fits", Backlog{10_000, 1}, []Server{heroku}, Warning, "may take 41.0 MB of Redis's 25.0 MB"},
		{"more than fits with several shards", Backlog{1_000_000, 4}, []Server{large}, Warning, "16384.0 MB of Redis's 16000.0 MB"},
		{"the same on a cluster", Backlog{1_000_000, 4}, []Server{large, large, large, large}, OK, "1000000 events"},
	} {
		check(t, test.name, test.backlog.judge(test.servers), test.want, test.says)
	}
}
