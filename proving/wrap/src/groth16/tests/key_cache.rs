//! Keys are made once, read back equal, and made again when their file is damaged.

use std::cell::RefCell;
use std::fs;

use super::toy::{TOY, matrices};
use crate::groth16::key_file;
use crate::groth16::keys::check_pin;
use crate::groth16::{InsecureDevSetup, KeyCache, KeyError, KeyEvent, KeyId, cache_directory};
use crate::r1cs::Matrices;
use crate::{DEV_KEY_DIGEST, MATRICES_DIGEST};

fn id(matrices: &Matrices) -> KeyId {
    KeyId {
        matrices_digest: matrices.hash(),
        setup: InsecureDevSetup::DEFAULT,
    }
}

/// Loads keys and says which events happened.
fn load(cache: &KeyCache, id: &KeyId) -> (crate::groth16::Keys, Vec<KeyEvent>) {
    let events = RefCell::new(Vec::new());
    let keys = cache
        .load_or_set_up(id, || matrices(40), &|event| {
            events.borrow_mut().push(event)
        })
        .unwrap();
    (keys, events.into_inner())
}

fn was_set_up(events: &[KeyEvent]) -> bool {
    let warned = |event: &KeyEvent| matches!(event, KeyEvent::SettingUp { warning, .. } if *warning == InsecureDevSetup::WARNING);
    events.iter().any(warned)
}

fn discarded(events: &[KeyEvent]) -> Option<&str> {
    events.iter().find_map(|event| match event {
        KeyEvent::Discarded { reason, .. } => Some(reason.as_str()),
        _ => None,
    })
}

#[test]
fn second_start_reads_the_same_keys_without_a_setup() {
    let directory = tempfile::tempdir().unwrap();
    let cache = KeyCache::new(directory.path().join("deeper"));
    let id = id(&matrices(40));
    let (made, events) = load(&cache, &id);
    assert!(was_set_up(&events));
    assert_eq!(made.verifying_key(), TOY.keys.verifying_key());

    let (read, events) = load(&cache, &id);
    assert!(!was_set_up(&events) && discarded(&events).is_none());
    assert_eq!(read.proving_key(), made.proving_key());
    assert_eq!(read.matrices(), made.matrices());
    assert!(events.contains(&KeyEvent::Loading {
        path: cache.path(&id)
    }));
}

#[test]
fn damaged_file_is_named_and_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let cache = KeyCache::new(directory.path());
    let id = id(&matrices(40));
    load(&cache, &id);
    let path = cache.path(&id);
    let whole = fs::read(&path).unwrap();

    let check = |bytes: &[u8], expected: &str| {
        fs::write(&path, bytes).unwrap();
        let (keys, events) = load(&cache, &id);
        let reason = discarded(&events).expect("the damage is reported");
        assert!(reason.contains(expected), "{reason}");
        assert!(was_set_up(&events));
        assert_eq!(keys.verifying_key(), TOY.keys.verifying_key());
        assert_eq!(fs::read(&path).unwrap(), whole);
    };
    check(&[], "not a key file");
    check(&whole[..whole.len() - 1], "expected");
    check(&[whole.as_slice(), &[0]].concat(), "expected");
    for position in [0, 8, 12, 50, 84, whole.len() / 2, whole.len() - 1] {
        let mut bent = whole.clone();
        bent[position] ^= 1;
        check(&bent, "");
    }
    let mut bent = whole.clone();
    bent[whole.len() / 2] ^= 1;
    check(&bent, "do not match their digest");
}

#[test]
fn other_matrices_or_seed_have_another_file() {
    let base = id(&matrices(40));
    let other_matrices = id(&matrices(41));
    let other_seed = KeyId {
        setup: InsecureDevSetup { seed: [7; 32] },
        ..base
    };
    assert_ne!(base.file_name(), other_matrices.file_name());
    assert_ne!(base.file_name(), other_seed.file_name());
}

#[test]
fn unexpected_constraint_system_is_refused_before_the_setup() {
    let directory = tempfile::tempdir().unwrap();
    let cache = KeyCache::new(directory.path());
    let wanted = id(&matrices(41));
    let error = cache
        .load_or_set_up(&wanted, || matrices(40), &|_| ())
        .unwrap_err();
    assert!(matches!(error, KeyError::MatricesDiffer { .. }), "{error}");
}

/// The keys that provers of this version use.
const THIS_VERSION: KeyId = KeyId {
    matrices_digest: MATRICES_DIGEST,
    setup: InsecureDevSetup::DEFAULT,
};

