//! Checks a connectors manifest against its strict schema and gives typed access to what passed.
//!
//! The rules are those of the Zod schemas (`ConnectorsManifestSchema`), with what the older JSON Schema accepted besides:
//! quotas in snake case. Two things are stricter, because the signed map would otherwise break its own schema:
//! `metadata.brand` of a connector, and offsets of `generatedAt` that are no offsets.

use super::formats::{
    is_connector_id, is_tool_name, is_tool_part, is_ulid, is_url, is_version, parse_moment, utf16_len,
};
use super::issue::{Issue, Place, Rule, Step, place};
use super::node::{Member, Node, Value};

/// The brand every document carries.
pub const BRAND: &str = "brAInwav";

/// A document that breaks more rules than this is not read to its end.
pub const MAX_ISSUES: usize = 20;

/// What an operator should know about a document that is served all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// `tool-name`, `header-redacted`, `quota-name`.
    pub kind: &'static str,
    /// The connector's id.
    pub connector: String,
    /// A sentence.
    pub message: String,
}

/// A manifest that passed.
#[derive(Debug)]
pub struct Manifest<'n, 'a> {
    /// The document.
    pub root: &'n Node<'a>,
    /// In the order of the document.
    pub connectors: Vec<Connector<'n, 'a>>,
    /// What the checks noticed.
    pub warnings: Vec<Warning>,
}

/// A connector that passed.
#[derive(Debug)]
pub struct Connector<'n, 'a> {
    /// Its object.
    pub node: &'n Node<'a>,
    /// Its id.
    pub id: &'n str,
    /// Quotas by their names in camel case, sorted.
    pub quotas: Vec<(&'static str, f64)>,
    /// Full names of its tools, in order.
    pub tools: Vec<String>,
}

/// How strict to be where the original's documents were not.
#[derive(Debug, Clone, Copy, Default)]
pub struct Strictness {
    /// Refuse tool names without a dot instead of prefixing them with the connector's id.
    pub tool_names: bool,
}

/// Checks `root`, the tree of `input`; on failure every broken rule, up to [`MAX_ISSUES`].
pub fn check<'n, 'a>(
    input: &[u8],
    root: &'n Node<'a>,
    strictness: Strictness,
) -> Result<Manifest<'n, 'a>, Vec<Issue>> {
    let mut checker =
        Checker { input, path: Vec::new(), issues: Vec::new(), warnings: Vec::new(), strictness };
    let connectors = checker.manifest(root);
    if checker.issues.is_empty() {
        Ok(Manifest { root, connectors, warnings: checker.warnings })
    } else {
        Err(checker.issues)
    }
}

struct Checker<'i> {
    input: &'i [u8],
    path: Vec<Step>,
    issues: Vec<Issue>,
    warnings: Vec<Warning>,
    strictness: Strictness,
}

const MANIFEST_KEYS: &[&str] = &[
    "$schema",
    "id",
    "brand",
    "manifestVersion",
    "schemaVersion",
    "generatedAt",
    "ttlSeconds",
    "metadata",
    "connectors",
];

const CONNECTOR_KEYS: &[&str] = &[
    "id",
    "name",
    "displayName",
    "version",
    "description",
    "endpoint",
    "auth",
    "authentication",
    "headers",
    "scopes",
    "quotas",
    "timeouts",
    "status",
    "enabled",
    "ttlSeconds",
    "metadata",
    "tags",
    "remoteTools",
];

/// Canonical name and the older one.
const QUOTAS: &[(&str, &str)] = &[
    ("concurrent", "concurrent"),
    ("perDay", "per_day"),
    ("perHour", "per_hour"),
    ("perMinute", "per_minute"),
];

