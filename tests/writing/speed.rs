//! How long writing takes; prints, asserts no time.

use std::thread;

use hive::clock;
use hive::writing::{Snapshot, Written, read};

use crate::ground::Ground;

const FILES: usize = 1_000;

#[test]
#[ignore = "prints how long things take; run with --nocapture"]
fn a_thousand_files_of_six_kilobytes() {
    let old = "x=1 # six bytes\n".repeat(400);
    let new = "x = 1  # more\n".repeat(440);
    for (name, threads) in [("replace", 1), ("replace", 8), ("replace_many", 0)] {
        let ground = Ground::new();
        let paths: Vec<_> = (0..FILES)
            .map(|n| ground.file(&format!("p{}/f{n}.py", n % 30), &old))
            .collect();
        let writer = ground.writer();
        let begin = clock::now();
        let snapshots: Vec<Snapshot> = paths.iter().map(|path| read(path).unwrap()).collect();
        let reading = clock::now() - begin;
        let begin = clock::now();
        if threads == 0 {
            let files: Vec<_> = snapshots.iter().map(|one| (one, new.as_bytes())).collect();
            let written = writer.replace_many(&files);
            assert!(
                written
                    .iter()
                    .all(|one| matches!(one, Ok(Written::Replaced)))
            );
        } else {
            let (writer, new) = (&writer, &new);
            thread::scope(|scope| {
                for share in snapshots.chunks(FILES.div_ceil(threads)) {
                    scope.spawn(move || {
                        for snapshot in share {
                            let written = writer.replace(snapshot, new.as_bytes()).unwrap();
                            assert_eq!(written, Written::Replaced);
                        }
                    });
                }
            });
        }
        let writing = clock::now() - begin;
        let begin = clock::now();
        assert_eq!(writer.settle().len(), FILES);
        let settling = clock::now() - begin;
        println!(
            "{name}, {threads} threads: read {reading:?}, write {writing:?}, settle {settling:?}"
        );
    }
}
