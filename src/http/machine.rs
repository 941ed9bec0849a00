//! Names and addresses of this machine.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::tls::Names;

/// Addresses by which other machines may reach this one: neither loopback nor link-local.
pub fn addresses() -> BTreeSet<IpAddr> {
    let Ok(interfaces) = nix::ifaddrs::getifaddrs() else {
        return BTreeSet::new();
    };
    interfaces
        .filter_map(|interface| interface.address)
        .filter_map(|address| ip(&address))
        .filter(is_reachable)
        .collect()
}

fn ip(address: &nix::sys::socket::SockaddrStorage) -> Option<IpAddr> {
    let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
    v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
}

fn is_reachable(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local() && !v4.is_unspecified(),
        IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local() && !v6.is_unspecified(),
    }
}

/// The address to show to people: IPv4 first, because it can be typed.
pub fn address_for_people() -> Option<IpAddr> {
    let addresses = addresses();
    addresses
        .iter()
        .find(|address| address.is_ipv4())
        .or_else(|| addresses.first())
        .copied()
}

/// Everything a certificate has to be good for, with the host of `public_url`.
pub fn names(public_url: &str) -> Names {
    let mut hosts = BTreeSet::from(["localhost".to_owned()]);
    if let Some(name) = nix::unistd::gethostname()
        .ok()
        .and_then(|name| name.into_string().ok())
    {
        let name = name.to_lowercase();
        if !name.contains('.') {
            hosts.insert(format!("{name}.local"));
        }
        hosts.insert(name);
    }
    let mut all = addresses();
    all.extend([
        IpAddr::from([127, 0, 0, 1]),
        IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
    ]);
    let host = host(public_url);
    match host.parse() {
        Ok(address) => _ = all.insert(address),
        Err(_) => _ = hosts.insert(host.to_owned()),
    }
    hosts.retain(|host| is_host(host));
    Names {
        hosts,
        addresses: all,
    }
}

/// The host of `https://host[:port]`.
pub fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    match rest.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => rest.split([':', '/']).next().unwrap_or_default(),
    }
}

fn is_host(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_address_is_found() {
        for (url, expected) in [
            ("https://seat.example.gov:8443", "seat.example.gov"),
            ("https://192.0.2.1", "192.0.2.1"),
            ("https://[2001:db8::1]:8443", "2001:db8::1"),
        ] {
            assert_eq!(host(url), expected);
        }
        let names = names("https://seat.example.gov:8443");
        assert!(names.hosts.contains("seat.example.gov") && names.hosts.contains("localhost"));
    }
}
