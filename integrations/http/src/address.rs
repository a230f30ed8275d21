//! Which addresses are public. The table follows the IANA special-purpose registries (RFC 6890)
//! and is at least as wide as the one Svix ships for its webhooks.

use ipnet::{Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(a: u16, b: u16, c: u16, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), length)
}

const NOT_PUBLIC_4: [Ipv4Net; 17] = [
    v4(0, 0, 0, 0, 8),     // this network (RFC 791); 0.0.0.0 reaches the machine itself
    v4(10, 0, 0, 0, 8),    // private (RFC 1918)
    v4(100, 64, 0, 0, 10), // carrier-grade NAT (RFC 6598); cloud metadata at 100.100.100.200
    v4(127, 0, 0, 0, 8),   // loopback (RFC 1122)
    v4(168, 63, 129, 16, 32), // Azure's host agent, which looks public
    v4(169, 254, 0, 0, 16), // link-local (RFC 3927); cloud metadata at 169.254.169.254
    v4(172, 16, 0, 0, 12), // private (RFC 1918)
    v4(192, 0, 0, 0, 24),  // protocol assignments (RFC 6890)
    v4(192, 0, 2, 0, 24),  // documentation (RFC 5737)
    v4(192, 31, 196, 0, 24), // AS112 (RFC 7535)
    v4(192, 88, 99, 0, 24), // 6to4 relay (RFC 7526)
    v4(192, 168, 0, 0, 16), // private (RFC 1918)
    v4(198, 18, 0, 0, 15), // benchmarking (RFC 2544)
    v4(198, 51, 100, 0, 24), // documentation (RFC 5737)
    v4(203, 0, 113, 0, 24), // documentation (RFC 5737)
    v4(224, 0, 0, 0, 4),   // multicast (RFC 5771)
    v4(240, 0, 0, 0, 4),   // reserved (RFC 1112), with the broadcast address
];

/// Within 2000::/3; everything outside of it is refused anyway: loopback, unspecified, mapped and
/// compatible IPv4, NAT64 (RFC 6052), discard (RFC 6666), SRv6 (RFC 9602), unique local
/// (RFC 4193), link-local, site-local, multicast.
const NOT_PUBLIC_6: [Ipv6Net; 4] = [
    v6(0x2001, 0, 0, 23),     // protocol assignments (RFC 2928), Teredo among them
    v6(0x2001, 0xdb8, 0, 32), // documentation (RFC 3849)
    v6(0x2002, 0, 0, 16),     // 6to4 (RFC 3056): carries any IPv4 address
    v6(0x3fff, 0, 0, 20),     // documentation (RFC 9637)
];

const GLOBAL_UNICAST: Ipv6Net = v6(0x2000, 0, 0, 3);

/// Whether anybody on the internet can have this address.
pub(crate) fn is_public(address: IpAddr) -> bool {
    // `::ffff:127.0.0.1` is the IPv4 address as far as the operating system is concerned.
    match address.to_canonical() {
        IpAddr::V4(v4) => !NOT_PUBLIC_4.iter().any(|net| net.contains(&v4)),
        IpAddr::V6(v6) => {
            GLOBAL_UNICAST.contains(&v6) && !NOT_PUBLIC_6.iter().any(|net| net.contains(&v6))
        }
    }
}
