// Package redisx opens a process's connections to Redis from its configuration, and bounds
// their number: the smallest Heroku plan allows 20 for all processes.
package redisx

import (
	"crypto/tls"
	"net"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/gobridge/gopherbot/internal/config"
)

// Open returns a client that uses at most conns connections, on a Redis Cluster to each of
// its nodes. It does not connect yet. The caller closes it. The error is an AddressError if
// REDIS_URL cannot work. The client's errors are RefusedErrors if Redis refuses the login, the
// database or a command.
func Open(c config.Config, conns int) (redis.UniversalClient, error) {
	opts, err := address(c)
	if err != nil {
		if unknown := unknownParameter(err); unknown != nil {
			return nil, unknown
		}
		// Not wrapped: the parser quotes the address with its password.
		return nil, &AddressError{"REDIS_URL cannot be parsed", "write it as " + forms[c.RedisMode] + ", with special characters in the password percent-encoded"}
	}
	if opts.TLSConfig != nil {
		opts.TLSConfig.MinVersion = tls.VersionTLS12
		opts.TLSConfig.InsecureSkipVerify = c.RedisSkipVerify
	}
	opts.OnConnect = setName
	opts.PoolSize, opts.MaxActiveConns = conns, conns
	opts.PipelinePoolSize = -1 // pipelines use the same connections, so that the bound holds
	opts.ContextTimeoutEnabled = true
	opts.DialTimeout, opts.ReadTimeout, opts.WriteTimeout = 2*time.Second, 3*time.Second, 3*time.Second
	opts.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled} // Redis Cloud only
	rdb := redis.NewUniversalClient(opts)
	rdb.AddHook(adviser{})
	return rdb, nil
}

// nextPort replaces the plain-text address of an old Heroku Redis by that of its TLS
// proxy, which is on the next port.
// Source: https://devcenter.heroku.com/articles/securing-heroku-redis
func nextPort(o *redis.Options) error {
	host, port, err := net.SplitHostPort(o.Addr)
	if err != nil {
		return err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return err
	}
	o.Addr = net.JoinHostPort(host, strconv.FormatUint(n+1, 10))
	o.TLSConfig = &tls.Config{ServerName: host}
	return nil
}

var forms = map[config.RedisMode]string{
	config.RedisSingle:   "rediss://:password@host:port/database",
	config.RedisSentinel: "rediss://:sentinel-password@host:port/database?master_name=name&addr=host:port&username=name&password=password",
	config.RedisCluster:  "rediss://:password@host:port?addr=host:port",
}

// address parses REDIS_URL in the form of its mode.
func address(c config.Config) (*redis.UniversalOptions, error) {
	switch c.RedisMode {
	case config.RedisSentinel:
		o, err := redis.ParseFailoverURL(c.RedisURL.Reveal())
		if err != nil {
			return nil, err
		}
		return &redis.UniversalOptions{
			MasterName: o.MasterName, Addrs: o.SentinelAddrs, SentinelUsername: o.SentinelUsername, SentinelPassword: o.SentinelPassword,
			Username: o.Username, Password: o.Password, DB: o.DB, TLSConfig: o.TLSConfig,
		}, nil
	case config.RedisCluster:
		o, err := redis.ParseClusterURL(c.RedisURL.Reveal())
		if err != nil {
			return nil, err
		}
		return &redis.UniversalOptions{
			IsClusterMode: true, Addrs: o.Addrs, Username: o.Username, Password: o.Password, TLSConfig: o.TLSConfig,
		}, nil
	default:
		o, err := redis.ParseURL(c.RedisURL.Reveal())
		if err != nil {
			return nil, err
		}
		if c.RedisTLSNextPort && o.TLSConfig == nil {
			if err := nextPort(o); err != nil {
				return nil, err
			}
		}
		return &redis.UniversalOptions{
			Addrs: []string{o.Addr}, Username: o.Username, Password: o.Password, DB: o.DB, TLSConfig: o.TLSConfig,
		}, nil
	}
}
