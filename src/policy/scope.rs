//! Which files a grant reaches: scopes normalised once, and each path judged against them.

use super::PolicyError;
use super::path::{MAX_PATH_BYTES, Reason, Style, place};

/// The files below some places.
#[derive(Debug, Clone)]
pub struct Scope {
    style: Style,
    base: Vec<u8>,
    roots: Vec<Vec<u8>>,
    /// The roots below the base as a plain relative path spells them.
    spelled: Vec<Vec<u8>>,
}

/// A path inside a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inside<'a> {
    /// Which of [`Scope::roots`] it lies below.
    pub root: usize,
    /// What follows that root, without a slash at its beginning; empty for the root itself.
    pub rest: &'a [u8],
}

impl Scope {
    /// `base` is the directory that relative scopes and paths begin at; it must be absolute.
    ///
    /// Of nested scopes only the outermost stays: whoever may write there could otherwise turn a directory above the
    /// inner one into a link.
    pub fn compile(style: Style, base: &str, scopes: &[String]) -> Result<Self, PolicyError> {
        let invalid = |scope: &str, reason| PolicyError::ScopeInvalid { scope: scope.to_owned(), reason };
        let mut normal_base = Vec::new();
        place(style, b"", base.as_bytes(), &mut normal_base).map_err(|reason| invalid(base, reason))?;
        let absolute = match style {
            Style::Posix => base.starts_with('/'),
            Style::Windows => base.as_bytes().get(1) == Some(&b':'),
        };
        if !absolute {
            return Err(invalid(base, "the base is not absolute"));
        }
        let mut roots: Vec<Vec<u8>> = Vec::new();
        for scope in scopes {
            let root = root_of(style, &normal_base, scope).map_err(|reason| invalid(scope, reason))?;
            if !roots.iter().any(|outer| below(outer, &root).is_some()) {
                roots.retain(|inner| below(&root, inner).is_none());
                roots.push(root);
            }
        }
        let mut spelled = Vec::new();
        if style == Style::Posix {
            let relative = |root: &Vec<u8>| below(&normal_base, root)?.strip_prefix(b"/").map(<[u8]>::to_vec);
            spelled = roots.iter().filter_map(relative).filter(|root| !root.is_empty()).collect();
        }
        Ok(Self { style, base: normal_base, roots, spelled })
    }

    /// The places, normalised, none inside another.
    pub fn roots(&self) -> &[Vec<u8>] {
        &self.roots
    }

    /// Whether there is nothing to judge: a grant without scopes leaves paths alone.
    pub fn is_open(&self) -> bool {
        self.roots.is_empty()
    }

    /// Whether `path` lies inside.
    #[inline]
    pub fn contains(&self, path: &[u8], scratch: &mut Vec<u8>) -> bool {
        // Most paths are written the plain way: then what they begin with decides, and nothing is built.
        let plain = self
            .spelled
            .iter()
            .any(|root| below(root, path).is_some_and(|rest| path.len() <= MAX_PATH_BYTES && is_plain(rest)));
        plain || self.judge(path, scratch).is_ok()
    }

    /// Where `path` lies; `scratch` gets its normal form.
    #[inline]
    pub fn judge<'a>(&self, path: &[u8], scratch: &'a mut Vec<u8>) -> Result<Inside<'a>, Reason> {
        place(self.style, &self.base, path, scratch)?;
        let found = self.roots.iter().enumerate().find(|(_, root)| below(root, scratch).is_some());
        let (root, skipped) = found.map(|(index, root)| (index, root.len())).ok_or("outside")?;
        let rest = scratch.get(skipped..).unwrap_or_default();
        Ok(Inside { root, rest: rest.strip_prefix(b"/").unwrap_or(rest) })
    }
}

/// What follows `root` in `path`, if it is that place or lies below it.
fn below<'a>(root: &[u8], path: &'a [u8]) -> Option<&'a [u8]> {
    path.strip_prefix(root).filter(|rest| matches!(rest.first(), None | Some(b'/')))
}

/// Whether a path goes straight down: no name in it is empty or begins with a dot, and every byte is an ordinary one.
fn is_plain(rest: &[u8]) -> bool {
    let ordinary = |byte: u8| (byte != 0) & (byte != b'\\');
    // Without branches, so that many bytes are looked at at once.
    let following = rest.get(1..).unwrap_or_default();
    let pairs = rest.iter().zip(following).fold(true, |plain, (&byte, &next)| {
        plain & ordinary(byte) & !((byte == b'/') & ((next == b'/') | (next == b'.')))
    });
    pairs & rest.last().is_none_or(|&byte| ordinary(byte))
}

fn root_of(style: Style, base: &[u8], scope: &str) -> Result<Vec<u8>, Reason> {
    if scope.is_empty() {
        return Err("empty; write . for the base");
    }
    // "packages/**" says what "packages" says; any other pattern would have to match names that do not exist yet.
    let plain = scope.strip_suffix("/**").unwrap_or(scope);
    if plain.contains(['*', '?', '[', '{']) {
        return Err("a pattern; name a directory");
    }
    let separators: &[char] = if style == Style::Windows { &['/', '\\'] } else { &['/'] };
    if plain.split(separators).any(|name| name == "..") {
        return Err("contains ..");
    }
    let mut root = Vec::new();
    place(style, base, plain.as_bytes(), &mut root)?;
    Ok(root)
}
