//! Canonical JSON (RFC 8785) straight from bytes to bytes.
//!
//! One pass writes members as they come and remembers where each stands. Only an object whose members were not in
//! order is rearranged afterwards, so that what is canonical already is merely copied. What JSON leaves open is refused:
//! duplicate keys, lone surrogates, numbers that no double holds.

use std::cmp::Ordering;
use std::ops::Range;

use super::order::{KeyOrder, code_units, plain_key};
use super::reader::{Fault, Kind, Reader, Text, fault, plain_run};

/// The canonical form of the document in `input`.
pub fn canonicalize(input: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut output = Vec::with_capacity(input.len());
    canonicalize_into(input, KeyOrder::CodeUnit, &mut output)?;
    Ok(output)
}

/// Appends the form of the document in `input`, its members in `order`.
pub fn canonicalize_into(input: &[u8], order: KeyOrder, output: &mut Vec<u8>) -> Result<(), Fault> {
    let mut reader = Reader::new(input)?;
    let mut writer = Writer::new(order);
    writer.value(&mut reader, output)?;
    reader.finish()
}

/// A document in canonical form, with the members of its outermost object.
#[derive(Debug)]
pub struct Document {
    /// The whole.
    pub bytes: Vec<u8>,
    /// In canonical order: key, where the member begins and ends, where its value begins.
    pub members: Vec<DocumentMember>,
}

/// A member of the outermost object.
#[derive(Debug)]
pub struct DocumentMember {
    /// Its key.
    pub key: String,
    /// Key, colon and value.
    pub whole: Range<usize>,
    /// The value alone.
    pub value: Range<usize>,
}

/// The document in `input`, which has to be an object, and where its members stand.
pub fn document(input: &[u8], order: KeyOrder) -> Result<Document, Fault> {
    let mut reader = Reader::new(input)?;
    if reader.peek()? != Kind::Object {
        return fault("a document that is no object", reader.position());
    }
    let mut bytes = Vec::with_capacity(input.len());
    let mut writer = Writer::new(order);
    let members = writer.object(&mut reader, &mut bytes, true)?;
    reader.finish()?;
    let members = members
        .into_iter()
        .map(|member| DocumentMember {
            key: member.key(&bytes).into_owned(),
            whole: member.start..member.end,
            value: member.key_end + 1..member.end,
        })
        .collect();
    Ok(Document { bytes, members })
}

#[derive(Debug, Clone)]
struct Member {
    start: usize,
    key_end: usize,
    end: usize,
    byte_offset: usize,
    /// Whether its key may have escapes in the output.
    escaped: bool,
}

impl Member {
    /// The key as it stands in the output.
    fn inner<'o>(&self, output: &'o [u8]) -> &'o [u8] {
        output.get(self.start + 1..self.key_end - 1).unwrap_or_default()
    }

    fn key<'o>(&self, output: &'o [u8]) -> std::borrow::Cow<'o, str> {
        plain_key(std::str::from_utf8(self.inner(output)).unwrap_or_default())
    }
}

struct Writer {
    order: KeyOrder,
    /// Members of the objects being written, innermost last.
    members: Vec<Member>,
    scratch: Vec<u8>,
}

impl Writer {
    fn new(order: KeyOrder) -> Self {
        Self { order, members: Vec::new(), scratch: Vec::new() }
    }

    fn value(&mut self, reader: &mut Reader, output: &mut Vec<u8>) -> Result<(), Fault> {
        match reader.peek()? {
            Kind::Object => self.object(reader, output, false).map(drop),
            Kind::Array => self.array(reader, output),
            Kind::Text => {
                write_text(&reader.string()?, output);
                Ok(())
            }
            Kind::Number => {
                let number = reader.number()?;
                if number.plain {
                    output.extend_from_slice(number.raw.as_bytes());
                } else {
                    write_number(number.value()?, output);
                }
                Ok(())
            }
            Kind::Bool => {
                output.extend_from_slice(if reader.bool()? { b"true" } else { b"false" });
                Ok(())
            }
            Kind::Null => {
                reader.null()?;
                output.extend_from_slice(b"null");
                Ok(())
            }
        }
    }

    fn array(&mut self, reader: &mut Reader, output: &mut Vec<u8>) -> Result<(), Fault> {
        reader.enter()?;
        output.push(b'[');
        let mut first = true;
        while reader.item(first)? {
            if !first {
                output.push(b',');
            }
            first = false;
            self.value(reader, output)?;
        }
        output.push(b']');
        Ok(())
    }

