//! Every constraint and check has a mutant: each use of a word that constrains lies within what a mutant of the list
//! replaces, or `unmutated.json` beside the list says why none does.

use std::ops::Range;
use std::path::{Path, PathBuf};

use assay_tidy::{files, text};
use serde_json::Value;

use crate::mutants::mutants;

/// What of a list's folder is complete.
struct Coverage {
    /// The folder of `mutants.json` and `unmutated.json`.
    folder: &'static str,
    /// How names of its sources end.
    extension: &'static str,
    /// The words that constrain where they are used.
    words: &'static [&'static str],
    /// Folders of which every file has a mutant.
    whole: &'static [&'static str],
}

/// Closures that only shorten `.connect(` are one place, whatever they are called with.
const COVERAGE: [Coverage; 4] = [
    Coverage {
        folder: "contracts",
        extension: "sol",
        words: &["require(", "revert "],
        whole: &[],
    },
    Coverage {
        folder: "proving/circuit",
        extension: "rs",
        words: &[
            "emit(",
            ".connect(",
            ".connect_extension(",
            ".connect_pair(",
            ".absorb(",
            ".absorb_as(",
            ".check_range(",
            " show(",
            "assert_no_wrap(",
            "return Err(",
        ],
        whole: &["src/gates", "src/ops", "src/product"],
    },
    Coverage {
        folder: "proving/prover",
        extension: "rs",
        words: &["return Err(", ".verify(", "::verify("],
        whole: &[],
    },
    Coverage {
        folder: "proving/wrap",
        extension: "rs",
        words: &[
            "b.enforce(",
            "b.enforce_equal(",
            "b.mul(",
            "b.materialize(",
            "b.boolean(",
            "b.select(",
            "b.bits(",
            "b.bit_hints(",
            "b.range_check(",
            "b.assert_checked(",
            ".assert_zero(",
            ".assert_zero_alone(",
            ".assert_equal(",
            ".assert_canonical(",
            ".canonical(b",
            ".bind(",
            ".connect(",
            ".connect_hashes(",
            ".connect_verifier_data(",
            ".register_public_inputs(",
            ".verify_proof::",
            "return Err(",
            ".ok_or(",
            ".ok_or_else(",
            "ensure!(",
        ],
        whole: &["src/r1cs/gates", "src/r1cs/vanishing"],
    },
];

#[test]
fn every_constraint_has_a_mutant() {
    let gaps: Vec<String> = COVERAGE.iter().flat_map(gaps).collect();
    assert!(gaps.is_empty(), "{}", gaps.join("\n"));
}

/// Returns what has no mutant and no reason, and reasons that nothing needs.
fn gaps(coverage: &Coverage) -> Vec<String> {
    let folder = Path::new(coverage.folder);
    let (mutants, exempt) = (mutants(coverage.folder), exemptions(folder));
    let mut excuses = Excuses {
        list: &exempt,
        used: vec![false; exempt.len()],
    };
    let mut gaps = Vec::new();
    for file in sources(coverage) {
        let path = folder.join(&file);
        let source = source(&path);
        let of_file = mutants.iter().filter(|mutant| is_of(mutant, &file));
        let replaced: Vec<_> = of_file.filter_map(|m| place(&source, m)).collect();
        let is_whole = coverage.whole.iter().any(|whole| file.starts_with(whole));
        if is_whole && replaced.is_empty() && !excuses.has_file(&file) {
            gaps.push(format!("{}: no mutant", path.display()));
        }
        for call in uses(&source, coverage.words) {
            let has_mutant = replaced.iter().any(|place| meet(place, &call));
            if !has_mutant && !excuses.has_place(&file, &source, &call) {
                let line = source[..call.start].matches('\n').count() + 1;
                let code = source[call.start..].lines().next().unwrap_or_default();
                gaps.push(format!("{}:{line}: no mutant of {code}", path.display()));
            }
        }
    }
    let stale = exempt.iter().zip(excuses.used).filter(|(_, used)| !used);
    gaps.extend(stale.map(|(entry, _)| format!("{}: nothing needs {entry}", coverage.folder)));
    gaps
}

/// Returns whether an entry of a list is about a file.
fn is_of(entry: &Value, file: &Path) -> bool {
    entry["file"].as_str().map(Path::new) == Some(file)
}

/// What has no mutant for a reason, and which reasons something needed.
struct Excuses<'a> {
    list: &'a [Value],
    used: Vec<bool>,
}

