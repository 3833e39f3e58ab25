package source

import "net/netip"

// special are the blocks of addresses that are not on the internet, or not one
// host's, in addition to those that netip.Addr knows.
// Sources: https://www.iana.org/assignments/iana-ipv4-special-registry and
// https://www.iana.org/assignments/iana-ipv6-special-registry
var special = prefixes(
	"0.0.0.0/8",       // this network
	"100.64.0.0/10",   // shared by a provider's customers (CGNAT)
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"192.88.99.0/24",  // 6to4 relays
	"198.18.0.0/15",   // benchmarks
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"240.0.0.0/4",     // reserved, and broadcast
	"2001::/23",       // protocol assignments, with Teredo
	"2001:db8::/32",   // documentation
	"3fff::/20",       // documentation
)

// IPv6 prefixes of addresses that lead to the IPv4 address in their bytes from here on.
var (
	nat64 = netip.MustParsePrefix("64:ff9b::/96") // the last four; RFC 6052
	sixTo = netip.MustParsePrefix("2002::/16")    // the third to sixth; RFC 3056
	// global is all of IPv6 that is given to hosts on the internet.
	global = netip.MustParsePrefix("2000::/3")
)

func prefixes(texts ...string) (list []netip.Prefix) {
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// isPublic reports whether an address is that of a host on the internet. For an IPv6
// address that leads to an IPv4 address (mapped, NAT64, 6to4) the latter decides.
func isPublic(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	bytes := a.As16()
	switch {
	case nat64.Contains(a):
		return isPublic(netip.AddrFrom4([4]byte(bytes[12:16])))
	case sixTo.Contains(a):
		return isPublic(netip.AddrFrom4([4]byte(bytes[2:6])))
	case !a.IsGlobalUnicast() || a.IsPrivate() || a.Is6() && !global.Contains(a):
		return false
	}
	for _, block := range special {
		if block.Contains(a) {
			return false
		}
	}
	return true
}
