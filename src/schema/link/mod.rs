//! Program to what the pass runs: references followed, sets hashed, patterns compiled, loops refused.

mod combine;
mod graph;
mod object;
mod scalar;

use std::sync::Arc;

pub use combine::{Alternatives, Combine, Tagged};
use graph::id_of;
pub use object::{Extra, ObjectRules, Odd, Prop};
pub use scalar::{NumberRule, StringRule, Values};

use super::ir::{Dialect, Items, Node, Program, Type};
use super::limits::{Duplicates, Limits};
use super::regex;
use super::{SchemaError, formats};

/// Kinds of values, as bits.
pub mod kind {
    /// `null`.
    pub const NULL: u8 = 1;
    /// `true` and `false`.
    pub const BOOL: u8 = 2;
    /// A number without fraction.
    pub const INT: u8 = 4;
    /// Any number.
    pub const NUM: u8 = 8;
    /// A string.
    pub const STR: u8 = 16;
    /// An array.
    pub const ARR: u8 = 32;
    /// An object.
    pub const OBJ: u8 = 64;
    /// Anything.
    pub const ANY: u8 = 127;
}

/// Names a node of a [`Linked`].
pub type NodeId = u32;

/// What the pass runs.
#[derive(Debug)]
pub struct Linked {
    /// The nodes; the last one takes anything.
    pub nodes: Vec<Rules>,
    /// The node of the document.
    pub root: NodeId,
    /// The node that takes anything.
    pub any: NodeId,
    /// Rules that let any object pass.
    pub no_rules: ObjectRules,
    /// Whether numbers are doubles.
    pub doubles: bool,
    /// What an undeclared key `__proto__` is.
    pub proto: Proto,
    /// Bounds.
    pub limits: Limits,
    /// What a second key means.
    pub duplicates: Duplicates,
}

/// What an undeclared key `__proto__` is: assigning it makes no property, so that Zod's results never have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proto {
    /// A key like any other.
    Key,
    /// Checked like any other, and left out of results: Zod 3.
    Dropped,
    /// Neither checked by catchall or record nor in results: Zod 4.
    Ignored,
}

impl Proto {
    fn of(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Draft202012 | Dialect::Draft7 => Self::Key,
            Dialect::Zod3 => Self::Dropped,
            Dialect::Zod4 => Self::Ignored,
        }
    }
}

/// What one value has to be.
#[derive(Debug, Default)]
pub struct Rules {
    /// Kinds it may have.
    pub kinds: u8,
    /// Whether `null` will do in any case.
    pub nullable: bool,
    /// Whether the value has to be read for this node itself, besides for those in [`Self::combine`].
    pub own: bool,
    /// Whether a string has to be looked at.
    pub checks_strings: bool,
    /// Whether a number has to be.
    pub checks_numbers: bool,
    /// Whether a string is looked at by rules of this node alone.
    pub plain: bool,
    /// What is settled where the value is met.
    pub quick: Quick,
    /// Values it may be.
    pub values: Option<Box<Values>>,
    /// Checks of a string.
    pub string: Option<Box<[StringRule]>>,
    /// Checks of a number.
    pub number: Option<Box<[NumberRule]>>,
    /// Rules for an array.
    pub array: Option<Box<ArrayRules>>,
    /// Rules for an object.
    pub object: Option<Arc<ObjectRules>>,
    /// Other nodes that are applied to the same value.
    pub combine: Option<Box<Combine>>,
}

impl Rules {
    /// Those of a node that takes anything.
    fn any() -> Self {
        Self { kinds: kind::ANY, own: true, ..Self::default() }
    }

    /// Whether a string is one of those listed, and nothing else is asked of it.
    #[inline(always)]
    pub fn lists(&self, said: &[u8]) -> bool {
        self.string.is_none()
            && self.values.as_ref().is_some_and(|values| values.strings.find(said).is_some())
    }
}

/// What of a value can be settled without looking further. A range that is empty settles nothing.
#[derive(Debug, Clone, Copy)]
pub struct Quick {
    /// A string in ASCII without escapes is in order if it has at least so many bytes,
    pub least_bytes: usize,
    /// and at most so many.
    pub most_bytes: usize,
    /// An integer of at most 15 digits is in order from here,
    pub least: i64,
    /// to here.
    pub most: i64,
}

