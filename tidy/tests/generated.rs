//! Generated files are committed, say that they are generated, and are refreshed by `make bless`. That their content
//! is fresh is checked by a test beside each generator; here we check that none is forgotten.

use std::path::Path;

use assay_tidy::{root, text};

/// A generated file or folder, and the words of `make bless` that refresh it.
const GENERATED: &[(&str, &str)] = &[
    ("proving/statement/vectors", "assay-statement"),
    ("proving/wrap/vectors", "assay-wrap"),
    ("contracts/src/generated/Groth16Verifier.sol", "setup"),
    ("contracts/test/vectors/wrapped_proof.json", "setup"),
    ("contracts/abi", "export-abi"),
    ("market/vectors", "assay-market"),
    ("api/openapi.json", "assay-api"),
];

#[test]
fn every_generated_file_is_refreshed_by_make_bless() {
    let makefile = text(Path::new("Makefile")).expect("the Makefile is text");
    let bless: String = makefile
        .split_once("\nbless:")
        .expect("the Makefile has a bless target")
        .1
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('\t'))
        .collect::<Vec<_>>()
        .join("\n");
    for (path, word) in GENERATED {
        assert!(root().join(path).exists(), "{path} is missing: run make bless");
        assert!(bless.contains(word), "make bless does not mention {word}, which refreshes {path}");
    }
}

#[test]
fn generated_sources_say_so_in_their_first_lines() {
    for (path, _) in GENERATED.iter().filter(|(path, _)| path.ends_with(".sol")) {
        let source = text(Path::new(path)).expect("source is text");
        let head: String = source.lines().take(6).collect::<Vec<_>>().join("\n").to_lowercase();
        assert!(head.contains("generated"), "{path} does not say that it is generated");
    }
}
