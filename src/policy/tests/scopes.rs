use proptest::prelude::*;

use crate::policy::path::Style;
use crate::policy::scope::Scope;

fn scope(style: Style, base: &str, scopes: &[&str]) -> Scope {
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    Scope::compile(style, base, &scopes).unwrap()
}

/// Both ways of asking, which must agree.
fn inside(scope: &Scope, path: impl AsRef<[u8]>) -> bool {
    let judged = scope.judge(path.as_ref(), &mut Vec::new()).is_ok();
    assert_eq!(scope.contains(path.as_ref(), &mut Vec::new()), judged, "{:?}", path.as_ref());
    judged
}

#[test]
fn scopes_are_normalised_once() {
    let roots = |scopes: &[&str]| -> Vec<String> {
        let scope = scope(Style::Posix, "/work/project/", scopes);
        scope.roots().iter().map(|root| String::from_utf8(root.clone()).unwrap()).collect()
    };
    assert_eq!(
        roots(&["packages", "./docs", "apps/x/", "a//b/./c"]),
        ["/work/project/packages", "/work/project/docs", "/work/project/apps/x", "/work/project/a/b/c"]
    );
    assert_eq!(roots(&["."]), ["/work/project"]);
    assert_eq!(roots(&["/srv/data/", "docs/**"]), ["/srv/data", "/work/project/docs"]);
    assert_eq!(roots(&["/"]), [""]);
    assert_eq!(
        roots(&["packages/a", "packages", "packages/b", "packagesx"]),
        ["/work/project/packages", "/work/project/packagesx"]
    );
}

#[test]
fn scopes_that_cannot_be_kept_are_refused() {
    let compile = |style, base: &str, scope: &str| Scope::compile(style, base, &[scope.to_owned()]);
    for bad in [
        "",
        "..",
        "../x",
        "packages/../..",
        "a/..",
        "src/*.ts",
        "**",
        "a?",
        "{a,b}",
        "a\\b",
        "a\0b",
        "file:///x",
    ] {
        assert!(compile(Style::Posix, "/work", bad).is_err(), "{bad:?}");
    }
    for bad in ["..\\x", "C:x", "\\\\host\\share", "\\x", "con", "a:b"] {
        assert!(compile(Style::Windows, "C:\\work", bad).is_err(), "{bad:?}");
    }
    assert!(compile(Style::Posix, "work", "x").is_err(), "a base that is not absolute");
}

#[test]
fn paths_on_unix() {
    let scope = scope(Style::Posix, "/work", &["packages", "README.md"]);
    let within = [
        "packages",
        "packages/",
        "packages/a/b.ts",
        "./packages/./a",
        "packages/a/../b",
        "/work/packages/x",
        "README.md",
        "packages/..x",
        "packages/a:b",
        "packages/\u{e9}",
        "../work/packages/x",
        "packages/a b.",
    ];
    for path in within {
        assert!(inside(&scope, path), "{path}");
    }
    let without = [
        "",
        ".",
        "..",
        "packagesx",
        "packages/..",
        "packages/../../etc/passwd",
        "/etc/passwd",
        "Packages/x",
        "packages\\..\\..\\etc",
        "packages/a\0b",
        "packages/x\\y",
        "file:///work/packages/x",
        "FILE:packages",
        "/packages",
        "//etc/passwd",
        "/work/packages/../../etc",
        "README.mdx",
        "~/packages",
    ];
    for path in without {
        assert!(!inside(&scope, path), "{path:?}");
    }
    assert!(!inside(&scope, format!("packages/{}", "x".repeat(4096))));
    assert!(inside(&scope, b"packages/\xff\xfe"), "names are bytes");
}

#[test]
fn paths_on_windows() {
    let scope = scope(Style::Windows, "C:\\Work", &["packages"]);
    for path in
        ["packages\\a", "PACKAGES/a.ts", "C:\\work\\packages", "c:/WORK/Packages/x", ".\\packages\\a\\..\\b"]
    {
        assert!(inside(&scope, path), "{path}");
    }
    let without = [
        "..\\packages",
        "packages\\..\\..\\x",
        "D:\\work\\packages\\x",
        "C:packages\\x",
        "\\work\\packages",
        "\\\\?\\C:\\Work\\packages",
        "\\\\host\\share\\packages",
        "//host/share",
        "packages\\a.txt:stream",
        "packages\\a.txt::$DATA",
        "packages\\a.",
        "packages\\a ",
        "packages\\ ",
        "packages\\...",
        "packages.\\a",
        "packages\\con",
        "packages\\NUL.txt",
        "packages\\com1",
        "packages\\LPT9.log",
        "packages\\COM\u{b9}",
        "packages\\CONIN$",
        "packages\\aux .txt",
        "packages\\PROGRA~1",
        "packages\\a*",
        "packages\\a|b",
        "packages\\a\u{1}",
    ];
    for path in without {
        assert!(!inside(&scope, path), "{path:?}");
    }
    assert!(!inside(&scope, b"packages\\\xff"), "no text");
}

proptest! {
    #[test]
    fn whatever_is_inside_stays_inside_when_resolved(
        names in proptest::collection::vec(
            prop::sample::select(vec!["packages", "docs", "..", ".", "", "a", "etc"]), 0..8),
        absolute: bool,
    ) {
        let path = format!("{}{}", if absolute { "/work/" } else { "" }, names.join("/"));
        let scope = scope(Style::Posix, "/work", &["packages"]);
        // The same walk, done the obvious way.
        let mut place: Vec<&str> = if path.starts_with('/') { vec![] } else { vec!["work"] };
        for name in path.split('/') {
            match name {
                "" | "." => {}
                ".." => drop(place.pop()),
                name => place.push(name),
            }
        }
        let expected = place.len() >= 2 && place[0] == "work" && place[1] == "packages";
        prop_assert_eq!(inside(&scope, &path), expected, "{}", path);
    }

    #[test]
    fn any_bytes_are_judged_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        inside(&scope(Style::Posix, "/work", &["packages", "/"]), &bytes);
        inside(&scope(Style::Windows, "C:/work", &["packages"]), &bytes);
    }
}
