//! What the pages promise exists: the commands README names are Makefile targets, links lead somewhere, and every
//! crate has its page.

use std::collections::BTreeSet;
use std::path::Path;

use assay_tidy::{files, root, text};

const PAGES: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "GLOSSARY.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
];

fn make_targets() -> BTreeSet<String> {
    text(Path::new("Makefile"))
        .expect("the Makefile is text")
        .lines()
        .filter(|line| !line.starts_with(['\t', '#', '.', ' ']))
        .filter_map(|line| {
            line.split_once(':')
                .map(|(target, _)| target.trim().to_owned())
        })
        .collect()
}

#[test]
fn every_make_command_a_page_names_is_a_target() {
    let targets = make_targets();
    for page in PAGES {
        let page_text = text(Path::new(page)).expect("pages are text");
        for code in page_text.split('`').skip(1).step_by(2) {
            let Some(rest) = code.strip_prefix("make ") else {
                continue;
            };
            for target in rest
                .split_whitespace()
                .filter(|word| !word.contains('='))
                .take(1)
            {
                assert!(
                    targets.contains(target),
                    "{page} names `make {target}`, which the Makefile lacks"
                );
            }
        }
    }
}

#[test]
fn every_relative_link_of_a_page_leads_to_a_file() {
    for page in files()
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
    {
        let folder = root().join(page.parent().expect("a file has a folder"));
        let page_text = text(page).expect("pages are text");
        for link in page_text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            assert!(
                folder.join(target).exists(),
                "{}: link to {target} leads nowhere",
                page.display()
            );
        }
    }
}

#[test]
fn every_crate_has_a_page_that_is_its_documentation() {
    for manifest in files()
        .iter()
        .filter(|path| path.ends_with("Cargo.toml") && path.components().count() > 1)
    {
        let folder = manifest.parent().expect("a file has a folder");
        assert!(
            root().join(folder).join("README.md").exists(),
            "{} has no README.md",
            folder.display()
        );
        let library = folder.join("src/lib.rs");
        if root().join(&library).exists() {
            assert!(
                text(&library)
                    .expect("source is text")
                    .contains("include_str!(\"../README.md\")"),
                "{} does not use its README as crate documentation",
                library.display()
            );
        }
    }
}
