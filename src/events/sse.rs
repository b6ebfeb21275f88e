//! Server-Sent Events on the wire, as the WHATWG HTML standard (section 9.2) reads them.
//!
//! ```text
//! id: k3v9x2qa-17        the cursor: what the browser sends back as Last-Event-ID
//! event: StepCompleted   absent for an untyped event
//! data: {"id":…}         the line as it was logged
//! ```

use memchr::memchr2;

use crate::log::Record;
use crate::log::cursor::Epoch;

/// Appends the frame of one event.
pub fn event(out: &mut Vec<u8>, epoch: Epoch, record: &Record<'_>) {
    out.extend_from_slice(b"id: ");
    out.extend_from_slice(epoch.as_str().as_bytes());
    out.push(b'-');
    number(out, record.offset);
    if !record.kind.is_empty() {
        out.extend_from_slice(b"\nevent: ");
        // A line end would end the field, and the type is the producer's text.
        out.extend(record.kind.bytes().map(|byte| if byte == b'\r' || byte == b'\n' { b' ' } else { byte }));
    }
    data(out, record.line);
    out.push(b'\n');
}

/// Appends `data:` lines and the line end of the last one. A CR or LF in the payload would end the line, so each part
/// gets its own; between parts of JSON a line end is blank space.
fn data(out: &mut Vec<u8>, payload: &[u8]) {
    let mut rest = payload;
    loop {
        out.extend_from_slice(b"\ndata: ");
        let Some(end) = memchr2(b'\r', b'\n', rest) else { break };
        let (part, after) = rest.split_at(end);
        out.extend_from_slice(part);
        rest = after.strip_prefix(b"\r\n").or_else(|| after.get(1..)).unwrap_or(&[]);
    }
    out.extend_from_slice(rest);
    out.push(b'\n');
}

fn number(out: &mut Vec<u8>, value: u64) {
    let mut digits = [0u8; 20];
    let mut rest = value;
    let mut count = 0;
    for place in digits.iter_mut().rev() {
        *place = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        count += 1;
        if rest == 0 {
            break;
        }
    }
    out.extend(digits.into_iter().skip(20 - count));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(offset: u64, kind: &str, line: &str) -> String {
        let mut out = Vec::new();
        let line = line.as_bytes();
        let record = Record { offset, topic: "t", kind, line, topic_id: 0, kind_id: 0, key: 0 };
        event(&mut out, Epoch::from_random([0; 8]), &record);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn writes_id_event_and_data() {
        assert_eq!(frame(1204, "Done", r#"{"a":1}"#), "id: 00000000-1204\nevent: Done\ndata: {\"a\":1}\n\n");
        assert_eq!(frame(0, "", "{}"), "id: 00000000-0\ndata: {}\n\n");
        assert!(frame(u64::MAX, "", "").starts_with("id: 00000000-18446744073709551615\n"));
    }

    #[test]
    fn line_ends_never_break_out_of_their_field() {
        assert_eq!(frame(1, "a\r\nid: 9", "{}"), "id: 00000000-1\nevent: a  id: 9\ndata: {}\n\n");
        let split = "id: 00000000-1\ndata: {\ndata: \ndata: \"a\":1}\ndata: \n\n";
        assert_eq!(frame(1, "", "{\r\n\r\"a\":1}\n"), split);
    }
}
