//! The house's rules that a machine can check. Each test says why it is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files under version control or about to be, without what is generated or foreign.
fn files(suffixes: &[&str]) -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git is needed to know the project's files");
    let list = String::from_utf8(output.stdout).unwrap();
    let mut files: Vec<PathBuf> = list
        .lines()
        .filter(|name| suffixes.iter().any(|suffix| name.ends_with(suffix)))
        .map(|name| root().join(name))
        .filter(|path| path.is_file())
        .collect();
    assert!(!files.is_empty(), "no {suffixes:?} in {}", root().display());
    files.sort();
    files
}

fn is_test(name: &str) -> bool {
    name.contains("tests/") || name.ends_with("tests.rs") || name.contains(".test.")
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn arrows_between_crates_go_one_way() {
    // What a crate may use of the others. What isn't named here is a program on top, and may use everything.
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("ids", &[][..]),
        ("integrity", &["ids"]),
        ("casework", &["ids"]),
        ("sfu", &["ids"]),
        ("signaling", &["ids"]),
        ("recorder", &["ids", "integrity"]),
        ("cloudseat-verify", &["ids", "integrity"]),
    ]);
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let names: BTreeSet<&str> = packages
        .iter()
        .map(|package| package["name"].as_str().unwrap())
        .collect();
    for name in allowed.keys() {
        assert!(
            names.contains(name),
            "{name} is no longer in the workspace; mend this list"
        );
    }
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let Some(may) = allowed.get(name) else {
            continue;
        };
        for dependency in package["dependencies"].as_array().unwrap() {
            let on = dependency["name"].as_str().unwrap();
            let in_tests = dependency["kind"] == "dev";
            assert!(
                !names.contains(on) || may.contains(&on) || in_tests,
                "{name} must not use {on}"
            );
        }
    }
}

#[test]
fn every_crate_inherits_the_lints() {
    for package in metadata()["packages"].as_array().unwrap() {
        let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
        let table: toml::Table = read(&manifest).parse().unwrap();
        let lints = &table["lints"];
        if lints.get("workspace").and_then(toml::Value::as_bool) == Some(true) {
            continue;
        }
        // A crate with a table of its own says the same but for one thing, and says why.
        let workspace: toml::Table = read(&root().join("Cargo.toml")).parse().unwrap();
        let house = &workspace["workspace"]["lints"];
        for (tool, rules) in house.as_table().unwrap() {
            for (rule, level) in rules.as_table().unwrap() {
                let own = lints.get(tool).and_then(|rules| rules.get(rule));
                let excepted = rule == "unsafe_code" && own.is_some();
                assert!(
                    own == Some(level) || excepted,
                    "{}: {tool}::{rule}",
                    shown(&manifest)
                );
            }
        }
    }
}

#[test]
fn pure_crates_are_watched_by_the_stricter_list() {
    let lists = ["clippy.toml", "crates/clippy.toml"]
        .map(|name| read(&root().join(name)).parse::<toml::Table>().unwrap());
    let paths = |list: &toml::Table| -> BTreeSet<String> {
        let banned = list["disallowed-methods"].as_array().unwrap();
        banned
            .iter()
            .map(|entry| entry["path"].as_str().unwrap().to_owned())
            .collect()
    };
    let missing: Vec<_> = paths(&lists[0])
        .difference(&paths(&lists[1]))
        .cloned()
        .collect();
    assert!(
        missing.is_empty(),
        "the nearest clippy.toml replaces its parents: repeat {missing:?} in crates/clippy.toml"
    );
}

#[test]
fn words_that_say_nothing_are_not_used() {
    let mut found = Vec::new();
    for path in files(&[".rs"]) {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        if ["utils", "util", "common", "helpers", "misc"].contains(&stem.as_str()) {
            found.push(format!(
                "{}: a file's name says what it is about",
                shown(&path)
            ));
        }
        for (number, line) in read(&path).lines().enumerate() {
            let code = line.trim_start();
            // Quoted, so that this file doesn't find itself.
            for (banned, why) in [
                (concat!("#[", "allow("), "expect, with a reason"),
                (concat!("#![", "allow("), "expect, with a reason"),
                (concat!("unbounded", "_channel("), "every queue has a limit"),
                (concat!("fn ", "get_"), "name the thing, not the getting"),
            ] {
                if code.contains(banned)
                    && !(is_test(&shown(&path)) && banned.starts_with("unbounded"))
                {
                    found.push(format!("{}:{}: {banned}: {why}", shown(&path), number + 1));
                }
            }
            for kind in ["struct ", "enum ", "trait "] {
                let named = code.split(kind).nth(1).unwrap_or_default();
                let name: String = named.chars().take_while(|c| c.is_alphanumeric()).collect();
                let defines = code.starts_with(kind)
                    || code.contains(&format!(" {kind}")) && code.starts_with("pub");
                if defines
                    && [concat!("Mana", "ger"), concat!("Help", "er")]
                        .iter()
                        .any(|word| name.ends_with(word))
                {
                    found.push(format!(
                        "{}:{}: {name} says nothing of what it does",
                        shown(&path),
                        number + 1
                    ));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_project_does_not_know_where_it_lies() {
    let here = root().display().to_string();
    // In a folder at the top of the disk the name alone would prove nothing.
    if here.matches('/').count() < 2 {
        return;
    }
    for path in files(&[
        ".rs",
        ".toml",
        ".md",
        ".ts",
        ".vue",
        ".json",
        ".yaml",
        ".yml",
        ".sh",
        ".html",
        "Makefile",
        "Dockerfile",
    ]) {
        assert!(
            !read(&path).contains(&here),
            "{} names {here}",
            shown(&path)
        );
    }
}

#[test]
fn every_source_file_belongs_to_a_module() {
    // A file that no `mod` names is compiled by nobody.
    for path in files(&[".rs"]) {
        let name = shown(&path);
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let folder = path.parent().unwrap();
        let is_root = ["main", "lib", "build"].contains(&stem.as_str())
            || ["bin", "benches", "examples", "tests", "fuzz_targets"]
                .iter()
                .any(|known| folder.ends_with(known));
        if is_root {
            continue;
        }
        let (module, beside) = if stem == "mod" {
            (
                folder.file_name().unwrap().to_string_lossy().into_owned(),
                folder.parent().unwrap(),
            )
        } else {
            (stem, folder)
        };
        let parent_file = beside.with_extension("rs");
        let parents = [
            beside.join("mod.rs"),
            beside.join("lib.rs"),
            beside.join("main.rs"),
            parent_file,
        ];
        let declared = parents
            .iter()
            .filter(|parent| parent.is_file())
            .any(|parent| {
                read(parent).lines().any(|line| {
                    let line = line.trim();
                    line.ends_with(&format!("mod {module};"))
                        || line.ends_with(&format!("mod {module} {{"))
                })
            });
        assert!(declared, "{name}: no `mod {module};` beside it");
    }
}

/// For the reader of the test's output: where to look first for a second idea in one file.
#[test]
fn the_longest_files_are_listed() {
    let mut lengths: Vec<_> = files(&[".rs", ".ts", ".vue"])
        .iter()
        .map(|path| (read(path).lines().count(), shown(path)))
        .collect();
    lengths.sort();
    for (lines, name) in lengths.iter().rev().take(15) {
        println!("{lines:5} {name}");
    }
    // Past a thousand lines nobody reads on; a list of cases is not read but looked up in.
    let endless: Vec<_> = lengths
        .iter()
        .filter(|(lines, name)| *lines > 1000 && !name.contains(".gen.") && !is_test(name))
        .collect();
    assert!(endless.is_empty(), "{endless:?}");
}
