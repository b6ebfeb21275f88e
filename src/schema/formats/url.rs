//! URLs as the constructor of `URL` takes them.

/// Whether `new URL(text)` would not throw.
pub fn is_url(text: &str) -> bool {
    is_plain_web_url(text.as_bytes()) || url::Url::parse(text).is_ok()
}

/// The common case at the speed of a comparison: `https`, a name of letters, no port, a path without anything odd.
fn is_plain_web_url(bytes: &[u8]) -> bool {
    let rest = bytes.strip_prefix(b"https://").or_else(|| bytes.strip_prefix(b"http://"));
    let Some(rest) = rest else { return false };
    let host = rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(host);
    // A label that begins with `xn--` has to be decoded, and one that is all digits may be an address.
    let plain_host = host.first().is_some_and(u8::is_ascii_lowercase)
        && host.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'.')
        && host.last().is_some_and(u8::is_ascii_lowercase)
        && !host.windows(2).any(|pair| pair == b"..");
    plain_host
        && path.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.~?=&#%+,:;@!$'()*".contains(byte))
}
