package redisconn_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/redisconn"
	"github.com/gobridge/gopherbot/internal/redistest"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// selfSigned writes a certificate for 127.0.0.1 that nobody vouches for, as
// Heroku's are, and its key.
func selfSigned(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "redis"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyBytes, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, bytes []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	return write("redis.crt", "CERTIFICATE", cert), write("redis.key", "EC PRIVATE KEY", keyBytes)
}

func TestTLS(t *testing.T) {
	t.Parallel()
	cert, key := selfSigned(t)
	server := redistest.Start(t, "--requirepass", "hunter2")
	server.ServeTLS(t, cert, key)
	for _, test := range []struct {
		name       string
		skipVerify string
		fails      string
	}{
		{"a certificate that nobody vouches for", "false", "certificate"},
		{"accepted because the operator says so", "true", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := config.Load(config.BGTasks, []string{
				"REDIS_URL=" + strings.Replace(server.TLSURL(), "://", "://:hunter2@", 1),
				"GOPHER_REDIS_SKIPVERIFY=" + test.skipVerify, "GOPHER_SLACK_BOT_ACCESS_TOKEN=xoxb-1",
			})
			if err != nil {
				t.Fatal(err)
			}
			rdb, err := redisconn.Open(c, 2)
			if err != nil {
				t.Fatal(err)
			}
			defer rdb.Close()
			err = rdb.Ping(t.Context()).Err()
			if test.fails == "" && err != nil || test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)) {
				t.Errorf("ping: %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the password is in the error: %v", err)
			}
		})
	}
}

func TestTheConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c, err := config.Load(config.BGTasks, []string{
		"REDIS_URL=" + server.URL(), "GOPHER_REDIS_INSECURE=true", "GOPHER_SLACK_BOT_ACCESS_TOKEN=xoxb-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	rdb, err := redisconn.Open(c, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer rdb.Close()
	var calls sync.WaitGroup
	for range 20 {
		calls.Go(func() {
			if err := rdb.XRead(t.Context(), &redis.XReadArgs{Streams: []string{"nothing", "0"}, Block: 20 * time.Millisecond}).Err(); !errors.Is(err, redis.Nil) {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	if n := rdb.PoolStats().TotalConns; n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
}