impl Default for Quick {
    /// Nothing.
    fn default() -> Self {
        Self { least_bytes: 1, most_bytes: 0, least: 1, most: 0 }
    }
}

impl Quick {
    /// What `rules` lets settle, which has no rules to come.
    fn of(rules: &Rules, limits: &Limits) -> Self {
        let mut quick = Self::default();
        if rules.combine.is_some() || rules.values.is_some() {
            return quick;
        }
        if rules.kinds & kind::STR != 0
            && let Some((least, most)) = scalar::plain_bytes(rules.string.as_deref().unwrap_or_default())
        {
            (quick.least_bytes, quick.most_bytes) = (least, most.min(limits.string_length).min(limits.bytes));
        }
        if rules.kinds & (kind::INT | kind::NUM) != 0
            && let Some((least, most)) = scalar::whole_range(rules.number.as_deref().unwrap_or_default())
        {
            (quick.least, quick.most) = (least, most);
        }
        quick
    }
}

/// Rules for an array.
#[derive(Debug)]
pub struct ArrayRules {
    /// Nodes of the first items.
    pub prefix: Box<[NodeId]>,
    /// Node of the rest; none where there may be no rest.
    pub items: Option<NodeId>,
    /// At least so many.
    pub min: usize,
    /// At most so many.
    pub max: usize,
    /// No two equal.
    pub unique: bool,
    /// Node that items have to match, how many at least, how many at most.
    pub contains: Option<(NodeId, usize, usize)>,
}

/// How a program is linked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Bounds.
    pub limits: Limits,
    /// What a second key means.
    pub duplicates: Duplicates,
    /// Whether patterns may run in an engine without a bound.
    pub trusted: bool,
}

struct Linker<'p> {
    program: &'p Program,
    patterns: regex::Settings,
    formats: formats::Family,
    nodes: Vec<Rules>,
}

/// Links `program`.
pub fn link(program: &Program, settings: &Settings) -> Result<Linked, SchemaError> {
    if program.version != 1 {
        return Err(wrong("", format!("version {} of the program is unknown", program.version)));
    }
    let patterns = regex::Settings { trusted: settings.trusted, max_steps: settings.limits.regex_steps };
    let formats = formats::Family::of(program.dialect);
    let mut linker = Linker { program, patterns, formats, nodes: Vec::new() };
    linker.check_edges()?;
    linker.refuse_loops()?;
    let any = linker.any();
    for node in &program.nodes {
        let rules = linker.rules(node)?;
        linker.nodes.push(rules);
    }
    linker.nodes.push(Rules::any());
    linker.settle(&settings.limits);
    let root = linker.target(program.root);
    let mut linked = Linked {
        nodes: linker.nodes,
        root,
        any,
        no_rules: ObjectRules::any(),
        doubles: program.dialect.is_zod(),
        proto: Proto::of(program.dialect),
        limits: settings.limits.clone(),
        duplicates: settings.duplicates,
    };
    combine::finish(&mut linked);
    Ok(linked)
}

fn wrong(at: &str, reason: impl Into<String>) -> SchemaError {
    SchemaError::Compile { pointer: at.to_owned(), reason: reason.into() }
}

fn size(count: Option<u64>, absent: usize) -> usize {
    count.map_or(absent, |count| usize::try_from(count).unwrap_or(usize::MAX))
}

