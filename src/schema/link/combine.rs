//! Nodes that apply other nodes to the same value, and what spares trying them all.

use serde_json::Value;

use super::{Linked, Linker, NodeId, kind};
use crate::schema::ir::Node;
use crate::schema::keys::KeyTable;

/// Other nodes for the same value.
#[derive(Debug, Default)]
pub struct Combine {
    /// All of these.
    pub all: Box<[NodeId]>,
    /// One or more of these.
    pub any: Option<Alternatives>,
    /// Exactly one of these.
    pub one: Option<Alternatives>,
    /// Not this.
    pub not: Option<NodeId>,
    /// One or the other.
    pub condition: Option<Condition>,
    /// By the value of one key.
    pub tagged: Option<Tagged>,
}

/// `if`, `then` and `else`.
#[derive(Debug)]
pub struct Condition {
    /// What decides.
    pub test: NodeId,
    /// Where it holds.
    pub then: Option<NodeId>,
    /// Where it does not.
    pub otherwise: Option<NodeId>,
}

/// Nodes of which some have to match.
#[derive(Debug)]
pub struct Alternatives {
    /// The nodes.
    pub branches: Box<[Alternative]>,
    /// A key that all of them that take objects require to have a value of their own.
    pub tag: Option<Tagged>,
}

/// One of several nodes.
#[derive(Debug, Clone, Copy)]
pub struct Alternative {
    /// The node.
    pub node: NodeId,
    /// Kinds of values it can match at all.
    pub kinds: u8,
}

/// Nodes by the value of one key.
#[derive(Debug)]
pub struct Tagged {
    /// The key.
    pub key: Box<[u8]>,
    /// Values that are strings.
    pub strings: KeyTable,
    /// Nodes of these, by position.
    pub nodes: Box<[NodeId]>,
    /// Other values (numbers, booleans, null), with their nodes.
    pub others: Box<[(Value, NodeId)]>,
}

impl Combine {
    /// Whether a value that matches was read to its end by one of the nodes.
    pub fn reads_whole(&self) -> bool {
        !self.all.is_empty() || self.any.is_some() || self.one.is_some() || self.tagged.is_some()
    }
}

impl Linker<'_> {
    pub(super) fn combine(&self, node: &Node) -> Option<Box<Combine>> {
        let mut all = self.targets(node.all_of.as_deref().unwrap_or_default());
        all.extend(node.reference.map(|id| self.target(id)));
        let alternatives = |ids: &Option<Vec<u32>>| {
            ids.as_ref().map(|ids| {
                let branches =
                    self.targets(ids).into_iter().map(|node| Alternative { node, kinds: kind::ANY });
                Alternatives { branches: branches.collect(), tag: None }
            })
        };
        let tagged = node.discriminator.as_ref().map(|one| {
            let (strings, others): (Vec<_>, Vec<_>) =
                one.branches.iter().partition(|branch| branch.value.is_string());
            Tagged {
                key: one.key.as_bytes().into(),
                strings: KeyTable::new(strings.iter().filter_map(|branch| branch.value.as_str())),
                nodes: strings.iter().map(|branch| self.target(branch.node)).collect(),
                others: others
                    .iter()
                    .map(|branch| (branch.value.clone(), self.target(branch.node)))
                    .collect(),
            }
        });
        let condition = node.condition.map(|test| Condition {
            test: self.target(test),
            then: node.then.map(|id| self.target(id)),
            otherwise: node.otherwise.map(|id| self.target(id)),
        });
        let combine = Combine {
            all: all.into(),
            any: alternatives(&node.any_of),
            one: alternatives(&node.one_of),
            not: node.not.map(|id| self.target(id)),
            condition,
            tagged,
        };
        let used = combine.reads_whole() || combine.not.is_some() || combine.condition.is_some();
        used.then(|| Box::new(combine))
    }
}

