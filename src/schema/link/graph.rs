//! Which nodes name which: none that is not there, and none that is applied to a value without end.

use serde_json::Value;

use super::{Linker, wrong};
use crate::schema::SchemaError;
use crate::schema::ir::{Additional, Items, Node};

/// In-place applications inside each other (`allOf` in `anyOf` in …) that one schema may have.
const MAX_IN_PLACE: usize = 64;

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
        // Depth of in-place application below each node; None while it is being looked at.
        let mut known: Vec<Option<Option<usize>>> = vec![None; self.program.nodes.len()];
        for start in 0..self.program.nodes.len() {
            let mut path: Vec<(usize, Vec<u32>, usize)> = Vec::new();
            let mut enter = Some(start);
            loop {
                if let Some(id) = enter.take() {
                    match known.get(id).copied().flatten() {
                        Some(Some(depth)) => {
                            if let Some((_, _, deepest)) = path.last_mut() {
                                *deepest = (*deepest).max(depth + 1);
                            }
                        }
                        Some(None) => {
                            let at = self.program.nodes.get(id).map_or("", |node| &node.at);
                            return Err(wrong(at, "it refers to itself without end"));
                        }
                        None => {
                            if let Some(place) = known.get_mut(id) {
                                *place = Some(None);
                            }
                            let edges = self.program.nodes.get(id).map(in_place).unwrap_or_default();
                            path.push((id, edges, 0));
                        }
                    }
                }
                let Some((id, edges, deepest)) = path.last_mut() else { break };
                if let Some(next) = edges.pop() {
                    enter = Some(next as usize);
                    continue;
                }
                let (id, deepest) = (*id, *deepest);
                if deepest > MAX_IN_PLACE {
                    let at = self.program.nodes.get(id).map_or("", |node| &node.at);
                    return Err(wrong(at, "too many schemas inside each other apply to one value"));
                }
                if let Some(place) = known.get_mut(id) {
                    *place = Some(Some(deepest));
                }
                path.pop();
                if let Some((_, _, above)) = path.last_mut() {
                    *above = (*above).max(deepest + 1);
                }
            }
        }
        Ok(())
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
