package doctor

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/test/redistest"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// check holds a finding to what it should say.
func check(t *testing.T, name string, f Finding, want Status, says string) {
	t.Helper()
	if f.Status != want || !strings.Contains(f.Message, says) {
		t.Errorf("%s: %+v, want %s, %q", name, f, want, says)
	}
	if (f.Fix == "") != (f.Status == OK) || f.Message == "" || strings.Contains(f.Message+f.Fix, "\n") {
		t.Errorf("%s: %+v, want one line, and how to fix what is not OK", name, f)
	}
}

func TestRedis_Servers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		info  map[string]string
		judge func(Server) Finding
		want  Status
		says  string
	}{
		{"new", map[string]string{"redis_version": "7.4.1"}, Server.version, OK, "Redis 7.4.1"},
		{"just enough", map[string]string{"redis_version": "6.2.0"}, Server.version, OK, "6.2.0"},
		{"old", map[string]string{"redis_version": "6.0.16"}, Server.version, Failure, "6.0.16"},
		{"older", map[string]string{"redis_version": "5.9.0"}, Server.version, Failure, "5.9.0"},
		{"newer", map[string]string{"redis_version": "10.0.0"}, Server.version, OK, "10.0.0"},
		{"Heroku's", map[string]string{"redis_version": "7.2.4", "valkey_version": "8.1.0"}, Server.version, OK, "Valkey 8.1.0"},
		{"silent about its version", nil, Server.version, Warning, "version"},
		{"keeps all", map[string]string{"maxmemory_policy": "noeviction"}, Server.eviction, OK, "noeviction"},
		{"throws events away", map[string]string{"maxmemory_policy": "allkeys-lfu"}, Server.eviction, Failure, "allkeys-lfu"},
		{"forgets", map[string]string{"maxmemory_policy": "volatile-lru"}, Server.eviction, Warning, "twice"},
		{"silent about its policy", nil, Server.eviction, Warning, "policy"},
		{"empty", map[string]string{"used_memory": "1000000", "maxmemory": "25000000"}, Server.memory, OK, "1.0 MB of 25.0 MB"},
		{"filling", map[string]string{"used_memory": "20000000", "maxmemory": "25000000"}, Server.memory, Warning, "20.0 MB of 25.0 MB"},
		{"full", map[string]string{"used_memory": "24500000", "maxmemory": "25000000"}, Server.memory, Failure, "24.5 MB of 25.0 MB"},
		{"has disk trouble", map[string]string{"aof_enabled": "1", "aof_last_write_status": "err"}, Server.persistence, Failure, "disk"},
		{"cannot snapshot", map[string]string{"rdb_last_bgsave_status": "err"}, Server.persistence, Failure, "disk"},
		{"silent about connections", map[string]string{"connected_clients": "3"}, func(s Server) Finding { return s.connections(9) }, OK, "3 used"},
		{"has room", map[string]string{"connected_clients": "11", "maxclients": "20"}, func(s Server) Finding { return s.connections(9) }, OK, "11 of 20"},
		{"has no room", map[string]string{"connected_clients": "12", "maxclients": "20"}, func(s Server) Finding { return s.connections(9) }, Warning, "12 of 20"},
	} {
		check(t, test.name, test.judge(Server{Info: test.info}), test.want, test.says)
	}
}

func TestProcesses(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_000_000)
	list := Processes([]Process{{"gateway", now.Add(-4 * time.Second)}, {"consumer", time.Time{}}, {"bgtasks", now.Add(time.Second)}}, now)
	check(t, "runs", list[0], OK, "the last heartbeat was 4s ago")
	check(t, "does not run", list[1], Failure, "no heartbeat within")
	check(t, "its clock is ahead", list[2], OK, "0s ago")
	check(t, "has just stopped", Processes([]Process{{"consumer", now.Add(-42 * time.Second)}}, now)[0], Warning, "42s ago")
}

