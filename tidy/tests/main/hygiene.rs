//! Nothing in the repository names a machine's paths or a registry's host: it must build anywhere.

use assay_tidy::{files, text};

/// Written in halves so that this file does not contain what it looks for.
fn forbidden() -> Vec<String> {
    [
        ("/ro", "ot/"),
        ("/ho", "me/"),
        ("/wo", "rk/main"),
        ("/wo", "rk/shared"),
        ("/wo", "rk/t/"),
        ("arti", "factory"),
        ("registry.npm", "js.org"),
        ("registry.yarn", "pkg.com"),
        ("files.python", "hosted.org"),
    ]
    .iter()
    .map(|(left, right)| format!("{left}{right}"))
    .collect()
}

#[test]
fn no_file_names_a_machine_path_or_a_registry_host() {
    let forbidden = forbidden();
    let mut findings = Vec::new();
    for path in files() {
        let Some(text) = text(&path) else { continue };
        for (number, line) in text.lines().enumerate() {
            for word in &forbidden {
                if line.contains(word.as_str()) {
                    findings.push(format!("{}:{}: {word}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn no_file_is_larger_than_the_repository_can_carry() {
    /// The largest committed file is an ONNX model of about half a megabyte; ten times that is a mistake.
    const LARGEST_FILE_BYTES: u64 = 5 << 20;
    for path in files() {
        let size = std::fs::metadata(assay_tidy::root().join(&path))
            .expect("listed")
            .len();
        assert!(
            size <= LARGEST_FILE_BYTES,
            "{} has {size} bytes",
            path.display()
        );
    }
}
