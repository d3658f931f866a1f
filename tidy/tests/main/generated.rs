//! Generated files are committed, say that they are generated, and are refreshed by `make bless`. That their content
//! is fresh is checked by a test beside each generator; here we check that none is forgotten.

use std::path::Path;

use assay_tidy::{root, text};

/// A generated file or folder, and the part of `make bless` that refreshes it.
const GENERATED: &[(&str, &str)] = &[
    ("proving/statement/vectors", "vectors_are_current"),
    ("api/openapi.json", "description_is_current"),
    ("proving/wrap/vectors/bn254_hash.json", "recorded_vectors"),
    ("proving/wrap/src/layers/canonical.bin", "shape_is_fresh"),
    (
        "proving/wrap/vectors/outer_proof.json",
        "bless_outer_vectors",
    ),
    (
        "proving/wrap/src/matrices.sha256",
        "matrices_are_the_pinned",
    ),
    ("proving/circuit/pins", "circuits_are_pinned"),
    ("proving/prover/pins", "circuits_are_pinned"),
    ("contracts/src/generated/Groth16Verifier.sol", "assay setup"),
    ("contracts/test/vectors/wrapped_proof.json", "assay setup"),
    ("contracts/test/vectors/verifying_key.json", "assay setup"),
    ("contracts/abi", "export-abi"),
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
        assert!(
            root().join(path).exists(),
            "{path} is missing: run make bless"
        );
        assert!(
            bless.contains(word),
            "make bless does not mention {word}, which refreshes {path}"
        );
    }
}

#[test]
fn generated_sources_say_so_in_their_first_lines() {
    for (path, _) in GENERATED.iter().filter(|(path, _)| path.ends_with(".sol")) {
        let source = text(Path::new(path)).expect("source is text");
        let head: String = source
            .lines()
            .take(6)
            .collect::<Vec<_>>()
            .join("\n")
            .to_lowercase();
        assert!(
            head.contains("generated"),
            "{path} does not say that it is generated"
        );
    }
}
