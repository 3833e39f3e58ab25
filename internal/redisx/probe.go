package redisx

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
)

// AddressError is the error of a REDIS_URL that cannot work.
type AddressError struct {
	// Problem says what is wrong. It does not quote the address, which has a password.
	Problem string
	// Advice says in one line how an operator fixes it.
	Advice string
}

func (e *AddressError) Error() string { return e.Problem + "; " + e.Advice }

// parameter matches the name of a parameter. It does not match a part of a password with a
// question mark in it, after which there is an "@".
var parameter = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// unknownParameter returns an error that names the parameters behind REDIS_URL that the parser
// rejects, nil if err is about something else.
func unknownParameter(err error) error {
	_, list, ok := strings.Cut(err.Error(), "unexpected option: ")
	if !ok {
		return nil
	}
	var known []string
	for name := range strings.SplitSeq(list, ", ") {
		if parameter.MatchString(name) {
			known = append(known, name)
		}
	}
	if len(known) == 0 {
		return &AddressError{"REDIS_URL has a question mark with something behind it that is no parameter",
			"write a question mark in the password as %3F, or remove the part behind it"}
	}
	return &AddressError{"REDIS_URL has a parameter that the bot does not know: " + strings.Join(known, ", "),
		"remove it from behind the question mark; to accept any certificate set GOPHER_REDIS_SKIPVERIFY=true"}
}

// probeTimeout bounds each of the two connections of Probe.
const probeTimeout = 2 * time.Second

// Probe connects to the first address of REDIS_URL that can be reached, and returns an
// AddressError if a server is there that speaks plain text where TLS is configured, or TLS where
// plain text is, and a RefusedError if the server takes no more connections. A client reports
// these as a timeout or as a connection that was closed. It returns nil for all else, also
// if nothing answers.
func Probe(ctx context.Context, c config.Config) error {
	opts, err := address(c)
	if err != nil {
		return nil // Open reports it
	}
	for _, addr := range opts.Addrs {
		conn, err := dial(ctx, addr)
		if err != nil {
			continue
		}
		if opts.TLSConfig == nil {
			return plain(ctx, conn, addr)
		}
		return encrypted(ctx, conn, addr)
	}
	return nil
}

func dial(ctx context.Context, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return conn, conn.SetDeadline(time.Now().Add(probeTimeout))
}

// plain probes an address without TLS. It closes conn.
func plain(ctx context.Context, conn net.Conn, addr string) error {
	reply, err := ping(conn)
	switch {
	case full(reply):
		return advised(serverError(strings.TrimPrefix(reply, "-")))
	case strings.HasPrefix(reply, "+"), strings.HasPrefix(reply, "-"), err != nil && errors.Is(err, os.ErrDeadlineExceeded):
		return nil
	}
	if conn, err = dial(ctx, addr); err != nil {
		return nil
	}
	if handshake(ctx, conn) != nil {
		return nil
	}
	return &AddressError{"Redis speaks TLS at this address, and REDIS_URL is a redis:// address", "use rediss://, and unset GOPHER_REDIS_INSECURE"}
}

// encrypted probes an address with TLS. It closes conn.
func encrypted(ctx context.Context, conn net.Conn, addr string) error {
	if handshake(ctx, conn) == nil {
		return nil
	}
	conn, err := dial(ctx, addr)
	if err != nil {
		return nil
	}
	switch reply, _ := ping(conn); {
	case full(reply):
		return advised(serverError(strings.TrimPrefix(reply, "-")))
	case strings.HasPrefix(reply, "+"), strings.HasPrefix(reply, "-"):
		return &AddressError{"Redis speaks plain text at this address, and TLS is configured",
			"use the address with TLS, or redis:// with GOPHER_REDIS_INSECURE=true if plain text is acceptable"}
	default:
		return nil
	}
}

// handshake makes a TLS handshake with any certificate, and closes conn.
func handshake(ctx context.Context, conn net.Conn) error {
	defer conn.Close()
	return tls.Client(conn, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}).HandshakeContext(ctx) // nothing is sent after it
}

// ping returns the first line with which a server answers a PING in plain text, and closes conn.
func ping(conn net.Conn) (string, error) {
	defer conn.Close()
	if _, err := io.WriteString(conn, "PING\r\n"); err != nil {
		return "", err
	}
	reply := make([]byte, 128)
	n, err := conn.Read(reply)
	line, _, _ := strings.Cut(string(reply[:n]), "\r\n")
	return line, err
}

// full reports whether a server refuses the connection because it has too many.
func full(reply string) bool { return strings.HasPrefix(reply, "-ERR max number of clients") }

// serverError is an error that Redis sent outside of a client.
type serverError string

func (e serverError) Error() string { return string(e) }

// RedisError makes it a redis.Error.
func (serverError) RedisError() {}
