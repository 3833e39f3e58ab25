package redistest

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
	"strconv"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// ServeTLS restarts the server at another address, and with TLS on the port
// after it, as Heroku's were. Its certificate is one that nobody vouches for, as
// Heroku's are.
func (s *Server) ServeTLS(t testing.TB) {
	t.Helper()
	s.Stop(t)
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "redis.crt"), filepath.Join(dir, "redis.key")
	if err := writeSelfSigned(certFile, keyFile); err != nil {
		t.Fatalf("make a certificate for the redis-server: %v", err)
	}
	args := s.args
	var err error
	for range 5 { // another process may take the ports first
		if s.port, err = freePair(); err != nil {
			break
		}
		s.tls = s.port + 1
		s.args = append(args[:len(args):len(args)], "--tls-port", strconv.Itoa(s.tls),
			"--tls-cert-file", certFile, "--tls-key-file", keyFile, "--tls-auth-clients", "no")
		if err = s.run(); err == nil {
			return
		}
	}
	t.Fatalf("restart the redis-server with TLS: %v", err)
}

// TLSURL returns the server's address for TLS.
func (s *Server) TLSURL() string { return "rediss://127.0.0.1:" + strconv.Itoa(s.tls) }

// freePair returns a port that is free, as is the next.
func freePair() (int, error) {
	port, err := testenv.FreePort()
	for range 20 {
		if err != nil {
			return 0, err
		}
		before := port
		if port, err = testenv.FreePort(); err == nil && port == before+1 {
			return before, nil
		}
	}
	return 0, errors.New("no two ports side by side are free")
}

func writeSelfSigned(certFile, keyFile string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "redis"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	keyBytes, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyBytes}), 0o600)
}