func TestRedis_Encryption(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		e    Encryption
		want Status
		says string
	}{
		{Encryption{TLS: true, Verified: true}, OK, "with the certificate checked"},
		{Encryption{TLS: true}, OK, "any certificate"},
		{Encryption{Host: "localhost"}, OK, "within this machine"},
		{Encryption{Host: "::1"}, OK, "within this machine"},
		{Encryption{Host: "redis.example"}, Warning, "the password and every message"},
		{Encryption{Host: "10.0.0.1"}, Warning, "the password and every message"},
	} {
		check(t, "encryption", test.e.judge(), test.want, test.says)
	}
}

func TestGateway_Clocks(t *testing.T) {
	t.Parallel()
	for ahead, want := range map[time.Duration]Status{
		0: OK, 2 * time.Second: OK, -2 * time.Second: OK, 5 * time.Second: Warning, -5 * time.Second: Warning, time.Minute: Failure, -time.Minute: Failure,
	} {
		says := "this machine's"
		if ahead > 2*time.Second {
			says = "ahead of"
		} else if ahead < -2*time.Second {
			says = "behind"
		}
		check(t, ahead.String(), skew("slack clock", "Slack's", ahead), want, says)
	}
}

// TestFinding_JSON holds the names that scripts read.
func TestFinding_JSON(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(bad("redis", Failure, "no answer", "start it"))
	if want := `{"check":"redis","status":"failure","message":"no answer","fix":"start it"}`; err != nil || string(got) != want {
		t.Errorf("%s (%v), want %s", got, err, want)
	}
}

func TestNoRedis_Reasons(t *testing.T) {
	t.Parallel()
	for why, fix := range map[string]string{
		"dial tcp: connection refused":                              "a running Redis",
		"x509: certificate signed by unknown authority":             "GOPHER_REDIS_SKIPVERIFY",
		"tls: first record does not look like a TLS handshake":      "no TLS at this address",
		"read tcp 10.0.0.1:1->10.0.0.2:2: connection reset by peer": "GOPHER_REDIS_TLS_NEXT_PORT",
		"EOF": "rediss://",
	} {
		if f := NoRedis(errors.New(why)); len(f) != 1 || f[0].Status != Failure || !strings.Contains(f[0].Fix, fix) {
			t.Errorf("%s: %+v", why, f)
		}
	}
}

func TestNoRedis_Certificates(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err   error
		fix   string
		state bool // no release is stopped for it
	}{
		{x509.CertificateInvalidError{Cert: &x509.Certificate{}, Reason: x509.Expired}, "has expired", true},
		{x509.HostnameError{Certificate: &x509.Certificate{}, Host: "redis.example"}, "another name", false},
		{x509.UnknownAuthorityError{}, "GOPHER_REDIS_SKIPVERIFY", false},
	} {
		f := NoRedis(fmt.Errorf("dial: %w", &tls.CertificateVerificationError{Err: test.err}))[0]
		if f.Status != Failure || f.State != test.state || !strings.Contains(f.Fix, test.fix) {
			t.Errorf("%v: %+v", test.err, f)
		}
	}
}

func TestAskRedis_EveryMaster(t *testing.T) {
	t.Parallel()
	servers, err := AskRedis(t.Context(), redistest.Open(t, redistest.Clustered))
	if err != nil || len(servers) != 3 {
		t.Fatalf("%d servers (%v)", len(servers), err)
	}
	for _, f := range Redis(servers, Encryption{TLS: true}, Backlog{Shards: 1}, 9)[2:] {
		if !strings.HasPrefix(f.Message, "127.0.0.1:") {
			t.Errorf("%+v does not say which", f)
		}
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	list := Configuration(errors.Join(errors.New("PORT is not valid: want a port number"), errors.New("REDIS_URL is not set: want rediss://host (from your provider)")))
	if len(list) != 2 || list[0].Message != "PORT is not valid" || list[0].Fix != "want a port number" || list[1].Fix != "want rediss://host (from your provider)" {
		t.Errorf("%+v", list)
	}
	if list := Configuration(nil); len(list) != 1 || list[0].Status != OK {
		t.Errorf("%+v", list)
	}
}
