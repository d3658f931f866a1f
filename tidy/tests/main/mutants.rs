//! The lists of mutants stay those of the sources: what a mutant replaces stands there exactly once, and a test with a
//! name like those that must notice exists. The scripts say the same, but they run for minutes and rarely.

use std::collections::BTreeSet;
use std::path::Path;

use assay_tidy::{files, text};
use serde_json::Value;

/// A list of mutants.
pub struct List {
    /// The folder that the files in it are named from.
    pub folder: &'static str,
    /// How many mutants it has at least.
    least: usize,
    /// Whether its mutants name the tests that must notice.
    names_tests: bool,
}

const fn list(folder: &'static str, least: usize, names_tests: bool) -> List {
    List {
        folder,
        least,
        names_tests,
    }
}

/// The lists.
const LISTS: [List; 4] = [
    list("proving/wrap", 150, true),
    list("proving/circuit", 200, true),
    list("proving/prover", 30, true),
    list("contracts", 60, false),
];

/// Returns the mutants of a folder's list.
pub fn mutants(folder: &str) -> Vec<Value> {
    let list = text(&Path::new(folder).join("mutants.json")).expect("the list is text");
    serde_json::from_str(&list).expect("the list is JSON")
}

/// Says what is wrong with a mutant, if something is.
fn fault(mutant: &Value, folder: &str) -> Option<String> {
    let field = |name: &str| mutant[name].as_str();
    let (Some(file), Some(find), Some(replace)) = (field("file"), field("find"), field("replace"))
    else {
        return Some("file, find or replace is missing".to_owned());
    };
    let source = text(&Path::new(folder).join(file)).expect("sources are text");
    let found = |within: &str, snippet: &str| match within.matches(snippet).count() {
        1 => None,
        count => Some(format!("{file} has it {count} times: {snippet}")),
    };
    let place = match field("within") {
        Some(within) => found(&source, within).or_else(|| found(within, find)),
        None => found(&source, find),
    };
    let same = replace == find;
    place.or_else(|| same.then(|| format!("{file}: nothing is changed: {find}")))
}

#[test]
fn every_mutant_has_one_place() {
    for List { folder, least, .. } in LISTS {
        let mutants = mutants(folder);
        let count = mutants.len();
        assert!(count >= least, "{folder} has {count} mutants");
        let numbered = mutants.iter().zip(1..);
        let faults = numbered.filter_map(|(mutant, number)| {
            let fault = fault(mutant, folder)?;
            Some(format!("{folder}, {number}, {}: {fault}", mutant["about"]))
        });
        let faults: Vec<String> = faults.collect();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

#[test]
fn tests_that_must_notice_a_mutant_exist() {
    for List { folder, .. } in LISTS.into_iter().filter(|list| list.names_tests) {
        let sources = files().into_iter().filter(|path| path.starts_with(folder));
        let sources = sources.filter(|path| path.extension().is_some_and(|name| name == "rs"));
        let sources: String = sources.filter_map(|path| text(&path)).collect();
        let functions = functions(&sources);
        for mutant in mutants(folder) {
            let tests = mutant["tests"].as_array().expect("a list of names");
            assert!(!tests.is_empty(), "{}", mutant["about"]);
            for test in tests.iter().filter_map(Value::as_str) {
                let about = &mutant["about"];
                assert!(
                    has_test(&sources, &functions, test),
                    "{folder}, {about}: no test is named like {test}"
                );
            }
        }
    }
}

/// Returns whether a filter of tests finds some: names of modules end with colons, what follows is in a function's name.
fn has_test(sources: &str, functions: &BTreeSet<&str>, filter: &str) -> bool {
    let (modules, function) = filter.rsplit_once("::").unwrap_or(("", filter));
    let modules = modules.split("::").filter(|name| !name.is_empty());
    let is_module = |name: &str| {
        let ends = [';', ' '].map(|end| format!("mod {name}{end}"));
        ends.iter().any(|line| sources.contains(line))
    };
    modules.into_iter().all(is_module)
        && (functions.iter().any(|name| name.contains(function)) || is_module(function))
}

/// Returns the names of all functions.
fn functions(sources: &str) -> BTreeSet<&str> {
    let names = sources
        .split("fn ")
        .filter_map(|rest| rest.split_once(['(', '<']));
    names.map(|(name, _)| name).collect()
}
