//! Rules for objects, with a table of the names.

use std::sync::atomic::{AtomicU16, Ordering};

use serde_json::Value;

use super::{Linker, NodeId, Proto, Quick, size, wrong};
use crate::schema::SchemaError;
use crate::schema::compile::escape;
use crate::schema::ir::{self, Additional, Node, Policy};
use crate::schema::keys::KeyTable;
use crate::schema::regex::Pattern;

/// Names that one node may know: their positions are 16 bits in [`ObjectRules::after`].
const MAX_NAMES: usize = 60_000;

/// What becomes of properties nobody named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extra {
    /// They stay.
    Keep,
    /// They are valid, and left out of the normalised form.
    Strip,
    /// They are not valid.
    Reject,
    /// They match this node.
    Node(NodeId),
}

/// One known name.
#[derive(Debug)]
pub struct Prop {
    /// The first eight bytes of `quoted`, and which of them it has.
    pub head: u64,
    /// See `head`.
    pub head_mask: u64,
    /// Its last eight bytes, if it has more than eight.
    pub tail: u64,
    /// How many bytes it has.
    pub length: usize,
    /// What of its value is settled where it is met; nothing, where more than its node decides.
    pub quick: Quick,
    /// Name in quotes and colon, as most writers write it.
    pub quoted: Box<[u8]>,
    /// Node of its value; none for a name that is only asked for.
    pub node: Option<NodeId>,
    /// Its value when it is not there, as JSON.
    pub default: Option<Box<[u8]>>,
}

/// Rules for an object.
#[derive(Debug)]
pub struct ObjectRules {
    /// Known names.
    pub table: KeyTable,
    /// Known names, in the order of the table.
    pub props: Box<[Prop]>,
    /// What came after each name last time; the first entry is for the beginning. Only a guess that saves a look-up.
    pub after: Box<[AtomicU16]>,
    /// Required names, as bits of the words that count what was seen.
    pub required: Box<[u64]>,
    /// Whether only the name decides which node a value has: no patterns, no rule for names.
    pub by_name_only: bool,
    /// Nodes by pattern.
    pub patterns: Box<[(Pattern, NodeId)]>,
    /// What becomes of the others.
    pub extra: Extra,
    /// Node of every name.
    pub names: Option<NodeId>,
    /// At least so many.
    pub min: usize,
    /// At most so many.
    pub max: usize,
    /// Names that ask for others, by position.
    pub dependent_required: Box<[(usize, Box<[usize]>)]>,
    /// Names that ask for a node, by position.
    pub dependent: Box<[(usize, NodeId)]>,
    /// Which undeclared names are not like others.
    pub odd: Odd,
}

/// Undeclared names that are not like others where values have a node of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Odd {
    /// None.
    None,
    /// The value of `__proto__` is not looked at: JavaScript would make it the prototype.
    Proto,
    /// Nor is that; and `constructor` has to look like that of a class.
    ProtoAndConstructor,
}

impl ObjectRules {
    fn new(names: &[String], nodes: &[Option<NodeId>]) -> Self {
        let table = KeyTable::new(names.iter().map(String::as_str));
        let props = names
            .iter()
            .enumerate()
            .map(|(index, name)| Prop::new(name, nodes.get(index).copied().flatten()));
        // The first guess is the order of the schema.
        let after = (0..=names.len()).map(|index| AtomicU16::new(u16::try_from(index).unwrap_or(u16::MAX)));
        Self {
            table,
            props: props.collect(),
            after: after.collect(),
            required: vec![0; names.len().div_ceil(64).max(1)].into(),
            by_name_only: true,
            patterns: Box::default(),
            extra: Extra::Keep,
            names: None,
            min: 0,
            max: usize::MAX,
            dependent_required: Box::default(),
            dependent: Box::default(),
            odd: Odd::None,
        }
    }

    /// Rules that let any object pass.
    pub fn any() -> Self {
        Self::new(&[], &[])
    }

    /// Which name to expect at `place`: 0 at the beginning, else the position of the last one plus one.
    #[inline(always)]
    pub fn expected(&self, place: usize) -> usize {
        self.after.get(place).map_or(usize::MAX, |guess| guess.load(Ordering::Relaxed).into())
    }

    /// Remembers what came at `place`.
    #[inline]
    pub fn learn(&self, place: usize, index: usize) {
        if let (Some(guess), Ok(index)) = (self.after.get(place), u16::try_from(index)) {
            guess.store(index, Ordering::Relaxed);
        }
    }

    /// Lets values be settled by what `quicks` say of their nodes, where the name alone decides the node.
    pub(super) fn settle(&mut self, quicks: &[Quick]) {
        if self.by_name_only {
            for prop in &mut self.props {
                let quick = prop.node.and_then(|node| quicks.get(node as usize));
                prop.quick = quick.copied().unwrap_or_default();
            }
        }
    }