/// Fills in what alternatives can be told apart by, now that every node is known.
pub fn finish(linked: &mut Linked) {
    let kinds: Vec<u8> = (0..linked.nodes.len()).map(|id| possible(linked, id, 0)).collect();
    for id in 0..linked.nodes.len() {
        let Some(mut combine) = linked.nodes.get_mut(id).and_then(|rules| rules.combine.take()) else {
            continue;
        };
        for alternatives in [&mut combine.any, &mut combine.one].into_iter().flatten() {
            for branch in &mut alternatives.branches {
                branch.kinds = kinds.get(branch.node as usize).copied().unwrap_or(kind::ANY);
            }
            alternatives.tag = tag(linked, &alternatives.branches);
        }
        if let Some(rules) = linked.nodes.get_mut(id) {
            rules.combine = Some(combine);
        }
    }
}

/// Kinds of values that node `id` can match, or more.
fn possible(linked: &Linked, id: usize, depth: u8) -> u8 {
    let Some(rules) = linked.nodes.get(id) else { return kind::ANY };
    let mut kinds = rules.kinds;
    if kinds & kind::NUM != 0 {
        kinds |= kind::INT;
    }
    if let Some(values) = &rules.values {
        let mut held = 0;
        let bits = [
            (values.strings.len() > 0, kind::STR),
            (!values.numbers.is_empty(), kind::INT | kind::NUM),
            (values.null, kind::NULL),
            (values.yes || values.no, kind::BOOL),
            (!values.containers.is_empty(), kind::ARR | kind::OBJ),
        ];
        for (there, bit) in bits {
            held |= if there { bit } else { 0 };
        }
        kinds &= held;
    }
    if depth < 8 {
        for inner in rules.combine.iter().flat_map(|combine| &combine.all) {
            kinds &= possible(linked, *inner as usize, depth + 1);
        }
    }
    // `integer` is told from the first byte like any number.
    if kinds & kind::INT != 0 {
        kinds |= kind::NUM;
    }
    if rules.nullable {
        kinds |= kind::NULL;
    }
    kinds
}

/// A key by which all branches that take objects can be told apart by one string each.
fn tag(linked: &Linked, branches: &[Alternative]) -> Option<Tagged> {
    let objects: Vec<NodeId> =
        branches.iter().filter(|branch| branch.kinds & kind::OBJ != 0).map(|branch| branch.node).collect();
    if objects.len() < 2 {
        return None;
    }
    let first = linked.nodes.get(*objects.first()? as usize)?.object.as_ref()?;
    (0..first.table.len()).find_map(|index| {
        let key = first.table.key(index);
        let mut pairs: Vec<(String, NodeId)> = Vec::new();
        for &node in &objects {
            for value in tag_values(linked, node, key)? {
                // Two branches with one value could both match.
                if pairs.iter().any(|(known, _)| *known == value) {
                    return None;
                }
                pairs.push((value, node));
            }
        }
        Some(Tagged {
            key: key.into(),
            strings: KeyTable::new(pairs.iter().map(|(value, _)| value.as_str())),
            nodes: pairs.iter().map(|(_, node)| *node).collect(),
            others: Box::default(),
        })
    })
}

/// The strings that node `id` requires property `key` to be one of.
fn tag_values(linked: &Linked, id: NodeId, key: &[u8]) -> Option<Vec<String>> {
    let object = linked.nodes.get(id as usize)?.object.as_ref()?;
    let index = object.table.find(key)?;
    let required = object.required.get(index / 64)? & (1 << (index % 64)) != 0;
    let node = object.props.get(index).filter(|_| required)?.node?;
    let rules = linked.nodes.get(node as usize)?;
    let values = rules.values.as_ref()?;
    let only_strings = values.numbers.is_empty()
        && values.containers.is_empty()
        && !(values.null || values.yes || values.no || rules.nullable);
    let strings = (0..values.strings.len()).map(|at| values.strings.key(at));
    only_strings.then(|| strings.map(|text| String::from_utf8_lossy(text).into_owned()).collect())
}
