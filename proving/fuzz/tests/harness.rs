//! The harness from outside: a fixed number of cases without a finding, and every kind of failure seen.

use std::process::{Command, Output};

fn fuzz(arguments: &[&str], findings: &std::path::Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fuzz-import"))
        .args(arguments)
        .arg("--findings")
        .arg(findings)
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn fixed_cases_have_no_finding() {
    let folder = tempfile::tempdir().unwrap();
    let output = fuzz(&["--seed", "1", "--cases", CASES], folder.path());
    println!("{}", text(&output));
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains(&format!("{CASES} cases")));
}

/// About twenty seconds of two cores.
const CASES: &str = "6000";

#[test]
fn every_failure_is_seen_and_its_input_kept() {
    let check = |fault: &str, expected: &str| {
        let folder = tempfile::tempdir().unwrap();
        let flags = ["--seed", "3", "--jobs", "1", "--first", "2", "--cases", "5"];
        let output = fuzz(
            &[&flags[..], &["--fault", fault, "--fault-case", "4"]].concat(),
            folder.path(),
        );
        let said = text(&output);
        assert_eq!(output.status.code(), Some(1), "{fault}: {said}");
        assert!(said.contains(expected), "{fault}: {said}");
        assert!(said.contains("findings   1"), "{fault}: {said}");
        // The cases behind the failure are run all the same.
        assert!(said.contains("5 cases"), "{fault}: {said}");
        // Its name ends as its format's files do.
        let kept = std::fs::read_dir(folder.path()).unwrap();
        let mut kept = kept.map(|file| file.unwrap().file_name().into_string().unwrap());
        assert!(kept.any(|name| name.starts_with("3-4.")), "{fault}");
    };
    check("panic", "case 4: panic");
    check("memory", "memory allocation of 536870913 bytes failed");
    check("stack", "has overflowed its stack");
    check("hang", "still running after 5");
}
