use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::*;
use crate::error::Coded as _;

const PATIENCE: Duration = Duration::from_secs(20);

fn rhythm(watch: bool) -> Rhythm {
    Rhythm {
        ttl: Duration::from_secs(3600),
        poll: if watch { Duration::from_secs(3600) } else { Duration::from_millis(5) },
        debounce: Duration::from_millis(2),
        watch,
    }
}

struct Followed {
    live: Live,
    changes: Receiver<()>,
}

fn follow(recipe: Recipe, watch: bool) -> Followed {
    let live = Live::open(refresher(recipe), rhythm(watch), ports()).unwrap();
    let (sender, changes) = channel();
    live.on_change(move || sender.send(()).unwrap_or_default());
    Followed { live, changes }
}

impl Followed {
    fn version(&self) -> String {
        self.live.current().0.map(|snapshot| snapshot.version.clone()).unwrap_or_default()
    }

    /// Until the state is as wanted; every change of it is told.
    fn until(&self, wanted: impl Fn(&Self) -> bool) {
        while !wanted(self) {
            self.changes.recv_timeout(PATIENCE).expect("no change was told");
        }
    }
}

fn replace(path: &Path, text: &str) {
    let staged = path.with_extension("tmp");
    fs::write(&staged, text).unwrap();
    fs::rename(staged, path).unwrap();
}

fn numbered(number: u32) -> String {
    dated(&format!("1.0.{number}"), "2025-10-10T00:00:00Z")
}

#[test]
fn renames_are_seen_by_the_watch_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.json");
    fs::write(&path, numbered(0)).unwrap();
    let followed = follow(recipe(&[&path]), true);
    for number in 1..20 {
        replace(&path, &numbered(number));
        followed.until(|one| one.version() == format!("1.0.{number}"));
    }
}

#[test]
fn changes_are_seen_by_stamps_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.json");
    fs::write(&path, numbered(0)).unwrap();
    let followed = follow(recipe(&[&path]), false);
    for number in 1..5 {
        // In place, of the same length: only the time tells.
        fs::write(&path, numbered(number)).unwrap();
        followed.until(|one| one.version() == format!("1.0.{number}"));
    }
}

#[cfg(unix)]
#[test]
fn links_swapped_above_the_file_are_seen() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("..data");
    let path = folder.path().join("m.json");
    let version = |number: u32| {
        let directory = folder.path().join(format!("..{number}"));
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join("m.json"), numbered(number)).unwrap();
        let staged = folder.path().join("..data_tmp");
        symlink(format!("..{number}"), &staged).unwrap();
        fs::rename(staged, &data).unwrap();
        if number > 0 {
            fs::remove_dir_all(folder.path().join(format!("..{}", number - 1))).unwrap();
        }
    };
    version(0);
    symlink("..data/m.json", &path).unwrap();
    let followed = follow(recipe(&[&path]), true);
    for number in 1..20 {
        version(number);
        followed.until(|one| one.version() == format!("1.0.{number}"));
    }
}

#[test]
fn a_broken_file_leaves_the_last_good_one_with_a_reason_and_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.json");
    fs::write(&path, numbered(1)).unwrap();
    let followed = follow(recipe(&[&path]), true);
    let revision = followed.live.revision();
    replace(&path, "{");
    followed.until(|one| one.live.current().1.is_some());
    let (snapshot, failure) = followed.live.current();
    assert_eq!(snapshot.unwrap().version, "1.0.1");
    let failure = failure.unwrap();
    assert_eq!(failure.error.code(), "ERR_MANIFEST_UNAVAILABLE");
    assert!(failure.since_ms > 0 && followed.live.revision() > revision);
    replace(&path, &numbered(2));
    followed.until(|one| one.version() == "1.0.2");
    assert!(followed.live.current().1.is_none());
}

#[test]
fn without_a_first_manifest_it_waits_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.json");
    let followed = follow(recipe(&[&path]), true);
    assert!(followed.live.current().0.is_none());
    assert_eq!(followed.live.current().1.unwrap().error.code(), "ERR_MANIFEST_UNAVAILABLE");
    replace(&path, &numbered(1));
    followed.until(|one| one.version() == "1.0.1");
}

#[test]
fn a_key_file_that_changes_signs_anew_with_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let (path, key_file) = (folder.path().join("m.json"), folder.path().join("keys.json"));
    fs::write(&path, SMALL).unwrap();
    fs::write(&key_file, r#"{"keys":[{"id":"a","secret":"one"}]}"#).unwrap();
    let followed = follow(Recipe { keys: KeySource::File(key_file.clone()), ..recipe(&[&path]) }, true);
    let before = followed.live.current().0.unwrap();
    replace(&key_file, r#"{"keys":[{"id":"b","secret":"two"},{"id":"a","secret":"one"}]}"#);
    followed.until(|one| one.live.current().0.is_some_and(|snapshot| snapshot.key_id == "b"));
    let after = followed.live.current().0.unwrap();
    assert_eq!(after.generated_at, before.generated_at);
    assert_ne!(after.tag, before.tag);
    replace(&key_file, "{");
    followed.until(|one| one.live.current().1.is_some());
    assert_eq!(followed.live.current().0.unwrap().key_id, "b");
}

#[test]
fn refresh_waits_for_what_it_asked_for_and_close_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.json");
    fs::write(&path, numbered(1)).unwrap();
    let followed = follow(recipe(&[&path]), false);
    let refreshes = followed.live.refreshes();
    followed.live.refresh().unwrap();
    assert!(followed.live.refreshes() > refreshes);
    replace(&path, "[]");
    assert_eq!(followed.live.refresh().unwrap_err().code(), "ERR_MANIFEST_UNAVAILABLE");
    followed.live.close();
    assert_eq!(followed.live.refresh().unwrap_err().code(), "ERR_MANIFEST_CLOSED");
    let handle = registry::insert(followed.live);
    assert!(registry::get(handle).is_ok());
    registry::close(handle);
    registry::close(handle);
    assert!(registry::get(handle).is_err());
}
