//! Storing and removing, with a fault at every single change.

use std::fs;
use std::sync::Arc;

use super::disk::Disk;
use super::faults::Faults;
use super::tests::{TIME, hidden, label, read, store};
use super::*;

/// Lets every single change of storing `name` fail in turn, be it that the disk is full just
/// then or that the process is killed, and looks at what is left.
fn every_fault(name: &str, mode: Mode, no_exchange: bool, killed: bool) -> usize {
    for at in 0.. {
        // Hundreds of stores: in memory where that is possible.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        // Flushing is counted, but not done: thousands of flushes take minutes on some disks.
        let never = || Disk { faults: Some(Arc::new(Faults::new(usize::MAX, false, no_exchange))) };
        let profiles = Store::on(folder.path(), never()).unwrap();
        let (old, other, new) = (label("old"), label("other"), label(name));
        store(&profiles, &old, Mode::New, TIME, 1).unwrap();
        store(&profiles, &other, Mode::New, TIME, 2).unwrap();

        let faults = Arc::new(Faults::new(at, killed, no_exchange));
        let faulty =
            Store { root: profiles.root.clone(), disk: Disk { faults: Some(faults.clone()) } };
        let result = store(&faulty, &new, mode, TIME, 3);
        let context = format!("{mode:?}, no_exchange {no_exchange}, killed {killed}, fault {at}");
        if let Err(error) = &result {
            assert!(matches!(error, StoreError::Full { .. }), "{context}: {error}");
            assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{context}");
        }

        // A new process.
        let profiles = Store::on(folder.path(), never()).unwrap();
        assert_eq!(read(&profiles, &other), 2, "{context}");
        let complete = match profiles.read(&new) {
            Ok(_) => read(&profiles, &new) == 3,
            Err(error) => {
                assert!(matches!(error, StoreError::NoCapture { .. }), "{context}: {error}");
                false
            }
        };
        if !(name == "old" && complete) {
            assert_eq!(read(&profiles, &old), 1, "{context}");
        }
        assert!(complete || result.is_err(), "{context}");
        assert!(profiles.list().unwrap().iter().all(|l| l.capture.is_ok()), "{context}");
        if !killed {
            let left = hidden(folder.path());
            // A new capture whose name may not be durable yet keeps the old one at hand.
            assert!(left.is_empty() || complete, "{context}: {left:?}");
        }
        // The next capture finds nothing in its way, and leaves nothing behind.
        store(&profiles, &new, Mode::Replace, TIME, 4).unwrap();
        assert_eq!(read(&profiles, &new), 4, "{context}");
        assert_eq!(hidden(folder.path()), [""; 0], "{context}");
        if !faults.happened() {
            assert!(result.is_ok(), "{context}");
            return at;
        }
    }
    unreachable!("the loop has no end");
}

#[test]
fn no_fault_at_any_point_harms_a_capture() {
    for killed in [false, true] {
        for no_exchange in [false, true] {
            assert!(every_fault("new", Mode::New, no_exchange, killed) > 15);
            assert!(every_fault("old", Mode::Replace, no_exchange, killed) > 15);
        }
    }
}

#[test]
fn a_fault_while_removing_leaves_all_or_nothing() {
    for killed in [false, true] {
        for at in 0..5 {
            let folder = tempfile::tempdir().unwrap();
            let profiles = Store::open(folder.path()).unwrap();
            store(&profiles, &label("a"), Mode::New, TIME, 1).unwrap();
            let faults = Some(Arc::new(Faults::new(at, killed, false)));
            let faulty = Store { root: profiles.root.clone(), disk: Disk { faults } };
            let result = faulty.remove(&label("a"));
            match profiles.list().unwrap().len() {
                0 => {}
                _ => assert_eq!((read(&profiles, &label("a")), result.is_err()), (1, true)),
            }
            store(&profiles, &label("b"), Mode::New, TIME, 2).unwrap();
            assert_eq!(hidden(folder.path()), [""; 0]);
        }
    }
}

#[test]
fn what_a_killed_process_set_aside_is_put_back_but_not_under_a_running_capture() {
    let folder = tempfile::tempdir().unwrap();
    let profiles = Store::open(folder.path()).unwrap();
    store(&profiles, &label("a"), Mode::New, TIME, 1).unwrap();
    let running = profiles.begin(&label("b"), Mode::New).unwrap();
    fs::rename(folder.path().join("a"), folder.path().join(".replaced-a")).unwrap();
    assert!(Store::open(folder.path()).unwrap().list().unwrap().is_empty());
    drop(running);
    let profiles = Store::open(folder.path()).unwrap();
    assert_eq!(read(&profiles, &label("a")), 1);
}
