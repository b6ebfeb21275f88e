//! Documents with duplicate keys, of which the last ones count.
//!
//! Earlier members are blanked: what is left has no duplicates, and every offset, line and column stays what it was.

use std::borrow::Cow;

use super::codes;
use super::link::Linked;
use super::pass::{Found, Pass, Scratch, Segment, Sink, Step, Stop};
use super::tape::Document;

/// Minds everything but duplicates.
struct Duplicated;

impl Sink for Duplicated {
    const COLLECTS: bool = false;

    fn take(&mut self, found: Found) -> Step {
        if found.code == codes::DUPLICATE { Ok(()) } else { Err(Stop::new(found.code)) }
    }

    fn enter(&mut self, _: Segment) {}

    fn leave(&mut self) {}
}

/// `input` with blanks instead of members that a later one of the same key replaces.
pub fn without_earlier<'i>(input: &'i [u8], linked: &Linked, scratch: &mut Scratch) -> Step<Cow<'i, [u8]>> {
    // Only what is JSON, duplicates aside, can be read as a tape.
    Pass::new(linked, input, scratch, Duplicated).document_as(linked.any)?;
    let mut document = Document::default();
    document.read(input);
    let earlier = document.earlier_duplicates(input);
    if earlier.is_empty() {
        return Ok(Cow::Borrowed(input));
    }
    let mut output = input.to_vec();
    for (start, end) in earlier {
        for byte in output.get_mut(start..end).unwrap_or_default() {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    Ok(Cow::Owned(output))
}
