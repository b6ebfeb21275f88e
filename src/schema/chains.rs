//! How far schemas lead into each other, found without recursion.

use super::SchemaError;

/// Applications to one value inside each other (`allOf` in `anyOf` in …) that one schema may have.
pub const MAX_IN_PLACE: usize = 64;

/// What is wrong with a graph, and at which of its nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endless {
    /// It leads back to itself.
    Loop(usize),
    /// A chain longer than allowed begins here.
    Long(usize),
}

impl Endless {
    /// The error for schemas that apply to one value without end, or too many of them; `at` tells where a node is.
    pub fn in_place<'a>(self, at: impl Fn(usize) -> &'a str) -> SchemaError {
        let (node, reason) = match self {
            Self::Loop(node) => (node, "it refers to itself without end"),
            Self::Long(node) => (node, "too many schemas inside each other apply to one value"),
        };
        SchemaError::Compile { pointer: at(node).to_owned(), reason: reason.to_owned() }
    }
}

/// What to make of an edge that leads back to where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loops {
    /// It is an error.
    Refused,
    /// It ends the chain.
    Cut,
}

/// One node on the way to the one being looked at.
struct Step {
    node: usize,
    edges: Vec<u32>,
    longest: usize,
}

/// Edges of the longest chain in a graph of `count` nodes, which may have up to `most`.
pub fn longest(
    count: usize,
    edges: impl Fn(usize) -> Vec<u32>,
    loops: Loops,
    most: usize,
) -> Result<usize, Endless> {
    // Of each node the longest chain below it: `Some(None)` while that is being looked at.
    let mut known: Vec<Option<Option<usize>>> = vec![None; count];
    let mut overall = 0;
    for start in 0..count {
        let mut path: Vec<Step> = Vec::new();
        let mut enter = Some(start);
        loop {
            if let Some(node) = enter.take() {
                match known.get(node).copied().flatten() {
                    Some(Some(below)) => reached(&mut path, below),
                    Some(None) if loops == Loops::Refused => return Err(Endless::Loop(node)),
                    Some(None) => reached(&mut path, 0),
                    None => {
                        if let Some(place) = known.get_mut(node) {
                            *place = Some(None);
                        }
                        path.push(Step { node, edges: edges(node), longest: 0 });
                    }
                }
            }
            let Some(step) = path.last_mut() else { break };
            if let Some(next) = step.edges.pop() {
                enter = Some(next as usize);
                continue;
            }
            let (node, below) = (step.node, step.longest);
            if below > most {
                return Err(Endless::Long(node));
            }
            overall = overall.max(below);
            if let Some(place) = known.get_mut(node) {
                *place = Some(Some(below));
            }
            path.pop();
            reached(&mut path, below);
        }
    }
    Ok(overall)
}

/// Counts an edge from the end of `path` to a node with chains of `below` edges.
fn reached(path: &mut [Step], below: usize) {
    if let Some(step) = path.last_mut() {
        step.longest = step.longest.max(below + 1);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests have to fail
mod tests {
    use super::{Endless, Loops, longest};

    fn of(graph: &[&[u32]], loops: Loops, most: usize) -> Result<usize, Endless> {
        longest(graph.len(), |node| graph[node].to_vec(), loops, most)
    }

    #[test]
    fn the_longest_way_counts_whichever_is_walked_first() {
        // The node at the end of the long way is met by the short one first, and the other way round.
        assert_eq!(of(&[&[3, 1], &[2], &[3], &[]], Loops::Refused, 9), Ok(3));
        assert_eq!(of(&[&[1, 3], &[2], &[3], &[]], Loops::Refused, 9), Ok(3));
        assert_eq!(of(&[&[], &[]], Loops::Refused, 9), Ok(0));
        assert_eq!(of(&[&[1], &[2], &[]], Loops::Refused, 1), Err(Endless::Long(0)));
    }

    #[test]
    fn a_loop_is_refused_or_ends_a_chain() {
        assert_eq!(of(&[&[1], &[2], &[1]], Loops::Refused, 9), Err(Endless::Loop(1)));
        assert_eq!(of(&[&[1], &[2], &[1]], Loops::Cut, 9), Ok(3));
        assert_eq!(of(&[&[0]], Loops::Refused, 9), Err(Endless::Loop(0)));
    }
}