impl Linker<'_> {
    fn any(&self) -> NodeId {
        u32::try_from(self.program.nodes.len()).unwrap_or(u32::MAX)
    }

    fn node(&self, id: u32) -> Option<&Node> {
        self.program.nodes.get(id as usize)
    }

    /// Says of every node, and of the properties that have it, what can be settled where a value is met.
    fn settle(&mut self, limits: &Limits) {
        for rules in &mut self.nodes {
            rules.quick = Quick::of(rules, limits);
        }
        let quicks: Vec<Quick> = self.nodes.iter().map(|rules| rules.quick).collect();
        for rules in &mut self.nodes {
            if let Some(object) = rules.object.as_mut().and_then(Arc::get_mut) {
                object.settle(&quicks);
            }
        }
    }

    /// Where a chain of mere references ends.
    fn target(&self, id: u32) -> NodeId {
        let mut id = id;
        // Loops were refused, so this ends.
        while let Some(next) = self.node(id).and_then(mere_reference) {
            id = next;
        }
        id
    }

    fn targets(&self, ids: &[u32]) -> Vec<NodeId> {
        ids.iter().map(|&id| self.target(id)).collect()
    }

    fn rules(&mut self, node: &Node) -> Result<Rules, SchemaError> {
        let mut rules = Rules { kinds: kinds(node), ..Rules::default() };
        rules.nullable = node.nullable == Some(true);
        if node.js.is_some() {
            // JavaScript decides; here it only has to be JSON.
            return Ok(Rules::any());
        }
        if let Some(reason) = &node.fallback {
            return Err(wrong(&node.at, format!("{reason} is not for the fused pass")));
        }
        rules.values = node.one_of_values.as_deref().map(|values| Box::new(self.values(values)));
        if !node.string.is_empty() {
            rules.string = Some(self.string_rules(node)?);
        }
        if !node.number.is_empty() {
            rules.number = Some(self.number_rules(node));
        }
        if let Some(array) = &node.array {
            let items = match array.items {
                Some(Items::Node(id)) => Some(self.target(id)),
                Some(Items::Allowed(false)) => None,
                Some(Items::Allowed(true)) | None => Some(self.any()),
            };
            let contains = array.contains.as_ref().map(|contains| {
                (self.target(contains.node), size(contains.min, 1), size(contains.max, usize::MAX))
            });
            rules.array = Some(Box::new(ArrayRules {
                prefix: self.targets(&array.prefix).into(),
                items,
                min: size(array.min_items, 0),
                max: size(array.max_items, usize::MAX),
                unique: array.unique == Some(true),
                contains,
            }));
        }
        if let Some(object) = &node.object {
            rules.object = Some(Arc::new(self.object_rules(node, object)?));
        } else if let Some(record) = &node.record {
            rules.object = Some(Arc::new(self.record_rules(record)));
        }
        if node.object.is_some() && node.record.is_some() {
            return Err(wrong(&node.at, "an object and a record in one node"));
        }
        rules.checks_strings = rules.string.is_some() || rules.values.is_some();
        rules.checks_numbers = rules.number.is_some() || rules.values.is_some();
        rules.combine = self.combine(node);
        rules.plain = rules.kinds & kind::STR != 0 && rules.checks_strings && rules.combine.is_none();
        let constrains = rules.kinds != kind::ANY
            || rules.values.is_some()
            || rules.string.is_some()
            || rules.number.is_some()
            || rules.array.is_some()
            || rules.object.is_some();
        rules.own = constrains || !rules.combine.as_ref().is_some_and(|combine| combine.reads_whole());
        Ok(rules)
    }
}

/// The node that this one only points to.
fn mere_reference(node: &Node) -> Option<u32> {
    let plain = node.types.is_none()
        && node.one_of_values.is_none()
        && node.string.is_empty()
        && node.number.is_empty()
        && node.array.is_none()
        && node.object.is_none()
        && node.record.is_none()
        && node.all_of.is_none()
        && node.any_of.is_none()
        && node.one_of.is_none()
        && node.not.is_none()
        && node.condition.is_none()
        && node.discriminator.is_none()
        && node.nullable != Some(true)
        && node.js.is_none()
        && node.fallback.is_none();
    node.reference.filter(|_| plain)
}

fn kinds(node: &Node) -> u8 {
    let Some(types) = &node.types else { return kind::ANY };
    types.iter().fold(0, |bits, name| {
        bits | match name {
            Type::Null => kind::NULL,
            Type::Boolean => kind::BOOL,
            Type::Integer => kind::INT,
            Type::Number => kind::INT | kind::NUM,
            Type::String => kind::STR,
            Type::Array => kind::ARR,
            Type::Object => kind::OBJ,
        }
    })
}
