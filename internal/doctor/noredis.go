package doctor

import (
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/redisx"
)

// NoRedis is the finding when Redis did not answer, or refused to. It is a state, unless the
// configuration is why: the address, the login or the database.
func NoRedis(err error) []Finding {
	const check = "redis"
	if wrong, ok := errors.AsType[*redisx.AddressError](err); ok {
		return []Finding{bad(check, Failure, wrong.Problem, wrong.Advice)}
	}
	if refused, ok := errors.AsType[*redisx.RefusedError](err); ok {
		f := bad(check, Failure, "it refuses the bot: "+refused.Err.Error(), refused.Advice)
		f.State = redis.HasErrorPrefix(refused.Err, "max number of clients reached")
		return []Finding{f}
	}
	message := "it does not answer: " + err.Error()
	expired, isInvalid := errors.AsType[x509.CertificateInvalidError](err)
	_, isOfAnother := errors.AsType[x509.HostnameError](err)
	switch text := err.Error(); {
	case isInvalid && expired.Reason == x509.Expired:
		return []Finding{state(check, Failure, message, "Redis's certificate has expired, or a clock is wrong: renew it there; the release is not the reason")}
	case isOfAnother:
		return []Finding{bad(check, Failure, message, "Redis has a certificate of another name: use in REDIS_URL the name that it is for")}
	case strings.Contains(text, "certificate"):
		return []Finding{bad(check, Failure, message,
			"Redis has a certificate of no known authority; set GOPHER_REDIS_SKIPVERIFY=true if that is intended, as on Heroku")}
	case strings.Contains(text, "first record does not look like a TLS handshake"):
		return []Finding{bad(check, Failure, message,
			"there is no TLS at this address: use the address with TLS, or redis:// with GOPHER_REDIS_INSECURE=true if plain text is acceptable")}
	case strings.Contains(text, "EOF"), strings.Contains(text, "connection reset"), strings.Contains(text, "broken pipe"):
		return []Finding{state(check, Failure, message,
			"Redis may have no free connection: see maxclients; or it wants TLS: use rediss://, or GOPHER_REDIS_TLS_NEXT_PORT=true for Heroku's older addresses")}
	}
	f := bad(check, Failure, message, "check that REDIS_URL is the address of a running Redis, and that this machine can reach it")
	unknown, isDNS := errors.AsType[*net.DNSError](err)
	f.State = !isDNS || !unknown.IsNotFound
	return []Finding{f}
}
