//! Paths as text: one way to write each place, or a reason why the text names none.
//!
//! Judged without asking the file system, and stricter than it: what only some consumers of a path understand (a
//! backslash on Unix, a URL) is refused, because the one who judges must not read it otherwise than the one who opens.

/// Longest path that is looked at, in bytes; what the system takes on Linux.
pub const MAX_PATH_BYTES: usize = 4096;

/// How the system at hand reads paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `/` separates, everything else but NUL may stand in a name.
    Posix,
    /// `/` and `\` separate, letters have no case, and many names mean something else than they say.
    Windows,
}

impl Style {
    /// That of this system.
    pub const HERE: Self = if cfg!(windows) { Self::Windows } else { Self::Posix };
}

/// Why a path is refused, in a few words.
pub type Reason = &'static str;

/// Writes the place that `path` names into `into`: `/a/b` with neither `.`, `..` nor doubled or trailing slashes, empty
/// for the root; on Windows `c:/a/b` in lower case. A relative path begins at `base`, a place written like that.
pub fn place(style: Style, base: &[u8], path: &[u8], into: &mut Vec<u8>) -> Result<(), Reason> {
    into.clear();
    if path.len() > MAX_PATH_BYTES {
        return Err("too long");
    }
    if path.contains(&0) {
        return Err("contains NUL");
    }
    if path.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"file:")) {
        return Err("a URL as text");
    }
    match style {
        Style::Posix => posix(base, path, into),
        Style::Windows => windows(base, path, into),
    }
}

fn posix(base: &[u8], path: &[u8], into: &mut Vec<u8>) -> Result<(), Reason> {
    if path.contains(&b'\\') {
        return Err("contains a backslash");
    }
    if path.first() != Some(&b'/') {
        into.extend_from_slice(base);
    }
    for name in path.split(|byte| *byte == b'/') {
        push(into, name, 0);
    }
    Ok(())
}

/// Adds one name. `root` is how many bytes `..` cannot take away.
fn push(into: &mut Vec<u8>, name: &[u8], root: usize) {
    match name {
        b"" | b"." => {}
        b".." => {
            let cut = into.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
            into.truncate(cut.max(root));
        }
        _ => {
            into.push(b'/');
            into.extend_from_slice(name);
        }
    }
}

fn windows(base: &[u8], path: &[u8], into: &mut Vec<u8>) -> Result<(), Reason> {
    // Case is folded as text, so the text must be one.
    let text = std::str::from_utf8(path).map_err(|_| "not UTF-8")?.to_lowercase();
    let mut rest = text.as_str();
    let is_separator = |byte: &u8| matches!(byte, b'/' | b'\\');
    let bytes = rest.as_bytes();
    if bytes.get(1) == Some(&b':') && bytes.first().is_some_and(u8::is_ascii_lowercase) {
        if !bytes.get(2).is_some_and(is_separator) {
            return Err("relative to a drive");
        }
        into.extend_from_slice(bytes.get(..2).unwrap_or_default());
        rest = rest.get(2..).unwrap_or_default();
    } else if bytes.first().is_some_and(is_separator) {
        return Err("rooted without a drive, or a network path");
    } else {
        into.extend_from_slice(base);
    }
    for name in rest.split(['/', '\\']) {
        if name != "." && name != ".." {
            plain_windows_name(name)?;
        }
        push(into, name.as_bytes(), 2);
    }
    Ok(())
}

/// Refuses names that Windows reads as something else: streams, devices, short names, names it trims.
fn plain_windows_name(name: &str) -> Result<(), Reason> {
    if name.ends_with(['.', ' ']) {
        return Err("a name that ends with a dot or a space");
    }
    if name.contains(':') {
        return Err("an alternate data stream");
    }
    if name.contains(|letter: char| letter < ' ' || "*?\"<>|".contains(letter)) {
        return Err("a character that no name has");
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let numbered = ["com", "lpt"].iter().any(|device| {
        stem.strip_prefix(device).is_some_and(|rest| {
            rest.chars().count() == 1
                && rest.contains(|digit: char| digit.is_ascii_digit() || "¹²³".contains(digit))
        })
    });
    if numbered || ["con", "prn", "aux", "nul", "conin$", "conout$"].contains(&stem) {
        return Err("the name of a device");
    }
    let short =
        name.as_bytes().windows(2).any(|pair| matches!(pair, [b'~', digit] if digit.is_ascii_digit()));
    if short { Err("a short name") } else { Ok(()) }
}
