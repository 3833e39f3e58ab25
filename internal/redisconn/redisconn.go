// Package redisconn opens a process's connections to Redis as its configuration
// says, and bounds them: the smallest Heroku plan has 20 for all processes.
package redisconn

import (
	"crypto/tls"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/gobridge/gopherbot/internal/config"
)

// Open returns a client that uses at most conns connections. It does not
// connect yet. The caller closes it.
func Open(c config.Config, conns int) (redis.UniversalClient, error) {
	opts, err := redis.ParseURL(c.RedisURL.Reveal())
	if err != nil {
		// Not wrapped: the parser repeats the address with its password.
		return nil, errors.New("REDIS_URL cannot be read: want rediss://:password@host:port/database, with special characters in the password percent-encoded")
	}
	if opts.TLSConfig != nil {
		opts.TLSConfig.MinVersion = tls.VersionTLS12
		opts.TLSConfig.InsecureSkipVerify = c.RedisSkipVerify
	}
	opts.ClientName = "gopherbot"
	opts.PoolSize, opts.MaxActiveConns = conns, conns
	opts.PipelinePoolSize = -1 // pipelines use the same connections, so that the bound holds
	opts.ContextTimeoutEnabled = true
	opts.DialTimeout, opts.ReadTimeout, opts.WriteTimeout = 2*time.Second, 3*time.Second, 3*time.Second
	opts.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled} // Redis Cloud only
	return redis.NewClient(opts), nil
}
