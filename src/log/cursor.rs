//! Cursors: `<epoch>-<offset>`, the resume token of every transport.
//!
//! Short and URL-safe, because browsers turn a long `Last-Event-ID` into a CORS preflight. The epoch is random and
//! made with the log, so that a cursor of another log is told from an old one of this log.

use std::fmt;

/// Largest offset: JavaScript counts exactly up to 2^53 - 1.
pub const MAX_OFFSET: u64 = (1 << 53) - 1;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Identity of a log: eight characters, 40 random bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch([u8; 8]);

impl Epoch {
    /// An epoch from random bytes.
    pub fn from_random(bytes: [u8; 8]) -> Self {
        Self(bytes.map(|byte| ALPHABET.get(usize::from(byte & 31)).copied().unwrap_or(b'0')))
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 8] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(|byte| ALPHABET.contains(byte)).then_some(Self(bytes))
    }

    /// The text form.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The epoch as the spool's header keeps it.
    pub fn padded(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(self.0).for_each(|(to, from)| *to = from);
        bytes
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a resume token turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// A cursor of this log.
    Offset(u64),
    /// A cursor of another log, or of this one before it was started anew.
    OtherEpoch,
    /// No cursor at all: perhaps the consumer's own event id.
    Foreign,
}

/// Reads `text` as a cursor of the log with `epoch`.
pub fn parse(epoch: Epoch, text: &str) -> Token {
    let Some((head, digits)) = text.split_once('-') else { return Token::Foreign };
    let Some(found) = Epoch::parse(head) else { return Token::Foreign };
    let canonical =
        digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    match digits.parse::<u64>() {
        Ok(offset) if canonical && offset <= MAX_OFFSET => {
            if found == epoch {
                Token::Offset(offset)
            } else {
                Token::OtherEpoch
            }
        }
        _ => Token::Foreign,
    }
}

/// The text of the cursor at `offset`.
pub fn format(epoch: Epoch, offset: u64) -> String {
    format!("{epoch}-{offset}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: Epoch = Epoch(*b"k3v9x2qa");

    #[test]
    fn reads_back_what_it_writes() {
        for offset in [0, 1, 9, 10, 1 << 32, MAX_OFFSET] {
            assert_eq!(parse(EPOCH, &format(EPOCH, offset)), Token::Offset(offset));
        }
    }

    #[test]
    fn tells_other_epochs_and_foreign_ids_apart() {
        assert_eq!(parse(EPOCH, "00000000-7"), Token::OtherEpoch);
        let foreign =
            ["", "7", "k3v9x2qa", "k3v9x2qa-", "k3v9x2qa-07", "k3v9x2qa--1", "k3v9x2qa-+1", "K3V9X2QA-1"];
        for text in foreign {
            assert_eq!(parse(EPOCH, text), Token::Foreign, "{text}");
        }
        // A uuid begins with eight hexadecimal digits and a dash, so it must not pass for a cursor of another epoch.
        assert_eq!(parse(EPOCH, "0195d3a8-7c2e-4f60-9a51-3f2b8c1d4e5f"), Token::Foreign);
        assert_eq!(parse(EPOCH, &format(EPOCH, MAX_OFFSET + 1)), Token::Foreign);
    }
}