/// Whatever else a file under the name of this version's keys holds is not read: neither other keys nor a header that
/// vouches for them.
#[test]
fn file_of_this_versions_keys_holds_no_others() {
    let directory = tempfile::tempdir().unwrap();
    let cache = KeyCache::new(directory.path());
    let reason_for = |id: &KeyId| {
        key_file::write(&cache.path(id), &id.matrices_digest, &TOY.keys).unwrap();
        let events = RefCell::new(Vec::new());
        let error = cache
            .load_or_set_up(id, || matrices(40), &|event| {
                events.borrow_mut().push(event)
            })
            .unwrap_err();
        assert!(matches!(error, KeyError::MatricesDiffer { .. }), "{error}");
        discarded(&events.into_inner()).map(str::to_owned).unwrap()
    };
    let reason = reason_for(&THIS_VERSION);
    assert!(reason.contains("not the pinned ones"), "{reason}");
    // Keys of another seed have no pin, so that their file is looked at point by point.
    let setup = InsecureDevSetup { seed: [7; 32] };
    let reason = reason_for(&KeyId {
        setup,
        ..THIS_VERSION
    });
    assert!(reason.contains("inconsistent"), "{reason}");
}

/// A setup that makes other keys than the pinned ones leaves no file behind.
#[test]
fn keys_other_than_this_versions_are_not_saved() {
    check_pin(&THIS_VERSION, &DEV_KEY_DIGEST).unwrap();
    check_pin(&id(&matrices(40)), &[1; 32]).unwrap();
    let error = check_pin(&THIS_VERSION, &[1; 32]).unwrap_err();
    assert!(matches!(error, KeyError::KeysDiffer { .. }), "{error}");

    let directory = tempfile::tempdir().unwrap();
    let cache = KeyCache::new(directory.path());
    let path = cache.path(&THIS_VERSION);
    let error = cache.save(&path, &THIS_VERSION, &TOY.keys).unwrap_err();
    assert!(matches!(error, KeyError::KeysDiffer { .. }), "{error}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn two_threads_set_up_once() {
    let directory = tempfile::tempdir().unwrap();
    let id = id(&matrices(40));
    let set_up = || {
        let cache = KeyCache::new(directory.path());
        was_set_up(&load(&cache, &id).1)
    };
    let set_ups: Vec<bool> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(set_up)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert_eq!(set_ups.iter().filter(|done| **done).count(), 1);
}

#[test]
fn seed_decides_the_keys() {
    let matrices = matrices(3);
    let make = |seed| InsecureDevSetup { seed }.run(&matrices).unwrap();
    assert_eq!(make([1; 32]), make([1; 32]));
    assert_ne!(make([1; 32]).vk, make([2; 32]).vk);
}

#[test]
fn cache_directory_follows_the_environment() {
    let check = |variables: &[(&str, &str)], expected: Option<&str>| {
        let variable = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.into())
        };
        let directory = cache_directory(variable).ok();
        assert_eq!(directory, expected.map(Into::into));
    };
    check(&[], None);
    check(&[("HOME", "/h")], Some("/h/.cache/assay"));
    check(
        &[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")],
        Some("/x/assay"),
    );
    check(
        &[("XDG_CACHE_HOME", ""), ("HOME", "/h")],
        Some("/h/.cache/assay"),
    );
    check(
        &[("ASSAY_CACHE_DIR", "/a"), ("XDG_CACHE_HOME", "/x")],
        Some("/a"),
    );
}

/// A link at the name of the lock or of the temporary file is not followed.
#[test]
#[cfg(unix)]
fn links_in_the_cache_are_not_followed() {
    use std::os::unix::fs::symlink;

    let directory = tempfile::tempdir().unwrap();
    let cache = KeyCache::new(directory.path());
    let id = id(&matrices(40));
    let target = directory.path().join("precious");
    fs::write(&target, "precious").unwrap();

    let lock = cache.path(&id).with_extension("lock");
    symlink(&target, &lock).unwrap();
    let error = cache
        .load_or_set_up(&id, || matrices(40), &|_| ())
        .unwrap_err();
    assert!(matches!(error, KeyError::Io { .. }), "{error}");
    fs::remove_file(&lock).unwrap();

    let temporary = format!("tmp{}", std::process::id());
    symlink(&target, cache.path(&id).with_extension(temporary)).unwrap();
    load(&cache, &id);
    assert_eq!(fs::read(&target).unwrap(), b"precious");
    assert!(!fs::symlink_metadata(cache.path(&id)).unwrap().is_symlink());
}
