#![doc = include_str!("../README.md")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the root of the workspace.
///
/// # Panics
/// Panics when the crate does not lie one level below the root.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate lies one level below the root")
        .to_path_buf()
}

/// Returns the paths, relative to the root, of the files that git tracks or would track.
///
/// # Panics
/// Panics when git cannot list them: every test here needs the list.
#[must_use]
pub fn files() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root())
        .output()
        .expect("git runs");
    assert!(output.status.success(), "git ls-files failed");
    String::from_utf8(output.stdout)
        .expect("file names are UTF-8")
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
        .filter(|path| root().join(path).is_file())
        .collect()
}

/// Returns the text of a tracked file, or `None` when it is not UTF-8.
///
/// # Panics
/// Panics when the file cannot be read.
#[must_use]
pub fn text(path: &Path) -> Option<String> {
    String::from_utf8(std::fs::read(root().join(path)).expect("a listed file can be read")).ok()
}
