package gateway

import (
	"net/http"
	"net/netip"
	"strings"
)

// ClientAddress returns the address of a request's client, without a port. If proxies is 0,
// that is the other end of the connection. Otherwise it is the entry of X-Forwarded-For
// that the first of so many proxies appended, counted from the end: clients can write the
// entries before it themselves. If that entry is missing, or is no address, it is the other
// end of the connection.
func ClientAddress(r *http.Request, proxies int) string {
	if proxies > 0 {
		var hops []string
		for _, line := range r.Header.Values("X-Forwarded-For") {
			hops = append(hops, strings.Split(line, ",")...)
		}
		if len(hops) >= proxies {
			if address := withoutPort(strings.TrimSpace(hops[len(hops)-proxies])); address != "" {
				return address
			}
		}
	}
	if address := withoutPort(r.RemoteAddr); address != "" {
		return address
	}
	return r.RemoteAddr
}

// withoutPort returns an address, which may have a port, without it, or "" if it is none.
func withoutPort(address string) string {
	if with, err := netip.ParseAddrPort(address); err == nil {
		return with.Addr().Unmap().String()
	}
	if ip, err := netip.ParseAddr(strings.Trim(address, "[]")); err == nil {
		return ip.Unmap().String()
	}
	return ""
}
