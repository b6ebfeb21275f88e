//! The normalised form of a document that matches: without properties that a schema strips, with its defaults.
//!
//! What the schema does not change is copied as it is written, blanks between tokens aside. Where several nodes concern
//! one value, each may strip and add: a property stays if any of them keeps it, as when Zod merges the results of an
//! intersection.

use super::link::{Combine, Extra, Linked, NodeId, ObjectRules, Proto, Rules};
use super::pass::{Pass, Scratch, Verdict};
use super::text;

/// Writes the value at the beginning of `input`, a document that matches, as node `root` leaves it.
pub fn normalise(linked: &Linked, input: &[u8], scratch: &mut Scratch) -> Vec<u8> {
    let mut writer = Writer { linked, input, scratch, output: Vec::with_capacity(input.len()), position: 0 };
    writer.blanks();
    writer.value(&[linked.root]);
    writer.output
}

struct Writer<'a> {
    linked: &'a Linked,
    input: &'a [u8],
    scratch: &'a mut Scratch,
    output: Vec<u8>,
    position: usize,
}

impl<'a> Writer<'a> {
    fn peek(&self) -> u8 {
        self.input.get(self.position).copied().unwrap_or(0)
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.position += 1;
        }
    }

    /// Writes the value here, which all of `nodes` concern.
    fn value(&mut self, nodes: &[NodeId]) {
        match self.peek() {
            b'{' => {
                let rules = self.applied(nodes);
                self.object(&rules);
            }
            b'[' => {
                let rules = self.applied(nodes);
                self.array(&rules);
            }
            _ => self.scalar(),
        }
    }

    fn scalar(&mut self) {
        let start = self.position;
        self.skip_scalar();
        self.output.extend_from_slice(self.input.get(start..self.position).unwrap_or_default());
    }

    fn skip_scalar(&mut self) {
        if self.peek() == b'"' {
            self.position += 1;
            loop {
                let rest = self.input.get(self.position..).unwrap_or_default();
                let Some(found) = memchr::memchr2(b'"', b'\\', rest) else { return };
                self.position += found + if rest.get(found) == Some(&b'"') { 1 } else { 2 };
                if rest.get(found) == Some(&b'"') {
                    return;
                }
            }
        }
        while !matches!(self.peek(), 0 | b',' | b']' | b'}' | b':' | b' ' | b'\n' | b'\r' | b'\t') {
            self.position += 1;
        }
    }

    /// All nodes that concern the value here: those given and what they apply to it in turn.
    fn applied(&mut self, nodes: &[NodeId]) -> Vec<&'a Rules> {
        let linked: &'a Linked = self.linked;
        let mut found: Vec<&'a Rules> = Vec::with_capacity(nodes.len());
        let mut todo: Vec<NodeId> = nodes.to_vec();
        while let Some(id) = todo.pop() {
            let Some(rules) = linked.nodes.get(id as usize) else { continue };
            // A node that only passes on has no say of its own.
            if rules.own {
                found.push(rules);
            }
            if let Some(combine) = &rules.combine {
                self.chosen(combine, &mut todo);
            }
        }
        found
    }

    fn chosen(&mut self, combine: &'a Combine, todo: &mut Vec<NodeId>) {
        todo.extend(&combine.all);
        for alternatives in [&combine.any, &combine.one].into_iter().flatten() {
            todo.extend(
                alternatives.branches.iter().map(|branch| branch.node).find(|&node| self.matches(node)),
            );
        }
        if let Some(condition) = &combine.condition {
            let holds = self.matches(condition.test);
            todo.extend(if holds { condition.then } else { condition.otherwise });
        }
        if let Some(tagged) = &combine.tagged {
            let nodes = tagged.nodes.iter().chain(tagged.others.iter().map(|(_, node)| node));
            todo.extend(nodes.copied().find(|&node| self.matches(node)));
        }
    }

    fn matches(&mut self, node: NodeId) -> bool {
        Pass::new(self.linked, self.input, self.scratch, Verdict).matches_at(self.position, node)
    }

    fn array(&mut self, rules: &[&'a Rules]) {
        self.output.push(b'[');
        self.position += 1;
        self.blanks();
        let mut index = 0;
        while self.peek() != b']' && self.peek() != 0 {
            let nodes: Vec<NodeId> = rules
                .iter()
                .filter_map(|rules| {
                    let array = rules.array.as_ref()?;
                    array.prefix.get(index).copied().or(array.items)
                })
                .collect();
            if index > 0 {
                self.output.push(b',');
            }
            self.value(&nodes);
            index += 1;
            self.separator();
        }
        self.output.push(b']');
        self.position += 1;
    }

    /// Goes to what comes after a value: the next one, or the end of the container.
    fn separator(&mut self) {
        self.blanks();
        if self.peek() == b',' {
            self.position += 1;
            self.blanks();
        }
    }

    fn object(&mut self, rules: &[&'a Rules]) {
        let objects: Vec<&'a ObjectRules> =
            rules.iter().filter_map(|rules| rules.object.as_deref()).collect();
        self.output.push(b'{');
        let members_start = self.output.len();
        self.position += 1;
        self.blanks();
        let mut seen: Vec<(usize, usize)> = Vec::new();
        while self.peek() == b'"' {
            let name_start = self.position;
            self.skip_scalar();
            let raw = self.input.get(name_start..self.position).unwrap_or_default();
            let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
            let name = text::unescaped(inner);
            self.blanks();
            self.position += 1;
            self.blanks();
            let (nodes, keeps) = concerned(&objects, &name, &mut seen);
            // A value that no rule looks at stays as it is.
            let dropped = name == "__proto__" && self.linked.proto != Proto::Key && !objects.is_empty();
            let keeps = keeps && !dropped;
            if keeps {
                if self.output.len() > members_start {
                    self.output.push(b',');
                }
                self.output.extend_from_slice(raw);
                self.output.push(b':');
                self.value(&nodes);
            } else {
                self.skip();
            }
            self.separator();
        }
        self.position += 1;
        self.defaults(&objects, &seen, members_start);
        self.output.push(b'}');
    }

    fn defaults(&mut self, objects: &[&'a ObjectRules], seen: &[(usize, usize)], members_start: usize) {
        let mut set: Vec<&[u8]> = Vec::new();
        for (which, rules) in objects.iter().enumerate() {
            for (index, prop) in rules.props.iter().enumerate() {
                let Some(default) = &prop.default else { continue };
                let name = rules.table.key(index);
                if seen.contains(&(which, index)) || set.contains(&name) {
                    continue;
                }
                set.push(name);
                if self.output.len() > members_start {
                    self.output.push(b',');
                }
                self.output.extend_from_slice(&prop.quoted);
                self.output.extend_from_slice(default);
            }
        }
    }

    /// Goes over the value here.
    fn skip(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                b'{' | b'[' => {
                    depth += 1;
                    self.position += 1;
                }
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    self.position += 1;
                }
                b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' => self.position += 1,
                0 => return,
                _ => self.skip_scalar(),
            }
            if depth == 0 {
                return;
            }
        }
    }
}

/// Nodes that concern the value of `name`, and whether it stays. Marks the known names as seen.
fn concerned(objects: &[&ObjectRules], name: &str, seen: &mut Vec<(usize, usize)>) -> (Vec<NodeId>, bool) {
    let mut nodes = Vec::new();
    let mut keeps = objects.is_empty();
    for (which, rules) in objects.iter().enumerate() {
        let index = rules.table.find(name.as_bytes());
        let declared = index.and_then(|index| rules.props.get(index)).and_then(|prop| prop.node);
        seen.extend(index.map(|index| (which, index)));
        let before = nodes.len();
        nodes.extend(declared);
        for (pattern, node) in &rules.patterns {
            if pattern.matches(name) == Ok(true) {
                nodes.push(*node);
            }
        }
        if nodes.len() > before {
            keeps = true;
            continue;
        }
        match rules.extra {
            Extra::Node(node) => {
                nodes.push(node);
                keeps = true;
            }
            Extra::Keep => keeps = true,
            Extra::Strip | Extra::Reject => {}
        }
    }
    (nodes, keeps)
}
