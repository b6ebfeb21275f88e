//! Real files, real links.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use tempfile::TempDir;

use crate::policy::PolicyError;
use crate::policy::beneath::Opener;
use crate::policy::path::Style;
use crate::policy::scope::Scope;
use crate::policy::source::{list, load};

/// `packages/{a.txt, deep/b.txt}`, a secret outside, and links of every kind.
fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("packages/deep")).unwrap();
    fs::create_dir(at("outside")).unwrap();
    fs::write(at("packages/a.txt"), "a").unwrap();
    fs::write(at("packages/deep/b.txt"), "b").unwrap();
    fs::write(at("outside/secret"), "secret").unwrap();
    fs::write(at("README.md"), "readme").unwrap();
    symlink("a.txt", at("packages/to-a")).unwrap();
    symlink("deep", at("packages/to-deep")).unwrap();
    symlink("../outside/secret", at("packages/out-relative")).unwrap();
    symlink(at("outside/secret"), at("packages/out-absolute")).unwrap();
    symlink("../outside", at("packages/out-dir")).unwrap();
    symlink("/proc/self/root", at("packages/magic")).unwrap();
    symlink("loop", at("packages/loop")).unwrap();
    symlink("outside/secret", at("LINK.md")).unwrap();
    folder
}

fn opener(folder: &Path, scopes: &[&str]) -> Opener {
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    Opener::new(Scope::compile(Style::HERE, folder.to_str().unwrap(), &scopes).unwrap())
}

fn read(opener: &Opener, path: &str) -> Result<String, PolicyError> {
    let mut text = String::new();
    fs::File::from(opener.open(path.as_bytes(), libc::O_RDONLY, 0)?).read_to_string(&mut text).unwrap();
    Ok(text)
}

#[test]
fn what_lies_inside_opens_and_what_leads_out_does_not() {
    for stepwise in [false, true] {
        let folder = project();
        let opener = opener(folder.path(), &["packages", "README.md", "LINK.md"]);
        if stepwise {
            opener.resolve_stepwise();
        }
        for (path, text) in
            [("packages/a.txt", "a"), ("packages/deep/../deep/b.txt", "b"), ("README.md", "readme")]
        {
            assert_eq!(read(&opener, path).unwrap(), text, "{path}, stepwise {stepwise}");
        }
        for path in ["packages/to-a", "packages/to-deep/b.txt"] {
            assert_eq!(read(&opener, path).is_ok(), !stepwise, "{path}: name by name, no link is followed");
        }
        let leading_out = [
            "packages/out-relative",
            "packages/out-absolute",
            "packages/out-dir/secret",
            "packages/loop",
            "packages/magic/etc/passwd",
            "LINK.md",
            "outside/secret",
            "packages/../outside/secret",
        ];
        for path in leading_out {
            let refused = read(&opener, path);
            assert!(
                matches!(refused, Err(PolicyError::PathDenied { .. })),
                "{path}, {stepwise}: {refused:?}"
            );
        }
        assert!(matches!(
            read(&opener, "packages/none"),
            Err(PolicyError::OpenFailed { errno: libc::ENOENT, .. })
        ));
        assert!(matches!(read(&opener, "README.md/x"), Err(PolicyError::OpenFailed { .. })));
    }
}

/// From now on `openat2` fails with `errno` in this thread, as under a container's filter. Whether the system can do that.
#[cfg(target_os = "linux")]
fn forbid_openat2(errno: i32) -> bool {
    let step = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let number = u32::try_from(libc::SYS_openat2).unwrap();
    let refuse = libc::SECCOMP_RET_ERRNO | u32::try_from(errno).unwrap();
    let mut filter = [
        step(0x20, 0, 0, 0),                       // load the number of the call
        step(0x15, 0, 1, number),                  // is it openat2?
        step(0x06, 0, 0, refuse),                  // it fails
        step(0x06, 0, 0, libc::SECCOMP_RET_ALLOW), // any other is made
    ];
    let program = libc::sock_fprog { len: 4, filter: filter.as_mut_ptr() };
    // SAFETY: the program and its steps live during the calls, which copy them; they concern this thread alone.
    unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) == 0
    }
}

#[test]
#[cfg(target_os = "linux")]
fn where_the_system_call_is_missing_or_forbidden_each_name_is_opened_in_turn() {
    for errno in [libc::ENOSYS, libc::EPERM] {
        let folder = project();
        // Filters stay with their thread.
        let told = std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    let opener = opener(folder.path(), &["packages", "LINK.md"]);
                    forbid_openat2(errno).then(|| {
                        ["packages/deep/b.txt", "packages/to-a", "packages/out-dir/secret", "LINK.md"]
                            .map(|path| read(&opener, path))
                    })
                })
                .join()
                .unwrap()
        });
        let Some([inside, link, out, root]) = told else {
            let never_skip = std::env::var_os("CORTEX_NEVER_SKIP").is_some_and(|value| value == "1");
            assert!(!never_skip, "this system has no filters of system calls");
            eprintln!("skipped: this system has no filters of system calls");
            return;
        };
        assert_eq!(inside.unwrap(), "b");
        for refused in [link, out, root] {
            assert!(matches!(refused, Err(PolicyError::PathDenied { .. })), "{errno}: {refused:?}");
        }
    }
}

