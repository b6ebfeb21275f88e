//! Which nodes name which: none that is not there, and none that is applied to a value without end.

use serde_json::Value;

use super::{Linker, wrong};
use crate::schema::SchemaError;
use crate::schema::chains::{self, Loops, MAX_IN_PLACE};
use crate::schema::ir::{Additional, Items, Node};

impl Linker<'_> {
    /// Refuses edges that lead nowhere.
    pub(super) fn check_edges(&self) -> Result<(), SchemaError> {
        let count = self.program.nodes.len();
        let fits = |id: u32| (id as usize) < count;
        if !fits(self.program.root) {
            return Err(wrong("", "the root is not a node"));
        }
        for node in &self.program.nodes {
            if !edges(node).into_iter().all(fits) {
                return Err(wrong(&node.at, "a reference to a node that is not there"));
            }
        }
        Ok(())
    }

    /// Refuses nodes that are applied to the very value they are applied to: the pass would not end.
    pub(super) fn refuse_loops(&self) -> Result<(), SchemaError> {
        let nodes = &self.program.nodes;
        let edges = |id: usize| nodes.get(id).map(in_place).unwrap_or_default();
        let at = |id: usize| nodes.get(id).map_or("", |node| node.at.as_str());
        match chains::longest(nodes.len(), edges, Loops::Refused, MAX_IN_PLACE) {
            Ok(_) => Ok(()),
            Err(endless) => Err(endless.in_place(at)),
        }
    }
}

/// Nodes that are applied to the same value.
fn in_place(node: &Node) -> Vec<u32> {
    let lists = [&node.all_of, &node.any_of, &node.one_of];
    let singles = [node.reference, node.not, node.condition, node.then, node.otherwise];
    let branches = node.discriminator.iter().flat_map(|one| &one.branches).map(|branch| branch.node);
    let dependent = node.object.iter().flat_map(|object| object.dependent.values()).filter_map(id_of);
    let listed = lists.into_iter().flatten().flatten().copied();
    listed.chain(singles.into_iter().flatten()).chain(branches).chain(dependent).collect()
}

pub(super) fn id_of(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|id| u32::try_from(id).ok())
}

/// All nodes this one names.
fn edges(node: &Node) -> Vec<u32> {
    let mut all = in_place(node);
    if let Some(array) = &node.array {
        all.extend(&array.prefix);
        all.extend(array.contains.as_ref().map(|contains| contains.node));
        all.extend(array.items.and_then(|items| if let Items::Node(id) = items { Some(id) } else { None }));
    }
    if let Some(object) = &node.object {
        all.extend(object.properties.iter().map(|property| property.node));
        all.extend(object.patterns.iter().map(|pattern| pattern.node));
        all.extend(object.names);
        all.extend(
            object
                .additional
                .and_then(|extra| if let Additional::Node(id) = extra { Some(id) } else { None }),
        );
        // What is no number points beyond the nodes, and is refused with them.
        all.extend(object.dependent.values().map(|value| id_of(value).unwrap_or(u32::MAX)));
    }
    if let Some(record) = &node.record {
        all.extend(record.key);
        all.push(record.value);
    }
    all
}
