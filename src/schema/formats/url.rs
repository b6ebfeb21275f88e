//! URLs as the constructor of `URL` takes them.

/// Whether `new URL(text)` would not throw.
pub fn is_url(text: &str) -> bool {
    is_plain_web_url(text.as_bytes()) || url::Url::parse(text).is_ok()
}

/// The common case at the speed of a comparison: `https`, a name of letters, no port, a path without anything odd.
fn is_plain_web_url(bytes: &[u8]) -> bool {
    let rest = bytes.strip_prefix(b"https://").or_else(|| bytes.strip_prefix(b"http://"));
    let Some(rest) = rest else { return false };
    // A label that begins with `xn--` has to be decoded, and one that is all digits may be an address.
    let (mut before, mut host) = (b'.', 0);
    for &byte in rest.iter().take_while(|byte| **byte != b'/') {
        let next_label = byte == b'.' && before != b'.';
        if !byte.is_ascii_lowercase() && !next_label {
            return false;
        }
        (before, host) = (byte, host + 1);
    }
    let path = rest.get(host..).unwrap_or_default();
    before != b'.' && path.iter().all(|byte| PLAIN_IN_PATHS.get(usize::from(*byte)) == Some(&true))
}

/// Bytes of paths, queries and fragments that mean themselves.
const PLAIN_IN_PATHS: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        #[allow(clippy::indexing_slicing)] // evaluated by the compiler
        {
            plain[byte as usize] = byte.is_ascii_alphanumeric();
        }
        byte += 1;
    }
    let mut others: &[u8] = b"/-_.~?=&#%+,:;@!$'()*";
    while let [byte, rest @ ..] = others {
        #[allow(clippy::indexing_slicing)] // as above
        {
            plain[*byte as usize] = true;
        }
        others = rest;
    }
    plain
};
