use crate::address::is_public;
use crate::own::OwnAddresses;
use crate::resolver::SystemLookup;
use crate::target::GuardedHttpConfig;
use std::sync::Arc;
use url::Url;

/// As when the platform has no address of its own.
fn check(guard: &GuardedHttpConfig, url: &str) -> Result<Url, String> {
    guard.check(url, &OwnAddresses::new(&[], Arc::new(SystemLookup)))
}

#[test]
fn inside_addresses_are_not_public() {
    for inside in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.100.100.200",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.31.196.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:a9fe:a9fe",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ] {
        assert!(!is_public(inside.parse().unwrap()), "{inside}");
    }
}

#[test]
fn outside_addresses_are_public() {
    for outside in [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "126.255.255.255",
        "128.0.0.1",
        "169.253.0.1",
        "172.15.255.255",
        "172.32.0.1",
        "192.0.1.1",
        "192.167.0.1",
        "198.17.255.255",
        "198.20.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450:4001::1",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
    ] {
        assert!(is_public(outside.parse().unwrap()), "{outside}");
    }
}

#[test]
fn urls_that_reach_inside_are_refused_in_every_spelling() {
    let guard = GuardedHttpConfig {
        forbidden_domains: vec!["Auterity.example".to_owned()],
        ..GuardedHttpConfig::default()
    };
    for url in [
        // One address in many forms.
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://017700000001/",
        "http://127.0.0.1./",
        "http://127%2e0%2e0%2e1/",
        "http://１２７.0.0.1/",
        "http://①27.0.0.1/",
        "http:127.0.0.1",
        "http:\\\\127.0.0.1\\",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[0:0:0:0:0:ffff:169.254.169.254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[2002:7f00:1::]/",
        "http://0/",
        "http://0.0.0.0/",
        "http://169.254.169.254/latest/meta-data",
        "http://0xa9fea9fe/",
        "http://2852039166/",
        // Names that mean something inside.
        "http://localhost/",
        "http://LOCALHOST./",
        "http://a.localhost/",
        "http://postgres/",
        "http://metadata/",
        "http://metadata.google.internal/",
        "http://printer.local/",
        "http://nas.lan/",
        "http://router.home.arpa/",
        "http://api.internal./",
        // The platform itself.
        "https://auterity.example/",
        "https://acme.auterity.EXAMPLE/",
        "https://auterity.example./",
        // Other schemes, ports, credentials.
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "javascript:alert(1)",
        "http://example.com:22/",
        "http://example.com:6379/",
        "https://example.com:0/",
        "http://user@example.com/",
        "http://user:password@example.com/",
        "http://:p@example.com/",
        "http://example.com@127.0.0.1/",
        "",
        "example.com",
        "http://",
        "//example.com",
    ] {
        assert!(check(&guard, url).is_err(), "{url}");
    }
    for url in [
        "https://example.com/",
        "http://example.com:80/x?y#z",
        "https://example.com:8443/",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://notauterity.example/",
        "https://internal.example.com/",
        "https://bücher.example/",
        "HTTPS://EXAMPLE.COM",
    ] {
        assert!(check(&guard, url).is_ok(), "{url}");
    }
}

#[test]
fn exceptions_are_exactly_what_was_allowed() {
    let guard = super::with_loopback(&[9000]);
    assert!(check(&guard, "http://127.0.0.1:5555/").is_ok());
    assert!(check(&guard, "http://[::ffff:127.0.0.1]:5555/").is_ok());
    assert!(check(&guard, "http://example.com:9000/").is_ok());
    assert!(check(&guard, "http://example.com:5555/").is_err());
    assert!(check(&guard, "http://10.0.0.1/").is_err());
    assert!(check(&guard, "http://localhost:9000/").is_err());
}