    fn require(&mut self, index: usize) {
        if let Some(word) = self.required.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }
}

impl Prop {
    fn new(name: &str, node: Option<NodeId>) -> Self {
        let mut quoted = serde_json::to_vec(name).unwrap_or_default();
        quoted.push(b':');
        let mut first = [0; 8];
        for (to, from) in first.iter_mut().zip(&quoted) {
            *to = *from;
        }
        let head_mask = if quoted.len() >= 8 { u64::MAX } else { (1 << (quoted.len() * 8)) - 1 };
        let tail = quoted.last_chunk::<8>().map_or(0, |tail| u64::from_le_bytes(*tail));
        Self {
            head: u64::from_le_bytes(first),
            head_mask,
            tail,
            length: quoted.len(),
            quick: Quick::default(),
            quoted: quoted.into(),
            node,
            default: None,
        }
    }
}

impl Linker<'_> {
    pub(super) fn object_rules(
        &self,
        node: &Node,
        object: &ir::ObjectRules,
    ) -> Result<ObjectRules, SchemaError> {
        let mut names: Vec<String> = object.properties.iter().map(|property| property.key.clone()).collect();
        let mut known: std::collections::HashMap<String, usize> =
            names.iter().enumerate().map(|(index, name)| (name.clone(), index)).collect();
        if known.len() != names.len() {
            return Err(wrong(&node.at, "a property that stands twice"));
        }
        let mut position = |name: &str| {
            *known.entry(name.to_owned()).or_insert_with(|| {
                names.push(name.to_owned());
                names.len() - 1
            })
        };
        let required: Vec<usize> = object.required.iter().map(|name| position(name)).collect();
        let mut dependent_required = Vec::new();
        for (name, others) in &object.dependent_required {
            let others = others.as_array().map(Vec::as_slice).unwrap_or_default();
            let others = others.iter().filter_map(Value::as_str).map(&mut position).collect();
            dependent_required.push((position(name), others));
        }
        let mut dependent = Vec::new();
        for (name, id) in &object.dependent {
            let id =
                super::id_of(id).ok_or_else(|| wrong(&node.at, "a dependent node has to be a number"))?;
            dependent.push((position(name), self.target(id)));
        }
        if names.len() > MAX_NAMES {
            return Err(wrong(&node.at, format!("more than {MAX_NAMES} properties")));
        }
        let nodes: Vec<Option<NodeId>> =
            object.properties.iter().map(|property| Some(self.target(property.node))).collect();
        let mut rules = ObjectRules::new(&names, &nodes);
        for (index, property) in object.properties.iter().enumerate() {
            if property.required == Some(true) {
                rules.require(index);
            }
            if let (Some(prop), Some(default)) = (rules.props.get_mut(index), &property.default) {
                prop.default = serde_json::to_vec(default).ok().map(Into::into);
            }
        }
        required.into_iter().for_each(|index| rules.require(index));
        rules.patterns = object
            .patterns
            .iter()
            .map(|one| {
                let pattern = Pattern::new(&one.pattern, "u", self.patterns);
                let at = || format!("{}/patternProperties/{}", node.at, escape(&one.pattern));
                let pattern = pattern.map_err(|reason| wrong(&at(), reason))?;
                Ok((pattern, self.target(one.node)))
            })
            .collect::<Result<_, SchemaError>>()?;
        rules.extra = match object.additional {
            None | Some(Additional::Policy(Policy::Keep)) => Extra::Keep,
            Some(Additional::Policy(Policy::Strip)) => Extra::Strip,
            Some(Additional::Policy(Policy::Reject)) => Extra::Reject,
            Some(Additional::Node(id)) => Extra::Node(self.target(id)),
        };
        let own = matches!(rules.extra, Extra::Node(_)) && object.checks_proto != Some(true);
        rules.odd = if own { self.odd(None) } else { Odd::None };
        rules.names = object.names.map(|id| self.target(id));
        rules.by_name_only = rules.names.is_none() && rules.patterns.is_empty();
        rules.min = size(object.min_properties, 0);
        rules.max = size(object.max_properties, usize::MAX);
        rules.dependent_required = dependent_required.into();
        rules.dependent = dependent.into();
        Ok(rules)
    }

    fn odd(&self, plain: Option<bool>) -> Odd {
        match Proto::of(self.program.dialect) {
            Proto::Ignored if plain == Some(true) => Odd::ProtoAndConstructor,
            Proto::Ignored => Odd::Proto,
            Proto::Key | Proto::Dropped => Odd::None,
        }
    }

    pub(super) fn record_rules(&self, record: &ir::RecordRules) -> ObjectRules {
        ObjectRules {
            names: record.key.map(|id| self.target(id)),
            by_name_only: record.key.is_none(),
            extra: Extra::Node(self.target(record.value)),
            odd: self.odd(record.plain),
            ..ObjectRules::any()
        }
    }
}