impl Excuses<'_> {
    /// Returns whether a whole file is excused.
    fn has_file(&mut self, file: &Path) -> bool {
        self.has(|entry| is_of(entry, file) && entry["find"].is_null())
    }

    /// Returns whether a place in a file is.
    fn has_place(&mut self, file: &Path, source: &str, call: &Range<usize>) -> bool {
        self.has(|entry| {
            is_of(entry, file) && place(source, entry).is_some_and(|place| meet(&place, call))
        })
    }

    fn has(&mut self, is_it: impl Fn(&Value) -> bool) -> bool {
        let found = self.list.iter().position(is_it);
        found.is_some_and(|index| {
            self.used[index] = true;
            true
        })
    }
}

/// Returns the files of a folder's sources that are no tests, named from the folder. The generated verifier is not written
/// by hand: `contracts/test/Groth16Verifier.t.sol` tries each of its checks.
fn sources(coverage: &Coverage) -> Vec<PathBuf> {
    let is_test = |path: &Path| {
        let names = path
            .components()
            .filter_map(|part| part.as_os_str().to_str());
        names.into_iter().any(|name| {
            name == "generated"
                || name == "tests"
                || name.strip_suffix(coverage.extension) == Some("tests.")
        })
    };
    let of_folder = |path: PathBuf| Some(path.strip_prefix(coverage.folder).ok()?.to_path_buf());
    let is_source = |path: &PathBuf| {
        path.starts_with("src")
            && path
                .extension()
                .is_some_and(|name| name == coverage.extension)
            && !is_test(path)
    };
    files()
        .into_iter()
        .filter_map(of_folder)
        .filter(is_source)
        .collect()
}

/// Returns a source without the tests at its end.
fn source(path: &Path) -> String {
    let whole = text(path).expect("sources are text");
    let end = whole
        .find("#[cfg(test)]\nmod tests {")
        .unwrap_or(whole.len());
    whole[..end].to_owned()
}

/// Returns where an entry's snippet stands, if it does.
fn place(source: &str, entry: &Value) -> Option<Range<usize>> {
    let find = entry["find"].as_str()?;
    let start = match entry["within"].as_str() {
        Some(within) => source.find(within)? + within.find(find)?,
        None => source.find(find)?,
    };
    Some(start..start + find.len())
}

/// Returns whether a snippet is a call, a part of it or around it: a mutant of an argument is one of the call.
fn meet(snippet: &Range<usize>, call: &Range<usize>) -> bool {
    snippet.start < call.end && call.start < snippet.end
}

/// Returns where words are used, each with its arguments: not in comments, not where a function of the name begins.
fn uses(source: &str, words: &[&str]) -> Vec<Range<usize>> {
    let is_use = |&at: &usize| {
        let line = &source[source[..at].rfind('\n').map_or(0, |end| end + 1)..at];
        let continues_a_name = line.ends_with(|last: char| last.is_alphanumeric() || last == '_')
            && !source[at..].starts_with(['.', ':']);
        !line.trim_start().starts_with("//") && !line.ends_with("fn ") && !continues_a_name
    };
    let places = |word: &&str| {
        source
            .match_indices(*word)
            .map(|(at, _)| at)
            .collect::<Vec<_>>()
    };
    let mut uses: Vec<usize> = words.iter().flat_map(places).filter(is_use).collect();
    uses.sort_unstable();
    uses.dedup();
    let call = |at| start(source, at)..end(source, at);
    uses.into_iter().map(call).collect()
}

/// Returns where a use begins: a refusal with its condition.
fn start(source: &str, at: usize) -> usize {
    const CONDITION: usize = 400;
    if !source[at..].starts_with("return Err(") {
        return at;
    }
    let condition = source[..at].rfind("if ");
    condition
        .filter(|&start| at - start <= CONDITION)
        .unwrap_or(at)
}

/// Returns the end of the arguments that open after a place, or of the line if none do.
fn end(source: &str, at: usize) -> usize {
    let mut depth = 0;
    for (offset, sign) in source[at..].char_indices() {
        match sign {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 && matches!(sign, ')' | '\n' | ';') {
            return at + offset;
        }
    }
    source.len()
}

/// Returns what a folder has no mutants of, each with its reason.
fn exemptions(folder: &Path) -> Vec<Value> {
    let list = text(&folder.join("unmutated.json")).expect("the list is text");
    let list: Vec<Value> = serde_json::from_str(&list).expect("the list is JSON");
    for entry in &list {
        let reason = entry["reason"].as_str().unwrap_or_default();
        assert!(reason.len() > 20, "no reason: {entry}");
    }
    list
}

#[test]
fn use_of_a_word_is_found_and_its_definition_and_comments_are_not() {
    let source = "fn emit(x) {}\n// emit(y)\n    emit(z);\nif a { return Err(b) }\n    reemit(c);\n  x\n    .connect(d)\n";
    let found: Vec<&str> = uses(source, &["emit(", ".connect(", "return Err("])
        .into_iter()
        .map(|call| &source[call])
        .collect();
    assert_eq!(found, ["emit(z", "if a { return Err(b", ".connect(d"]);
}
