//! Grants in a directory: one `<id>.json` each, read so that neither a name nor a link leads out of it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags};

use super::PolicyError;
use super::beneath::Opener;
use super::grant::{Grant, MAX_GRANT_BYTES, check_id};
use super::path::Style;
use super::scope::Scope;
use super::table::hash::Seed;

/// A grant as its file says.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The grant.
    pub grant: Grant,
    /// Changes whenever the file's bytes do.
    pub revision: String,
}

/// Reads the grant `id` from `directory`, an absolute path.
///
/// `strict` refuses files and directories that others than their owner may change, and those of other owners than
/// this process's user and root.
pub fn load(directory: &str, id: &str, strict: bool) -> Result<Loaded, PolicyError> {
    check_id(id)?;
    let unreadable = |cause: String| PolicyError::GrantUnreadable { id: id.to_owned(), cause };
    let scope = Scope::compile(Style::HERE, directory, &[".".to_owned()])?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let name = format!("{id}.json");
    #[allow(clippy::cast_possible_wrap)] // flags of open(2), an int there
    let opened = Opener::new(scope).open(name.as_bytes(), flags.bits() as i32, 0);
    let file: File = match opened {
        Ok(file) => file.into(),
        Err(PolicyError::OpenFailed { errno, .. }) if errno == rustix::io::Errno::NOENT.raw_os_error() => {
            return Err(PolicyError::GrantMissing { id: id.to_owned() });
        }
        Err(PolicyError::OpenFailed { cause, .. }) => return Err(unreadable(cause)),
        Err(_) => {
            let reason = "a link leads out of its directory";
            return Err(PolicyError::GrantUnsafe { id: id.to_owned(), reason });
        }
    };
    check_rights(&file, Path::new(directory), id, strict)?;
    let mut bytes = Vec::new();
    file.take(MAX_GRANT_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > MAX_GRANT_BYTES {
        return Err(unreadable(format!("it is longer than {MAX_GRANT_BYTES} bytes")));
    }
    let grant = Grant::parse(id, &bytes)?;
    #[allow(clippy::cast_possible_truncation)] // half of the hash is enough to tell versions apart
    let revision = format!("{:016x}", Seed([0; 16]).hash(&bytes).0 as u64);
    Ok(Loaded { grant, revision })
}

fn check_rights(file: &File, directory: &Path, id: &str, strict: bool) -> Result<(), PolicyError> {
    let unsafe_for = |reason| PolicyError::GrantUnsafe { id: id.to_owned(), reason };
    let unreadable =
        |error: std::io::Error| PolicyError::GrantUnreadable { id: id.to_owned(), cause: error.to_string() };
    let found = rustix::fs::fstat(file).map_err(|error| unreadable(error.into()))?;
    if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile {
        return Err(unsafe_for("it is no plain file"));
    }
    if !strict {
        return Ok(());
    }
    let within = rustix::fs::stat(directory).map_err(|error| unreadable(error.into()))?;
    let own = rustix::process::geteuid().as_raw();
    for (mode, owner) in [(found.st_mode, found.st_uid), (within.st_mode, within.st_uid)] {
        if Mode::from_raw_mode(mode).intersects(Mode::WGRP | Mode::WOTH) {
            return Err(unsafe_for("others may write to it or to its directory"));
        }
        if owner != own && owner != 0 {
            return Err(unsafe_for("it or its directory belongs to another user"));
        }
    }
    Ok(())
}

/// The ids of the grants in `directory`, sorted.
pub fn list(directory: &Path) -> Result<Vec<String>, PolicyError> {
    let entries = std::fs::read_dir(directory).map_err(|error| PolicyError::GrantUnreadable {
        id: directory.display().to_string(),
        cause: error.to_string(),
    })?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut ids: Vec<String> = names
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .filter(|id| check_id(id).is_ok())
        .collect();
    ids.sort();
    Ok(ids)
}
