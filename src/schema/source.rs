//! Schemas as the manifest knows them: what a document has to match before it is signed.

use super::Schema;
use super::report::Issue;
use super::sentence::sentence;
use crate::manifest::SourceSchema;
use crate::manifest::issue::{self, Place, Rule, Step};

impl SourceSchema for Schema {
    fn judge(&self, document: &[u8], most: usize) -> Vec<issue::Issue> {
        let code = self.check(document);
        if code == 0 {
            return Vec::new();
        }
        let mut found = self.issues(document, most);
        if found.is_empty() {
            // Whatever the reason, a document that was refused has to stay refused.
            found.push(Issue::unknown(code));
        }
        found.into_iter().map(|issue| self.told(issue)).collect()
    }

    fn normalise(&self, document: &[u8]) -> Option<Vec<u8>> {
        Self::normalise(self, document)
    }
}

impl Schema {
    fn told(&self, issue: Issue) -> issue::Issue {
        let node = usize::try_from(issue.node).ok().and_then(|node| self.program().nodes.get(node));
        let rule = Rule::Schema(sentence(node, &issue));
        // Which steps are indexes is not known here, and makes no difference to how they are told.
        let steps = issue.pointer.split('/').skip(1);
        let path = steps.map(|step| Step::Key(step.replace("~1", "/").replace("~0", "~"))).collect();
        issue::Issue { path, rule, place: Place::known(issue.offset, issue.line, issue.column) }
    }
}
