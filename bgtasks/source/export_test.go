package source

import "net/netip"

// Digest returns a cursor's digest of an id.
var Digest = digest

// IsPublic reports whether a redirect to an address is followed.
var IsPublic = isPublic

// Redirects has c follow redirects to the addresses that may returns true for.
func (c *Client) Redirects(may func(netip.Addr) bool) *Client {
	c.redirected = guarded(c.configured, may)
	return c
}
