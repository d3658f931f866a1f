//! The lists of mutants stay those of the sources: what a mutant replaces stands there exactly once, and a test with a
//! name like those that must notice exists. The scripts say the same, but they run for minutes and rarely.

use std::collections::BTreeSet;
use std::path::Path;

use assay_tidy::{files, text};
use serde_json::Value;

/// The lists, and the folder that the files in them are named from.
const LISTS: [(&str, &str); 2] = [
    ("proving/wrap/mutants.json", "proving/wrap"),
    ("contracts/mutants.json", "contracts"),
];

/// Where the tests of the wrap's mutants are.
const WRAP: &str = "proving/wrap/src";

fn mutants(list: &str) -> Vec<Value> {
    let list = text(Path::new(list)).expect("the list is text");
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
    for (list, folder) in LISTS {
        let mutants = mutants(list);
        assert!(mutants.len() >= 60, "{list} has {} mutants", mutants.len());
        let faults: Vec<String> = mutants
            .iter()
            .enumerate()
            .filter_map(|(index, mutant)| {
                let fault = fault(mutant, folder)?;
                Some(format!(
                    "{list}, {}, {}: {fault}",
                    index + 1,
                    mutant["about"]
                ))
            })
            .collect();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

#[test]
fn tests_that_must_notice_a_mutant_exist() {
    let sources = files().into_iter().filter(|path| path.starts_with(WRAP));
    let sources: String = sources.filter_map(|path| text(&path)).collect();
    let functions: BTreeSet<&str> = sources
        .split("fn ")
        .filter_map(|rest| rest.split_once(['(', '<']))
        .map(|(name, _)| name)
        .collect();
    for mutant in mutants("proving/wrap/mutants.json") {
        let tests = mutant["tests"].as_array().expect("a list of names");
        assert!(!tests.is_empty(), "{}", mutant["about"]);
        for test in tests.iter().filter_map(Value::as_str) {
            // A module's name ends with colons; what follows the last ones is in a function's name.
            let (_, name) = test.rsplit_once("::").unwrap_or(("", test));
            let is_module = sources.contains(&format!("mod {name};")) || name.is_empty();
            let exists = is_module || functions.iter().any(|function| function.contains(name));
            assert!(exists, "{}: no test is named like {test}", mutant["about"]);
        }
    }
}
