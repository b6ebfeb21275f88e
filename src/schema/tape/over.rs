//! A schema that the `jsonschema` crate decides, over a tape.

use jsonschema::Validator;

use super::bounded::within;
use super::room::with_room;
use super::{Document, Tape};
use crate::schema::codes;
use crate::schema::report::{Issue, place};

/// Stack that one schema applied to one value may take in the crate, whichever way it goes: at least twice what it does.
const FRAMES: usize = if cfg!(debug_assertions) { 5 << 10 } else { 2 << 10 };

/// Looks at values that one document may take, per byte and at least, to decide about it,
const CHECKING: (u64, u64) = (128, 1 << 22);
/// and to tell its issues: each look may make an error with a path, which takes longer.
const TELLING: (u64, u64) = (8, 1 << 18);

/// See the module.
#[derive(Debug)]
pub struct OverTape {
    /// What decides.
    pub validator: Validator<Tape>,
    /// How many schemas inside each other apply to one value, besides the outermost.
    pub nesting: usize,
}

impl OverTape {
    /// 0 if `input`, which is JSON, matches, else the code of an issue.
    pub fn check(&self, input: &[u8]) -> u16 {
        let mut document = Document::default();
        document.read(input);
        let decide = || within(looks(input, CHECKING), || self.validator.is_valid(document.root(input)));
        match with_room(self.stack(document.depth), decide) {
            Some(Some(true)) => 0,
            Some(Some(false)) => codes::KEYWORD,
            Some(None) => codes::LIMIT_WORK,
            None => codes::LIMIT_DEPTH,
        }
    }

    /// Issues of `input`, up to `max`.
    pub fn issues(&self, input: &[u8], max: usize) -> Vec<Issue> {
        let mut document = Document::default();
        document.read(input);
        // Errors hold the errors of alternatives: they are dropped where they were made, by recursion as well.
        let tell = || {
            let errors = self.validator.iter_errors(document.root(input)).take(max.max(1));
            errors.map(|error| told(&document, input, &error)).collect()
        };
        match with_room(self.stack(document.depth), || within(looks(input, TELLING), tell)) {
            Some(Some(issues)) => issues,
            Some(None) => vec![Issue::unknown(codes::LIMIT_WORK)],
            None => vec![Issue::unknown(codes::LIMIT_DEPTH)],
        }
    }

    /// Runs `work` where there is room for documents with up to `depth` containers inside each other, if there is such a
    /// place: without it each document that needs one finds its own.
    pub fn with_room<T: Send>(&self, depth: u32, work: impl Fn() -> T + Sync) -> T {
        with_room(self.stack(usize::try_from(depth).unwrap_or(usize::MAX)), &work).unwrap_or_else(work)
    }

    /// Stack that a document with `depth` containers inside each other may take.
    fn stack(&self, depth: usize) -> usize {
        // Keys are one deeper than their objects.
        (depth + 2).saturating_mul(self.nesting + 1).saturating_mul(FRAMES)
    }
}

fn looks(input: &[u8], (per_byte, least): (u64, u64)) -> u64 {
    (input.len() as u64).saturating_mul(per_byte).max(least)
}

fn told(document: &Document, input: &[u8], error: &jsonschema::ValidationError<'_>) -> Issue {
    let pointer = error.instance_path().as_str().to_owned();
    let offset = document.offset(input, &pointer);
    let (line, column) = place(input, offset);
    let keyword = Some(error.kind().keyword().to_owned());
    let at = Some(error.schema_path().as_str().to_owned());
    Issue { code: codes::KEYWORD, node: 0, check: 0, pointer, offset, line, column, key: None, keyword, at }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests have to fail
mod tests {
    use super::super::json::deepest;
    use super::*;
    use crate::schema::{Options, Schema};

    /// Links of the chains below. The crate's work doubles with each where properties have to be marked.
    const LINKS: usize = 4;
    /// Containers inside each other.
    const DEPTH: usize = 12;

    /// Schemas that lead through the crate by each of its ways, as often as there are links.
    fn schemas() -> Vec<String> {
        let mut schemas = Vec::new();
        for beside in [r#","unevaluatedProperties":false"#, r#","unevaluatedItems":false"#] {
            for link in [
                r#"NEXT"#,
                r#""allOf":[{NEXT}]"#,
                r#""anyOf":[{NEXT},{"const":5}]"#,
                r#""oneOf":[{NEXT},{"const":5}]"#,
                r#""not":{"not":{NEXT}}"#,
                r#""if":true,"then":{NEXT}"#,
                r#""if":{NEXT},"else":false"#,
                r##""dependentSchemas":{"a":{NEXT}},"items":{"$ref":"#/$defs/d0"}"##,
            ] {
                for everywhere in ["", beside] {
                    let links = (0..LINKS).map(|at| {
                        let next = format!(r##""$ref":"#/$defs/d{}""##, at + 1);
                        format!(r#""d{at}":{{{}{everywhere}}}"#, link.replace("NEXT", &next))
                    });
                    let links: Vec<String> = links.collect();
                    let down = r##"{"$ref":"#/$defs/d0"}"##;
                    let last = format!(
                        r#"{{"anyOf":[{{"items":{down},"properties":{{"a":{down}}},"type":["array","object"]}},{{"const":2}}]}}"#
                    );
                    schemas.push(format!(
                        r##"{{"$ref":"#/$defs/d0","$defs":{{{},"d{LINKS}":{last}}}{beside}}}"##,
                        links.join(",")
                    ));
                }
            }
        }
        schemas
    }

    #[test]
    fn the_crate_takes_less_stack_than_is_made_for_it() {
        for source in schemas() {
            let schema = Schema::from_json_schema(&source, &Options::default()).unwrap();
            let tape = schema.over_tape().unwrap();
            for (open, inner, close) in
                [("[", "3", "]"), ("[", "2", "]"), ("{\"a\":", "3", "}"), ("{\"a\":", "2", "}")]
            {
                let text = format!("{}{inner}{}", open.repeat(DEPTH), close.repeat(DEPTH));
                let mut document = Document::default();
                document.read(text.as_bytes());
                let root = || document.root(text.as_bytes());
                let taken = with_room(64 << 20, || {
                    let verdict = deepest(|| _ = tape.validator.is_valid(root()));
                    verdict.max(deepest(|| _ = tape.validator.iter_errors(root()).count()))
                });
                assert!(taken.unwrap() <= tape.stack(document.depth) / 2, "{taken:?} {text} {source}");
            }
        }
    }
}