impl Checker<'_> {
    fn full(&self) -> bool {
        self.issues.len() >= MAX_ISSUES
    }

    fn issue(&mut self, node: &Node, rule: Rule) {
        self.issue_at(node.span.start, rule);
    }

    fn issue_at(&mut self, byte_offset: usize, rule: Rule) {
        if !self.full() {
            let place = Place::of(self.input, byte_offset);
            self.issues.push(Issue { path: self.path.clone(), rule, place });
        }
    }

    fn within<T>(&mut self, step: Step, work: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let result = work(self);
        self.path.pop();
        result
    }

    /// An object with all of `required` and nothing but `known`.
    fn shape<'n, 'a>(
        &mut self,
        node: &'n Node<'a>,
        required: &[&'static str],
        known: &[&str],
    ) -> Option<&'n [Member<'a>]> {
        let Value::Object(members) = &node.value else {
            self.issue(node, Rule::Type("object"));
            return None;
        };
        for key in required {
            if node.get(key).is_none() {
                self.issue(node, Rule::Required(key));
            }
        }
        for member in members {
            if !known.contains(&&*member.key) {
                self.issue_at(member.byte_offset, Rule::Unknown(member.key.to_string()));
            }
        }
        Some(members)
    }

    /// Runs `work` on a member, if there is one, one step further in.
    fn member<'n, 'a>(
        &mut self,
        node: &'n Node<'a>,
        key: &'static str,
        work: impl FnOnce(&mut Self, &'n Node<'a>),
    ) {
        if let Some(inner) = node.get(key) {
            self.within(Step::Key(key.to_owned()), |checker| work(checker, inner));
        }
    }

    fn each<'n, 'a>(&mut self, node: &'n Node<'a>, mut work: impl FnMut(&mut Self, &'n Node<'a>)) {
        let Value::Array(items) = &node.value else {
            self.issue(node, Rule::Type("array"));
            return;
        };
        for (index, item) in items.iter().enumerate() {
            if self.full() {
                return;
            }
            self.within(Step::Index(index), |checker| work(checker, item));
        }
    }

    fn text(&mut self, node: &Node, accept: impl FnOnce(&str) -> Option<Rule>) {
        match node.text() {
            Some(text) => {
                if let Some(rule) = accept(text) {
                    self.issue(node, rule);
                }
            }
            None => self.issue(node, Rule::Type("string")),
        }
    }

    fn filled(&mut self, node: &Node) {
        self.text(node, |text| text.is_empty().then_some(Rule::MinLength(1)));
    }

    fn formed(&mut self, node: &Node, test: fn(&str) -> bool, pattern: &'static str) {
        self.text(node, |text| (!test(text)).then_some(Rule::Pattern(pattern)));
    }

    fn one_of(&mut self, node: &Node, values: &'static [&'static str]) {
        self.text(node, |text| (!values.contains(&text)).then_some(Rule::OneOf(values)));
    }

    fn integer(&mut self, node: &Node, least: u32) {
        match node.number() {
            Some(number) if number.fract() != 0.0 => self.issue(node, Rule::Type("integer")),
            Some(number) if number < f64::from(least) => self.issue(node, Rule::Minimum(least)),
            Some(_) => {}
            None => self.issue(node, Rule::Type("integer")),
        }
    }

    fn object(&mut self, node: &Node) {
        if !matches!(node.value, Value::Object(_)) {
            self.issue(node, Rule::Type("object"));
        }
    }

    /// An object of any keys, each filled, with values that `work` checks.
    fn record<'n, 'a>(&mut self, node: &'n Node<'a>, mut work: impl FnMut(&mut Self, &'n Node<'a>)) {
        self.object(node);
        for member in node.members() {
            if member.key.is_empty() {
                self.issue_at(member.byte_offset, Rule::MinLength(1));
            }
            self.within(Step::Key(member.key.to_string()), |checker| work(checker, &member.node));
        }
    }

    fn manifest<'n, 'a>(&mut self, root: &'n Node<'a>) -> Vec<Connector<'n, 'a>> {
        let mut connectors = Vec::new();
        if self.shape(root, &["id", "manifestVersion", "connectors"], MANIFEST_KEYS).is_none() {
            return connectors;
        }
        self.member(root, "$schema", |checker, node| checker.filled(node));
        self.member(root, "id", |checker, node| {
            checker.formed(node, is_ulid, "^[0-9A-HJKMNP-TV-Z]{26}$");
        });
        self.member(root, "brand", |checker, node| checker.one_of(node, &[BRAND]));
        for key in ["manifestVersion", "schemaVersion"] {
            self.member(root, key, |checker, node| {
                checker.formed(node, is_version, "^\\d+\\.\\d+\\.\\d+$");
            });
        }
        self.member(root, "generatedAt", |checker, node| {
            checker.text(node, |text| parse_moment(text).is_none().then_some(Rule::Format("date-time")));
        });
        self.member(root, "ttlSeconds", |checker, node| checker.integer(node, 1));
        self.member(root, "metadata", |checker, node| checker.object(node));
        self.member(root, "connectors", |checker, node| {
            checker.each(node, |checker, item| connectors.extend(checker.connector(item)));
            if matches!(&node.value, Value::Array(items) if items.is_empty()) {
                checker.issue(node, Rule::MinItems(1));
            }
        });
        connectors
    }

    fn connector<'n, 'a>(&mut self, node: &'n Node<'a>) -> Option<Connector<'n, 'a>> {
        let required = ["id", "name", "version", "endpoint", "auth", "scopes", "ttlSeconds"];
        self.shape(node, &required, CONNECTOR_KEYS)?;
        self.member(node, "id", |checker, inner| {
            checker.formed(inner, is_connector_id, "^[a-z0-9][a-z0-9-]{1,62}$");
        });
        for key in ["name", "displayName", "version", "description"] {
            self.member(node, key, |checker, inner| checker.filled(inner));
        }
        self.member(node, "endpoint", |checker, inner| {
            checker.text(inner, |text| (!is_url(text)).then_some(Rule::Format("uri")));
        });
        self.member(node, "auth", Self::auth);
        self.member(node, "authentication", Self::authentication);
        self.member(node, "headers", |checker, inner| {
            checker.record(inner, |checker, value| checker.text(value, |_| None));
        });
        self.member(node, "scopes", Self::scopes);
        let id = node.get("id").and_then(Node::text).unwrap_or_default();
        let mut quotas = Vec::new();
        self.member(node, "quotas", |checker, inner| quotas = checker.quotas(inner, id));
        self.member(node, "timeouts", |checker, inner| {
            checker.record(inner, |checker, value| checker.integer(value, 0));
        });
        self.member(node, "status", |checker, inner| {
            checker.one_of(inner, &["enabled", "disabled", "preview"]);
        });
        self.member(node, "enabled", |checker, inner| {
            if inner.bool().is_none() {
                checker.issue(inner, Rule::Type("boolean"));
            }
        });
        self.member(node, "ttlSeconds", |checker, inner| checker.integer(inner, 1));
        self.member(node, "metadata", |checker, inner| {
            checker.object(inner);
            checker.member(inner, "brand", |checker, brand| checker.one_of(brand, &[BRAND]));
        });
        self.member(node, "tags", |checker, inner| checker.each(inner, Self::filled));
        let mut tools = Vec::new();
        self.member(node, "remoteTools", |checker, inner| {
            checker.each(inner, |checker, tool| tools.push(checker.tool(tool, id)));
        });
        Some(Connector { node, id, quotas, tools })
    }

    fn auth(&mut self, node: &Node) {
        self.shape(node, &["type"], &["type", "headerName"]);
        self.member(node, "type", |checker, inner| checker.one_of(inner, &["apiKey", "bearer", "none"]));
        self.member(node, "headerName", |checker, inner| checker.filled(inner));
    }

    fn authentication(&mut self, node: &Node) {
        self.shape(node, &["headers"], &["headers"]);
        self.member(node, "headers", |checker, list| {
            checker.each(list, |checker, header| {
                checker.shape(header, &["name", "value"], &["name", "value"]);
                checker.member(header, "name", |checker, inner| checker.filled(inner));
                checker.member(header, "value", |checker, inner| checker.filled(inner));
            });
            if matches!(&list.value, Value::Array(items) if items.is_empty()) {
                checker.issue(list, Rule::MinItems(1));
            }
        });
    }

    fn scopes(&mut self, node: &Node) {
        self.each(node, Self::filled);
        let items = node.items();
        if matches!(node.value, Value::Array(_)) && items.is_empty() {
            self.issue(node, Rule::MinItems(1));
        }
        let mut seen: Vec<(&str, usize)> =
            items.iter().enumerate().filter_map(|(index, item)| Some((item.text()?, index))).collect();
        seen.sort_unstable();
        let twice = seen.windows(2).find_map(|pair| match pair {
            [(a, earlier), (b, later)] if a == b => Some((*later, *earlier)),
            _ => None,
        });
        if let Some((later, earlier)) = twice {
            self.issue(node, Rule::Unique(later, earlier));
        }
    }

    fn quotas(&mut self, node: &Node, connector: &str) -> Vec<(&'static str, f64)> {
        let known: Vec<&str> = QUOTAS.iter().flat_map(|(name, older)| [*name, *older]).collect();
        self.shape(node, &[], &known);
        for member in node.members() {
            self.within(Step::Key(member.key.to_string()), |checker| checker.integer(&member.node, 0));
        }
        let mut quotas = Vec::new();
        for (name, older) in QUOTAS {
            let (now, before) = (node.get(name), node.get(older));
            if name != older && before.is_some() {
                self.warnings.push(Warning {
                    kind: "quota-name",
                    connector: connector.to_owned(),
                    message: format!("quota {older} of connector {connector} is read as {name}; rename it"),
                });
            }
            if let Some(number) = now.or(before).and_then(Node::number) {
                quotas.push((*name, number));
            }
        }
        quotas
    }

    /// The tool's full name.
    fn tool(&mut self, node: &Node, connector: &str) -> String {
        self.shape(node, &["name"], &["name", "description", "tags", "scopes"]);
        self.member(node, "name", |checker, inner| checker.tool_name(inner, connector));
        self.member(node, "description", |checker, inner| {
            checker.text(inner, |text| {
                (utf16_len(text) < 10)
                    .then_some(Rule::Sentence("brAInwav: Description must be at least 10 characters"))
            });
        });
        for key in ["tags", "scopes"] {
            self.member(node, key, |checker, inner| checker.each(inner, Self::filled));
        }
        let name = node.get("name").and_then(Node::text).unwrap_or_default();
        if is_tool_name(name) { name.to_owned() } else { format!("{connector}.{name}") }
    }

    fn tool_name(&mut self, node: &Node, connector: &str) {
        let lenient = !self.strictness.tool_names;
        let undotted = node.text().is_some_and(is_tool_part);
        if undotted && lenient {
            let name = node.text().unwrap_or_default();
            let at = place(&self.path);
            self.warnings.push(Warning {
                kind: "tool-name",
                connector: connector.to_owned(),
                message: format!(
                    "{at}: tool name \"{name}\" of connector {connector} has no dot; published as \"{connector}.{name}\""
                ),
            });
            return;
        }
        self.text(node, |text| {
            if text.is_empty() {
                return Some(Rule::Sentence("brAInwav: Tool name cannot be empty"));
            }
            let wrong = Rule::Sentence("brAInwav: Tool name must follow dot-notation (connector.tool_name)");
            (!is_tool_name(text)).then_some(wrong)
        });
    }
}