#[test]
fn files_are_made_with_the_mode_asked_for() {
    for stepwise in [false, true] {
        let folder = project();
        let opener = opener(folder.path(), &["."]);
        if stepwise {
            opener.resolve_stepwise();
        }
        let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL;
        let mut file = fs::File::from(opener.open(b"packages/new", flags, 0o600).unwrap());
        file.write_all(b"new").unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read(&opener, "packages/new").unwrap(), "new");
        let again = opener.open(b"packages/new", flags, 0o600).unwrap_err();
        assert!(matches!(again, PolicyError::OpenFailed { errno: libc::EEXIST, .. }));
        let narrow = self::opener(folder.path(), &["packages"]);
        let through_link = narrow.open(b"packages/out-dir/made", libc::O_WRONLY | libc::O_CREAT, 0o600);
        assert!(through_link.is_err() && !folder.path().join("outside/made").exists());
    }
}

#[test]
fn a_root_that_is_replaced_is_found_again() {
    let folder = project();
    let opener = opener(folder.path(), &["packages"]);
    assert_eq!(read(&opener, "packages/a.txt").unwrap(), "a");
    fs::remove_dir_all(folder.path().join("packages")).unwrap();
    fs::create_dir(folder.path().join("packages")).unwrap();
    fs::write(folder.path().join("packages/a.txt"), "new").unwrap();
    assert_eq!(read(&opener, "packages/a.txt").unwrap(), "new");
}

#[test]
fn swapping_a_directory_for_a_link_never_lets_anybody_out() {
    let folder = project();
    let opener = opener(folder.path(), &["packages"]);
    let (real, link) = (folder.path().join("packages/swap"), folder.path().join("packages/swap-link"));
    fs::create_dir(&real).unwrap();
    fs::write(real.join("secret"), "mine").unwrap();
    symlink(folder.path().join("outside"), &link).unwrap();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let swapper = std::thread::spawn({
        let (stop, real, link) = (stop.clone(), real.clone(), link.clone());
        let spare = folder.path().join("packages/spare");
        move || {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                for (from, to) in [(&real, &spare), (&link, &real), (&real, &link), (&spare, &real)] {
                    fs::rename(from, to).unwrap();
                }
            }
        }
    });
    let (mut read_own, mut refused) = (0, 0);
    while read_own < 50 || refused < 50 {
        match read(&opener, "packages/swap/secret") {
            Ok(text) => {
                assert_eq!(text, "mine");
                read_own += 1;
            }
            Err(_) => refused += 1,
        }
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    swapper.join().unwrap();
}

const GRANT: &str = r#"{"tool": "t", "actions": ["a"], "rate": {"perMinute": 1}}"#;

fn grants() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let path = folder.path().join("grants");
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    (folder, path.to_str().unwrap().to_owned())
}

fn write(directory: &str, name: &str, text: &str, mode: u32) {
    let path = Path::new(directory).join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_grant_is_read_and_its_revision_follows_its_bytes() {
    let (_folder, directory) = grants();
    write(&directory, "t.json", GRANT, 0o644);
    let first = load(&directory, "t", true).unwrap();
    assert_eq!(first.grant.tool, "t");
    assert_eq!(load(&directory, "t", true).unwrap(), first);
    write(&directory, "t.json", &format!("{GRANT} "), 0o644);
    assert_ne!(load(&directory, "t", true).unwrap().revision, first.revision);
    write(&directory, "other.json", GRANT, 0o644);
    write(&directory, "notes.txt", "", 0o644);
    write(&directory, ".hidden.json", "", 0o644);
    assert_eq!(list(Path::new(&directory)).unwrap(), ["other", "t"]);
}

#[test]
fn grants_that_others_could_change_are_refused_when_strict() {
    let (_folder, directory) = grants();
    for mode in [0o664, 0o646, 0o666] {
        write(&directory, "t.json", GRANT, mode);
        assert!(matches!(load(&directory, "t", true), Err(PolicyError::GrantUnsafe { .. })), "{mode:o}");
        assert!(load(&directory, "t", false).is_ok());
    }
    write(&directory, "t.json", GRANT, 0o644);
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(load(&directory, "t", true), Err(PolicyError::GrantUnsafe { .. })), "its directory");
}

#[test]
fn grants_that_are_missing_elsewhere_or_no_files_are_refused() {
    let (folder, directory) = grants();
    assert!(matches!(load(&directory, "none", true), Err(PolicyError::GrantMissing { .. })));
    assert!(matches!(load(&directory, "../t", true), Err(PolicyError::GrantIdInvalid { .. })));
    fs::create_dir(Path::new(&directory).join("dir.json")).unwrap();
    assert!(matches!(load(&directory, "dir", false), Err(PolicyError::GrantUnsafe { .. })));
    let outside = folder.path().join("outside.json");
    fs::write(&outside, GRANT).unwrap();
    symlink(&outside, Path::new(&directory).join("link.json")).unwrap();
    assert!(matches!(load(&directory, "link", false), Err(PolicyError::GrantUnsafe { .. })));
    write(&directory, "real.json", GRANT, 0o644);
    symlink("real.json", Path::new(&directory).join("inner.json")).unwrap();
    assert!(load(&directory, "inner", true).is_ok(), "links inside are how volumes swap versions");
    write(&directory, "huge.json", &" ".repeat(1_100_000), 0o644);
    assert!(matches!(load(&directory, "huge", true), Err(PolicyError::GrantUnreadable { .. })));
}
