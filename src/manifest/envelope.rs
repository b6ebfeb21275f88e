//! How a payload travels with its signature, and how a received one is checked.

use super::ManifestError;
use super::canonical::{Document, document};
use super::formats::parse_moment;
use super::keys::Keyring;
use super::order::KeyOrder;
use super::sign::verify;

/// Where the signature stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Envelope {
    /// As one more member, `signature`, of the map, signed without it.
    #[default]
    Flat,
    /// Beside it: `{"payload": …, "signature": …}`.
    Payload,
}

/// The body that is sent. `payload` is a canonical object; so is the flat body, the signature at its place in it.
pub fn seal(payload: &[u8], signature: &str, envelope: Envelope) -> Vec<u8> {
    let mut body = Vec::with_capacity(payload.len() + 128);
    let quoted = format!("\"signature\":\"{signature}\"");
    match envelope {
        Envelope::Payload => {
            body.extend_from_slice(b"{\"payload\":");
            body.extend_from_slice(payload);
            body.push(b',');
            body.extend_from_slice(quoted.as_bytes());
            body.push(b'}');
        }
        Envelope::Flat => {
            let (before, after) = payload.split_at(place_of_signature(payload));
            body.extend_from_slice(before);
            if after == b"}" {
                body.extend_from_slice(if before.len() > 1 { b"," } else { b"" });
                body.extend_from_slice(quoted.as_bytes());
            } else {
                body.extend_from_slice(quoted.as_bytes());
                body.push(b',');
            }
            body.extend_from_slice(after);
        }
    }
    body
}

/// Before the first member that is sorted after it, else before the closing brace.
fn place_of_signature(payload: &[u8]) -> usize {
    let end = payload.len().saturating_sub(1);
    let Ok(document) = document(payload, KeyOrder::CodeUnit) else { return end };
    // Another order than this one moves members; then any place will do.
    if document.bytes != payload {
        return end;
    }
    let next = document.members.iter().find(|member| member.key.as_str() > "signature");
    next.map_or(end, |member| member.whole.start)
}

/// What a receiver demands besides the signature.
#[derive(Debug, Clone, Default)]
pub struct Demands {
    /// The order of keys in which the signer wrote.
    pub order: KeyOrder,
    /// Refuse what was generated longer ago than this.
    pub max_age_ms: Option<u64>,
    /// Refuse what was generated before this moment, as `generatedAt` of the newest map seen has it.
    pub not_before: Option<String>,
    /// The receiver's time.
    pub now_ms: u64,
    /// The id of the key, where the sender said it.
    pub key_id: Option<String>,
}

/// A body whose signature holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The key that fits.
    pub key_id: String,
    /// Its algorithm.
    pub algorithm: &'static str,
    /// Which envelope it was.
    pub envelope: Envelope,
    /// Its time, if it has one.
    pub generated_at: Option<String>,
}

/// Checks a received body.
pub fn open(body: &[u8], keyring: &Keyring, demands: &Demands) -> Result<Verified, ManifestError> {
    let outer = document(body, demands.order).map_err(|fault| fault.located(body))?;
    let signature = text_of(&outer, "signature").ok_or_else(|| missing("it has no signature"))?;
    let envelope = envelope_of(&outer);
    let bytes = outer.bytes.as_slice();
    let parts = match envelope {
        Envelope::Payload => vec![slice(bytes, outer.members.iter().find(|one| one.key == "payload"))],
        Envelope::Flat => without(&outer, "signature"),
    };
    let key = verify(&parts, &signature, keyring, demands.key_id.as_deref())?;
    let generated_at = match (envelope, parts.first()) {
        (Envelope::Payload, Some(payload)) => time_of(payload),
        _ => text_of(&outer, "generatedAt"),
    };
    fresh(generated_at.as_deref(), demands)?;
    let (key_id, algorithm) = (key.id.clone(), key.algorithm());
    Ok(Verified { key_id, algorithm, envelope, generated_at })
}

fn missing(reason: &str) -> ManifestError {
    ManifestError::Signature { reason: reason.to_owned() }
}

/// A flat map never has a member `payload`.
fn envelope_of(outer: &Document) -> Envelope {
    let keys: Vec<&str> = outer.members.iter().map(|member| member.key.as_str()).collect();
    if keys == ["payload", "signature"] { Envelope::Payload } else { Envelope::Flat }
}

fn slice<'b>(bytes: &'b [u8], member: Option<&super::canonical::DocumentMember>) -> &'b [u8] {
    member.and_then(|one| bytes.get(one.value.clone())).unwrap_or_default()
}

fn text_of(outer: &Document, key: &str) -> Option<String> {
    let member = outer.members.iter().find(|one| one.key == key)?;
    serde_json::from_slice(outer.bytes.get(member.value.clone())?).ok()
}

/// The canonical object without one of its members, in parts, so that nothing is copied.
fn without<'d>(outer: &'d Document, key: &str) -> Vec<&'d [u8]> {
    let bytes = outer.bytes.as_slice();
    let Some(member) = outer.members.iter().find(|one| one.key == key) else { return vec![bytes] };
    let (mut start, mut end) = (member.whole.start, member.whole.end);
    // One comma goes with it: the one before, or for the first member the one after.
    if start > 1 {
        start -= 1;
    } else if bytes.get(end) == Some(&b',') {
        end += 1;
    }
    vec![bytes.get(..start).unwrap_or_default(), bytes.get(end..).unwrap_or_default()]
}

fn time_of(payload: &[u8]) -> Option<String> {
    let document = document(payload, KeyOrder::CodeUnit).ok()?;
    text_of(&document, "generatedAt")
}

fn fresh(generated_at: Option<&str>, demands: &Demands) -> Result<(), ManifestError> {
    if demands.max_age_ms.is_none() && demands.not_before.is_none() {
        return Ok(());
    }
    let text = generated_at.unwrap_or_default();
    let Some(moment) = parse_moment(text) else {
        return Err(missing("its generatedAt, which has to be checked, is missing or no date"));
    };
    if let Some(bound) = &demands.not_before {
        let oldest = parse_moment(bound).ok_or_else(|| ManifestError::OptionInvalid {
            option: "notBefore",
            expected: "a date as generatedAt has it".to_owned(),
            actual: bound.clone(),
        })?;
        if moment.ms < oldest.ms {
            return Err(ManifestError::Rollback {
                served_version: String::new(),
                served_generated_at: bound.clone(),
                version: String::new(),
                generated_at: text.to_owned(),
            });
        }
    }
    expired(text, moment.ms, demands.now_ms, demands.max_age_ms)
}

/// Refuses what was generated longer ago than `max_age_ms`.
pub fn expired(
    generated_at: &str,
    generated_ms: i64,
    now_ms: u64,
    max_age_ms: Option<u64>,
) -> Result<(), ManifestError> {
    let Some(max_age_ms) = max_age_ms else { return Ok(()) };
    let age = i64::try_from(now_ms).unwrap_or(i64::MAX).saturating_sub(generated_ms);
    if age > i64::try_from(max_age_ms).unwrap_or(i64::MAX) {
        return Err(ManifestError::Expired { generated_at: generated_at.to_owned(), max_age_ms });
    }
    Ok(())
}
