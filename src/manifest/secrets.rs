//! Header values that a signed map must not publish.
//!
//! A manifest should hold placeholders (`Bearer ${NAME}`, `${NAME:default}`), which whoever calls the connector fills
//! in. What an operator wrote there literally would reach everybody who may read the map.

/// What stands in place of a value that is not published.
pub const REDACTED: &str = "[redacted]";

/// Words in front of a placeholder that say how it is sent.
const SCHEMES: &[&str] = &["bearer", "basic", "token", "apikey", "digest", "key"];

/// Parts of header names that promise a secret.
const SECRET_NAMES: &[&str] = &[
    "auth",
    "cookie",
    "credential",
    "key",
    "passphrase",
    "password",
    "secret",
    "session",
    "signature",
    "token",
];

/// How secrets of well-known services begin.
const SECRET_PREFIXES: &[&str] = &[
    "sk-",
    "sk_",
    "pk_live",
    "rk_live",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "xox",
    "akia",
    "asia",
    "eyj",
    "aiza",
    "hf_",
    "npm_",
    "pypi-",
    "ya29.",
    "-----begin",
    "bearer ",
    "basic ",
];

/// Whether `value` may be published as the value of header `name`. `authenticates`: the manifest says that this
/// header is how a client proves itself.
pub fn may_publish(name: &str, value: &str, authenticates: bool) -> bool {
    let literal = without_placeholders(value);
    let literal = literal.trim();
    if literal.is_empty() || SCHEMES.contains(&literal.to_ascii_lowercase().as_str()) {
        return true;
    }
    let lower = name.to_ascii_lowercase();
    let sensitive = authenticates || SECRET_NAMES.iter().any(|part| lower.contains(part));
    !sensitive && !looks_secret(literal)
}

/// The text outside `${NAME}` and `${NAME:default}`; a default that looks like a secret counts as literal.
fn without_placeholders(value: &str) -> String {
    let (mut literal, mut rest) = (String::new(), value);
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inner, tail)) = after.split_once('}') else { break };
        let (name, default) = inner.split_once(':').map_or((inner, ""), |(name, default)| (name, default));
        let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        literal.push_str(before);
        if !named {
            literal.push_str(inner);
        } else if looks_secret(default.trim_start_matches(['-', '?', '+'])) {
            literal.push_str(default);
        }
        rest = tail;
    }
    literal.push_str(rest);
    literal
}

/// A known prefix, or a long run of letters and digits that is no word.
fn looks_secret(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if SECRET_PREFIXES.iter().any(|prefix| lower.starts_with(prefix)) {
        return true;
    }
    text.split(|letter: char| letter.is_whitespace() || letter == ',' || letter == ';').any(|word| {
        let has = |test: fn(&u8) -> bool| word.as_bytes().iter().any(test);
        let token = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-.".contains(&byte));
        let mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
        token && ((word.len() >= 16 && mixed && !word.contains('.')) || word.len() >= 40)
    })
}
