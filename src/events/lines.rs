//! Lines that come as bytes: they are checked, and say themselves which topic and type they are of.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use super::Hub;
use crate::error::{Error, Result};
use crate::log::fields::string_fields;
use crate::log::{Fill, Refusal, TopicId};
use crate::schema::{Options, Schema, Scratch};

/// Takes anything that is JSON.
static ANYTHING: LazyLock<Option<Schema>> =
    LazyLock::new(|| Schema::from_json_schema("true", &Options::default()).ok());

/// Makes blanks of the line ends in a document. One inside a string would be no JSON, so they stand between tokens.
fn put_on_one_line(document: &mut [u8]) {
    for byte in document.iter_mut().filter(|byte| matches!(**byte, b'\n' | b'\r')) {
        *byte = b' ';
    }
}

/// A line on its way into the log, refused if it does not match.
#[inline]
pub(super) fn checked(schema: &Schema, fill: Fill, space: &[u8]) -> Fill {
    match fill {
        Fill::Line(length) if space.get(..length).is_none_or(|line| schema.check(line) != 0) => Fill::Refused,
        fill => fill,
    }
}

impl Hub {
    /// From now on every line has to match `schema`. A hub that has one keeps it.
    pub fn require(&self, schema: Arc<Schema>) {
        // Another owner may have been first: options of the log are those it was opened with.
        let _ = self.schema.set(schema);
    }

    /// Appends a document that came as bytes. It has to match the hub's schema, and has to be JSON without one. What
    /// `topic` and `kind` do not say is read from the line's own fields; line ends between its tokens become blanks.
    pub fn append_bytes(
        &self,
        document: &[u8],
        topic: Option<TopicId>,
        kind: Option<u16>,
        key: u32,
        now_ms: u64,
        scratch: &mut Scratch,
    ) -> Result<std::result::Result<u64, Refusal>> {
        let document = document.trim_ascii_end();
        let (mut topic_id, mut kind_id) = (topic, kind);
        if topic.is_none() || kind.is_none() {
            let [topic, kind] = self.said(document);
            if kind_id.is_none() {
                kind_id = Some(self.kind(kind.as_deref().unwrap_or_default())?);
            }
            topic_id = topic_id.or_else(|| Some(self.topic(topic.as_deref().unwrap_or_default())));
        }
        let topic_id = topic_id.unwrap_or(TopicId(0));
        let fill = |space: &mut [u8]| {
            let Some(place) = space.get_mut(..document.len()) else { return Fill::TooLong(document.len()) };
            place.copy_from_slice(document);
            match self.line_schema().map(|schema| schema.check_spaced(place, scratch)) {
                Some((0, false)) => {}
                Some((0, true)) => put_on_one_line(place),
                _ => return Fill::Refused,
            }
            Fill::Line(document.len())
        };
        Ok(self.append_unchecked(topic_id, kind_id.unwrap_or(0), key, now_ms, fill))
    }

    /// Topic and type as the fields of `document` say them. Where neither name occurs, which is cheap to find, nothing
    /// has to be read.
    fn said<'d>(&self, document: &'d [u8]) -> [Option<Cow<'d, str>>; 2] {
        let [topic_field, kind_field] = &self.fields;
        let occurs = |name: &str| memchr::memmem::find(document, name.as_bytes()).is_some();
        if memchr::memchr(b'\\', document).is_none() && !occurs(topic_field) && !occurs(kind_field) {
            return [None, None];
        }
        string_fields(document, [topic_field, kind_field])
    }

    fn line_schema(&self) -> Option<&Schema> {
        self.schema.get().map(Arc::as_ref).or(ANYTHING.as_ref())
    }

    /// The error for a line that was refused with [`Refusal::Mismatch`].
    pub fn mismatch(&self, line: &[u8]) -> Error {
        self.line_schema().map_or_else(
            || Error::Internal { context: "checking a line".to_owned() },
            |schema| schema.mismatch(line).into(),
        )
    }
}
