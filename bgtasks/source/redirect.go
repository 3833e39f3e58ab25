package source

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// maxRedirects is how many redirects are followed.
const maxRedirects = 5

// follow requests an address and follows redirects. net/http's client would send a
// Referer, with a secret of the address.
//
// The address itself is the operator's choice and may be anywhere. After a redirect to
// another host or port, only public addresses are dialled.
func (c *Client) follow(ctx context.Context, address *url.URL, header http.Header) (*http.Response, error) {
	transport := c.configured
	for at, hops := address, 0; ; hops++ {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
		if err != nil {
			return nil, errors.New("not an address") // the parser's error quotes it
		}
		r.Header = header.Clone()
		if password, ok := at.User.Password(); ok || at.User.Username() != "" {
			r.SetBasicAuth(at.User.Username(), password)
		}
		answer, err := transport.RoundTrip(r)
		if err != nil && hops > 0 && at.Host != address.Host {
			err = fmt.Errorf("redirected to %s: %w", at.Host, err)
		}
		if err != nil || !isRedirect(answer) {
			return answer, err
		}
		answer.Body.Close()
		if hops == maxRedirects {
			return nil, fmt.Errorf("more than %d redirects", maxRedirects)
		}
		next, err := redirected(at, answer.Header.Get("Location"))
		if err != nil {
			return nil, err
		}
		if transport != c.configured || hostPort(next) != hostPort(address) {
			transport, next.User = c.redirected, nil
		}
		at = next
	}
}

func isRedirect(answer *http.Response) bool {
	switch answer.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return answer.Header.Get("Location") != ""
	default:
		return false
	}
}

// redirected returns the target of a redirect. Its errors do not quote location, which
// may repeat a secret of the address.
func redirected(from *url.URL, location string) (*url.URL, error) {
	to, err := url.Parse(location)
	if err != nil {
		return nil, errors.New("redirected to an address that cannot be read")
	}
	if to.User != nil {
		return nil, errors.New("redirected to an address with a user name in it")
	}
	switch to = from.ResolveReference(to); {
	case to.Scheme != "http" && to.Scheme != "https":
		return nil, fmt.Errorf("redirected to a %.20s address", to.Scheme)
	case to.Scheme == "http" && from.Scheme == "https":
		return nil, errors.New("redirected from https to http")
	case to.Hostname() == "":
		return nil, errors.New("redirected to an address without a host")
	}
	to.User = from.User // only for the same host, see follow
	return to, nil
}

// hostPort returns the host and the port of an address.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// errNotPublic is the error of a redirect to an address that is not on the
// internet.
var errNotPublic = errors.New("not a public address, so the redirect is not followed; if its target is right, configure that address")

// guarded returns a transport that dials only public addresses, as the name resolves at
// that moment. It uses no proxy, which would resolve the name again. It keeps no
// connections: the address of an earlier one is not known.
func guarded(base *http.Transport, public func(netip.Addr) bool) *http.Transport {
	dialer := &net.Dialer{
		Timeout: 10 * time.Second,
		Control: func(_, address string, _ syscall.RawConn) error {
			a, err := netip.ParseAddrPort(address)
			if err != nil || !public(a.Addr()) {
				return errNotPublic
			}
			return nil
		},
	}
	transport := &http.Transport{
		DialContext: dialer.DialContext, DisableKeepAlives: true,
		TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: maxHeader,
	}
	if base.TLSClientConfig != nil {
		transport.TLSClientConfig = base.TLSClientConfig.Clone()
	}
	return transport
}