    /// Writes an object; gives its members back only if they are to be kept.
    fn object(
        &mut self,
        reader: &mut Reader,
        output: &mut Vec<u8>,
        keep: bool,
    ) -> Result<Vec<Member>, Fault> {
        reader.enter()?;
        let (base, opened) = (self.members.len(), output.len());
        output.push(b'{');
        let mut sorted = true;
        while let Some(key) = reader.member(self.members.len() == base)? {
            if !self.order.accepts(&key.value) {
                return fault("a key outside printable ASCII", key.byte_offset);
            }
            if self.members.len() > base {
                output.push(b',');
            }
            let start = output.len();
            write_text(&key, output);
            let key_end = output.len();
            let escaped = matches!(key.value, std::borrow::Cow::Owned(_));
            let member = Member { start, key_end, end: key_end, byte_offset: key.byte_offset, escaped };
            if let Some(previous) = self.members.last().filter(|_| self.members.len() > base) {
                match self.compare(previous, &member, output) {
                    Ordering::Less => {}
                    Ordering::Equal => return duplicate(&member),
                    Ordering::Greater => sorted = false,
                }
            }
            output.push(b':');
            self.members.push(member);
            let index = self.members.len() - 1;
            self.value(reader, output)?;
            if let Some(member) = self.members.get_mut(index) {
                member.end = output.len();
            }
        }
        if !sorted {
            self.arrange(base, opened, output)?;
        }
        output.push(b'}');
        if keep {
            return Ok(self.members.split_off(base));
        }
        self.members.truncate(base);
        Ok(Vec::new())
    }

    fn compare(&self, a: &Member, b: &Member, output: &[u8]) -> Ordering {
        if self.order == KeyOrder::CodeUnit && !a.escaped && !b.escaped {
            return code_units(a.inner(output), b.inner(output));
        }
        self.order.compare(&a.key(output), &b.key(output))
    }

    /// Puts the members from `base` on, which were written from `opened` on, in order.
    fn arrange(&mut self, base: usize, opened: usize, output: &mut Vec<u8>) -> Result<(), Fault> {
        let mut members = self.members.split_off(base);
        members.sort_by(|a, b| self.compare(a, b, output));
        for pair in members.windows(2) {
            if let [a, b] = pair
                && self.compare(a, b, output) == Ordering::Equal
            {
                return duplicate(if a.byte_offset > b.byte_offset { a } else { b });
            }
        }
        self.scratch.clear();
        self.scratch.extend_from_slice(output.get(opened..).unwrap_or_default());
        output.truncate(opened + 1);
        for (index, member) in members.iter_mut().enumerate() {
            if index > 0 {
                output.push(b',');
            }
            let start = output.len();
            let from = member.start - opened..member.end - opened;
            output.extend_from_slice(self.scratch.get(from).unwrap_or_default());
            member.key_end = start + (member.key_end - member.start);
            member.start = start;
            member.end = output.len();
        }
        self.members.append(&mut members);
        Ok(())
    }
}

fn duplicate<T>(member: &Member) -> Result<T, Fault> {
    fault("a duplicate key", member.byte_offset)
}

fn write_text(text: &Text, output: &mut Vec<u8>) {
    match &text.value {
        // Without an escape in the input there is nothing to escape in the output either.
        std::borrow::Cow::Borrowed(_) => output.extend_from_slice(text.quoted.as_bytes()),
        std::borrow::Cow::Owned(value) => write_string(value, output),
    }
}

/// A string as `JSON.stringify` writes it.
pub fn write_string(text: &str, output: &mut Vec<u8>) {
    output.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let (plain, tail) = rest.split_at(plain_run(rest).min(rest.len()));
        output.extend_from_slice(plain);
        let Some((special, after)) = tail.split_first() else { break };
        rest = after;
        match special {
            b'"' => output.extend_from_slice(b"\\\""),
            b'\\' => output.extend_from_slice(b"\\\\"),
            0x08 => output.extend_from_slice(b"\\b"),
            0x0c => output.extend_from_slice(b"\\f"),
            b'\n' => output.extend_from_slice(b"\\n"),
            b'\r' => output.extend_from_slice(b"\\r"),
            b'\t' => output.extend_from_slice(b"\\t"),
            other => output.extend_from_slice(format!("\\u{other:04x}").as_bytes()),
        }
    }
    output.push(b'"');
}

/// A finite number as ECMAScript writes it (RFC 8785, section 3.2.2.3).
pub fn write_number(value: f64, output: &mut Vec<u8>) {
    output.extend_from_slice(ryu_js::Buffer::new().format(value).as_bytes());
}
