//! Dependencies point one way. These tests read the sources and fail on an import that does not.
//!
//! Inside the core: `error, hash, sync, port <- log, policy <- ledger, manifest, batch <- schema <- events`, and what comes
//! later above them. `telemetry` implements `port::Probe`; no domain knows it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test that cannot read the sources has to fail

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A module may import modules of a lower rank, and itself. One without a rank fails: give it its place here.
const RANKS: &[(&str, u8)] = &[
    ("error", 0),
    ("hash", 0),
    ("sync", 0),
    ("port", 1),
    ("log", 2),
    ("policy", 2),
    ("store", 2),
    ("telemetry", 2),
    ("ledger", 3),
    ("manifest", 3),
    ("batch", 3),
    // Its canonical form is the manifest's; the hub checks lines with it.
    ("schema", 4),
    ("events", 5),
    ("exec", 6),
];

/// Drop-ins replace one package each and are adopted one by one: none may need another.
const DROP_INS: &[&str] = &["asbr", "connectors", "integrations", "model-gateway", "mvp", "policy"];

#[test]
fn core_modules_import_only_what_lies_below_them() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src", "rs") {
        let module = module_of(&path);
        if module == "lib" {
            continue;
        }
        for (line, import) in crate_imports(&text) {
            if !may_import(&module, &import) {
                wrong.push(format!("{}:{line}: {module} imports crate::{import}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "upward or sideways imports:\n{}", wrong.join("\n"));
}

#[test]
fn every_core_module_has_a_rank() {
    for (path, _) in sources("src", "rs") {
        let module = module_of(&path);
        assert!(module == "lib" || rank(&module).is_some(), "{module} has no rank in tests/layers.rs");
    }
}

#[test]
fn the_core_knows_nothing_of_node() {
    for (path, text) in sources("src", "rs") {
        for (line, code) in code_lines(&text) {
            assert!(!code.contains("napi"), "{}:{line}: napi in the core", path.display());
        }
    }
    let tree = dependency_tree(&fs::read_to_string(root().join("Cargo.lock")).unwrap(), "cortex-native-core");
    assert!(tree.contains("serde_json"), "the walk through Cargo.lock found no dependencies");
    let node: Vec<_> = tree.iter().filter(|name| name.starts_with("napi")).collect();
    assert!(node.is_empty(), "the core's dependency tree has {node:?}");
}

/// What goes past the port no test can make fail, and no simulated power loss can take.
#[test]
fn the_ledger_touches_files_through_its_port_only() {
    let past_the_port =
        ["std::fs::", "use std::fs", "fs::File::", "File::open", "File::create", "OpenOptions"];
    let ledger = root().join("src/ledger");
    for (path, text) in sources("src", "rs").filter(|(path, _)| path.starts_with(&ledger)) {
        let tests = path.iter().any(|part| part == "tests" || part == "tests.rs");
        // A type alone opens nothing.
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap().replace("use std::fs::File;", "");
        for (line, code) in code_lines(&code).filter(|_| !tests) {
            let found = past_the_port.iter().find(|name| code.contains(*name));
            assert!(found.is_none(), "{}:{line}: {} past the port", path.display(), found.unwrap());
        }
    }
}

#[test]
fn one_typescript_file_imports_the_addon() {
    let importers: Vec<_> = sources("ts", "ts")
        .filter(|(path, text)| ts_imports(path, text).any(|(_, target)| target == root().join("native.js")))
        .map(|(path, _)| path.strip_prefix(root()).unwrap().display().to_string())
        .collect();
    assert_eq!(importers, ["ts/native.ts"]);
}

#[test]
fn drop_ins_never_import_each_other() {
    let mut wrong = Vec::new();
    for (path, text) in sources("ts", "ts") {
        let own = ts_package(&path).unwrap();
        // What lies below the drop-ins may not lean on one either; adapters and the server may.
        if !DROP_INS.contains(&own.as_str()) && !matches!(own.as_str(), "api" | "errors" | "native" | "index")
        {
            continue;
        }
        for (line, target) in ts_imports(&path, &text) {
            let other = ts_package(&target).filter(|name| DROP_INS.contains(&name.as_str()) && *name != own);
            if let Some(other) = other {
                wrong.push(format!("{}:{line}: {own} imports {other}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "imports of a drop-in:\n{}", wrong.join("\n"));
}

fn may_import(module: &str, import: &str) -> bool {
    let target = import.split("::").next().unwrap_or_default();
    if target == module {
        return true;
    }
    // The one error enum has a variant per domain, which wraps the enum kept in that domain.
    if module == "error" {
        return import.ends_with("Error");
    }
    match (rank(module), rank(target)) {
        (Some(own), Some(other)) => other < own && target != "telemetry",
        // An item that lib.rs re-exports hides where it lives.
        _ => false,
    }
}

fn rank(module: &str) -> Option<u8> {
    RANKS.iter().find(|(name, _)| *name == module).map(|(_, rank)| *rank)
}

/// `src/log/ring.rs` and `src/log.rs` are both of module `log`.
fn module_of(path: &Path) -> String {
    let inner = path.strip_prefix(root().join("src")).unwrap();
    inner.iter().next().unwrap().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// `ts/asbr/events.ts` is of `asbr`, `ts/errors.ts` of `errors`; what is not under ts/ is of nothing.
fn ts_package(path: &Path) -> Option<String> {
    let inner = path.strip_prefix(root().join("ts")).ok()?;
    Some(inner.iter().next()?.to_string_lossy().split('.').next()?.to_owned())
}

/// Every path after `crate::`, groups taken apart: `crate::{a::B, c}` gives `a::B` and `c`.
fn crate_imports(text: &str) -> Vec<(usize, String)> {
    let code: Vec<(usize, String)> = code_lines(text).collect();
    let mut found = Vec::new();
    for (index, (line, content)) in code.iter().enumerate() {
        for (start, _) in content.match_indices("crate::") {
            let rest = &content[start + "crate::".len()..];
            if let Some(group) = rest.strip_prefix('{') {
                // A group may run over lines.
                let tail: String = code[index + 1..].iter().map(|(_, more)| more.as_str()).collect();
                let whole = format!("{group}{tail}");
                found.extend(split_group(&whole).into_iter().map(|item| (*line, item)));
            } else {
                found.push((*line, path_at(rest)));
            }
        }
    }
    found
}

/// The items of a `{…}` group up to its closing brace, each with nested groups cut off.
fn split_group(text: &str) -> Vec<String> {
    let (mut depth, mut items, mut item) = (0, Vec::new(), String::new());
    for letter in text.chars() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => items.push(std::mem::take(&mut item)),
            _ if depth == 0 => item.push(letter),
            _ => {}
        }
    }
    items.push(item);
    items.iter().map(|item| path_at(item.trim())).filter(|item| !item.is_empty()).collect()
}

fn path_at(text: &str) -> String {
    let end = text.find(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':'));
    text[..end.unwrap_or(text.len())].trim_end_matches(':').to_owned()
}

/// Line numbers and lines with comments cut off.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, String)> + '_ {
    text.lines().enumerate().map(|(index, line)| {
        let code = line.split("//").next().unwrap_or_default();
        (index + 1, code.to_owned())
    })
}

/// Relative targets of `import … from`, `export … from`, `import()` and `require()`, as whole paths.
fn ts_imports<'a>(path: &'a Path, text: &'a str) -> impl Iterator<Item = (usize, PathBuf)> + 'a {
    text.lines().enumerate().flat_map(move |(index, line)| {
        ["from '", "import '", "import('", "require('"]
            .into_iter()
            .filter_map(move |before| line.split_once(before)?.1.split_once('\'').map(|(target, _)| target))
            .filter(|target| target.starts_with('.'))
            .map(move |target| (index + 1, resolve(path.parent().unwrap(), target)))
    })
}

fn resolve(directory: &Path, target: &str) -> PathBuf {
    let mut path = directory.to_owned();
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => drop(path.pop()),
            name => path.push(name),
        }
    }
    path
}

/// Names of all packages that `package` needs, read from the lock file.
fn dependency_tree(lock: &str, package: &str) -> BTreeSet<String> {
    let mut todo = vec![package.to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(name) = todo.pop() {
        for block in lock.split("[[package]]").filter(|block| block.contains(&format!("name = \"{name}\"\n")))
        {
            let Some((_, list)) = block.split_once("dependencies = [") else { continue };
            let names = list.split(']').next().unwrap_or_default().split('"').skip(1).step_by(2);
            for found in names.filter_map(|entry| entry.split(' ').next()) {
                if seen.insert(found.to_owned()) {
                    todo.push(found.to_owned());
                }
            }
        }
    }
    seen
}

fn sources(folder: &str, extension: &'static str) -> impl Iterator<Item = (PathBuf, String)> {
    let mut todo = vec![root().join(folder)];
    let mut files = Vec::new();
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(!files.is_empty(), "no .{extension} files under {folder}");
    files.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
