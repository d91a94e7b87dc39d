//! One write: what is replaced, what is left alone, what is kept.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use hive::writing::{Skip, Unread, Word, WriteError, Writer, Written, previous, read};

use crate::ground::Ground;

fn skip(result: Result<Written, WriteError>) -> Skip {
    match result {
        Err(WriteError::Skip(skip)) => skip,
        other => panic!("not skipped: {other:?}"),
    }
}

#[test]
fn a_file_is_replaced_and_its_previous_bytes_are_kept() {
    let ground = Ground::new();
    let path = ground.file("a.py", "old\n");
    let writer = ground.writer();
    let snapshot = read(&path).unwrap();
    assert_eq!(
        writer.replace(&snapshot, b"new\n").unwrap(),
        Written::Replaced
    );
    assert_eq!(fs::read(&path).unwrap(), b"new\n");
    let settled = writer.settle();
    assert_eq!(settled.len(), 1);
    assert_eq!(
        (settled[0].path.as_path(), settled[0].word),
        (path.as_path(), Word::Replaced)
    );
    assert!(settled[0].rescued.is_none() && settled[0].trouble.is_none());
    assert!(!settled[0].still_open);

    let kept = previous::find(writer.state_dir(), &path).unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(fs::read(&kept[0].file).unwrap(), b"old\n");
    assert_eq!(kept[0].before, blake3::hash(b"old\n"));
    assert_eq!(kept[0].after, blake3::hash(b"new\n"));
    assert_eq!(ground.hive("rescue"), [] as [PathBuf; 0]);
    drop(writer);
    assert_eq!(
        ground.hive("tmp"),
        [] as [PathBuf; 0],
        "no temporary file is left"
    );
}

#[test]
fn previous_bytes_are_listed_newest_first() {
    let ground = Ground::new();
    let path = ground.file("ü b.py", "0");
    let other = ground.file("c.py", "x");
    let writer = ground.writer();
    for text in ["1", "2", "3"] {
        writer
            .replace(&read(&path).unwrap(), text.as_bytes())
            .unwrap();
    }
    writer.replace(&read(&other).unwrap(), b"y").unwrap();
    writer.settle();
    let texts: Vec<String> = previous::find(writer.state_dir(), &path)
        .unwrap()
        .iter()
        .map(|kept| fs::read_to_string(&kept.file).unwrap())
        .collect();
    assert_eq!(texts, ["2", "1", "0"]);
    assert_eq!(previous::list(writer.state_dir()).unwrap().len(), 4);
}

#[test]
fn mode_group_and_attributes_stay() {
    let ground = Ground::new();
    let writer = ground.writer();
    for mode in [0o600, 0o644, 0o755, 0o664, 0o2755] {
        let path = ground.file("a.py", "old");
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let file = File::open(&path).unwrap();
        // Not every file system has attributes; then there are none to keep.
        let set =
            rustix::fs::fsetxattr(&file, "user.note", b"kept", rustix::fs::XattrFlags::empty());
        writer.replace(&read(&path).unwrap(), b"new").unwrap();
        let status = fs::metadata(&path).unwrap();
        assert_eq!(status.mode() & 0o7777, mode);
        assert_eq!(status.gid(), file.metadata().unwrap().gid());
        if set.is_ok() {
            let mut value = [0; 16];
            let length = rustix::fs::getxattr(&path, "user.note", &mut value).unwrap();
            assert_eq!(&value[..length], b"kept");
        }
    }
    writer.settle();
}

#[test]
fn an_access_list_stays() {
    // owner rw, user 12345 rw, group r, mask rw, other none
    const LIST: [u8; 44] = [
        2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 6, 0, 57, 48, 0, 0, 4, 0, 4, 0, 255, 255,
        255, 255, 16, 0, 6, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255,
    ];
    const NAME: &str = "system.posix_acl_access";
    let ground = Ground::new();
    let path = ground.file("a.py", "old");
    if rustix::fs::setxattr(&path, NAME, &LIST, rustix::fs::XattrFlags::empty()).is_err() {
        return; // no access lists on this file system
    }
    let writer = ground.writer();
    writer.replace(&read(&path).unwrap(), b"new").unwrap();
    let mut value = [0; 64];
    let length = rustix::fs::getxattr(&path, NAME, &mut value).unwrap();
    assert_eq!(value[..length], LIST);
}

#[test]
fn what_is_not_a_plain_file_of_ours_is_left_alone() {
    let ground = Ground::new();
    let writer = ground.writer();
    let path = ground.file("a.py", "old");

    let link = ground.root().join("link.py");
    symlink(&path, &link).unwrap();
    assert!(matches!(read(&link), Err(Unread::Skip(Skip::Symlink))));

    let directory = ground.root().join("x.py");
    fs::create_dir(&directory).unwrap();
    assert!(matches!(
        read(&directory),
        Err(Unread::Skip(Skip::NotRegular))
    ));

    let pipe = ground.root().join("pipe.py");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    assert!(matches!(read(&pipe), Err(Unread::Skip(Skip::NotRegular))));

    fs::hard_link(&path, ground.root().join("second.py")).unwrap();
    let snapshot = read(&path).unwrap();
    assert_eq!(snapshot.obstacle(), Some(Skip::HardLinks(2)));
    assert_eq!(skip(writer.replace(&snapshot, b"new")), Skip::HardLinks(2));

    let locked = ground.file("locked.py", "old");
    fs::set_permissions(&locked, Permissions::from_mode(0o444)).unwrap();
    let snapshot = read(&locked).unwrap();
    assert_eq!(skip(writer.replace(&snapshot, b"new")), Skip::NotWritable);

    assert!(matches!(
        hive::writing::read_at_most(&path, 2),
        Err(Unread::Skip(Skip::TooLarge { size: 3, max: 2 }))
    ));
    assert!(matches!(
        read(Path::new("/no/such/file.py")),
        Err(Unread::Io(_))
    ));
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(fs::read(&locked).unwrap(), b"old");
}

#[test]
fn another_owner_is_left_alone() {
    let ground = Ground::new();
    let path = ground.file("a.py", "old");
    if std::os::unix::fs::chown(&path, Some(12345), None).is_err() {
        return; // only root may give files away
    }
    let snapshot = read(&path).unwrap();
    assert_eq!(
        skip(ground.writer().replace(&snapshot, b"new")),
        Skip::OtherOwner
    );
}

#[test]
fn a_read_only_directory_is_left_alone_or_written_as_the_system_allows() {
    let ground = Ground::new();
    let path = ground.file("locked/a.py", "old");
    let directory = path.parent().unwrap();
    fs::set_permissions(directory, Permissions::from_mode(0o555)).unwrap();
    // Root may write anyway.
    let allowed = File::create(directory.join("probe")).is_ok();
    let result = ground.writer().replace(&read(&path).unwrap(), b"new");
    let content = fs::read(&path).unwrap();
    fs::set_permissions(directory, Permissions::from_mode(0o755)).unwrap();
    if allowed {
        assert_eq!(result.unwrap(), Written::Replaced);
        assert_eq!(content, b"new");
    } else {
        assert_eq!(skip(result), Skip::NotWritable);
        assert_eq!(content, b"old");
    }
}

#[test]
fn any_change_since_the_reading_is_kept() {
    type Change = fn(&Path);
    let changes: [(&str, Change, Option<&[u8]>); 8] = [
        (
            "written",
            |p| fs::write(p, "saved").unwrap(),
            Some(b"saved"),
        ),
        (
            "same length",
            |p| fs::write(p, "dlo").unwrap(),
            Some(b"dlo"),
        ),
        (
            "renamed over",
            |p| {
                fs::write(p.with_extension("swp"), "saved").unwrap();
                fs::rename(p.with_extension("swp"), p).unwrap();
            },
            Some(b"saved"),
        ),
        (
            "renamed over with the same bytes",
            |p| {
                fs::write(p.with_extension("swp"), "old").unwrap();
                fs::rename(p.with_extension("swp"), p).unwrap();
            },
            Some(b"old"),
        ),
        ("removed", |p| fs::remove_file(p).unwrap(), None),
        (
            "moved away",
            |p| fs::rename(p, p.with_extension("bak")).unwrap(),
            None,
        ),
        (
            "mode",
            |p| fs::set_permissions(p, Permissions::from_mode(0o755)).unwrap(),
            Some(b"old"),
        ),
        (
            "second link",
            |p| fs::hard_link(p, p.with_extension("link")).unwrap(),
            Some(b"old"),
        ),
    ];
    for (name, change, left) in changes {
        let ground = Ground::new();
        let path = ground.file("a.py", "old");
        let writer = ground.writer();
        let snapshot = read(&path).unwrap();
        change(&path);
        let written = writer.replace(&snapshot, b"new").unwrap();
        assert_eq!(written, Written::Overtaken, "{name}");
        assert_eq!(fs::read(&path).ok().as_deref(), left, "{name}");
        writer.settle();
        drop(writer);
        assert!(ground.hive("tmp").is_empty(), "{name}");
    }
}

#[test]
fn a_parent_swapped_for_a_link_leads_nowhere() {
    let ground = Ground::new();
    let path = ground.file("dir/a.py", "old");
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("a.py"), "old").unwrap();
    let snapshot = read(&path).unwrap();
    fs::rename(ground.root().join("dir"), ground.root().join("moved")).unwrap();
    symlink(outside.path(), ground.root().join("dir")).unwrap();
    assert!(matches!(
        ground.writer().replace(&snapshot, b"new"),
        Err(WriteError::Io(_))
    ));
    assert_eq!(fs::read(outside.path().join("a.py")).unwrap(), b"old");
    assert_eq!(fs::read(ground.root().join("moved/a.py")).unwrap(), b"old");
}

#[test]
fn outside_a_repository_displaced_bytes_go_to_the_state_directory() {
    let ground = Ground::new();
    let state = ground.root().join("state");
    let path = ground.file("plain/a.py", "old");
    let writer = Writer::beside_in(&state).unwrap();
    writer.replace(&read(&path).unwrap(), b"new").unwrap();
    writer.settle();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    let kept = previous::find(writer.state_dir(), &path).unwrap();
    assert_eq!(fs::read(&kept[0].file).unwrap(), b"old");
    let names = fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(names, 1, "no temporary file is left beside it");
}

#[test]
fn another_device_is_dealt_with_beside_the_file() {
    // The usual second file system of a Linux machine; elsewhere nothing to try.
    let Ok(other) = tempfile::tempdir_in("/dev/shm") else {
        return;
    };
    let ground = Ground::new();
    let path = other.path().canonicalize().unwrap().join("a.py");
    fs::write(&path, "old").unwrap();
    let writer = ground.writer();
    let snapshot = read(&path).unwrap();
    assert_eq!(
        writer.replace(&snapshot, b"new").unwrap(),
        Written::Replaced
    );
    let settled = writer.settle();
    assert!(settled[0].trouble.is_none(), "{settled:?}");
    assert_eq!(fs::read(&path).unwrap(), b"new");
    let kept = previous::find(writer.state_dir(), &path).unwrap();
    assert_eq!(fs::read(&kept[0].file).unwrap(), b"old", "copied across");
    assert_eq!(fs::read_dir(other.path()).unwrap().count(), 1);
}

#[test]
fn without_an_exchange_the_file_is_compared_and_kept_too() {
    let ground = Ground::new();
    let writer = ground.writer();
    let path = ground.file("a.py", "old");
    let snapshot = read(&path).unwrap();
    let written = writer.replace_without_exchange(&snapshot, b"new").unwrap();
    assert_eq!(written, Written::Replaced);
    assert_eq!(fs::read(&path).unwrap(), b"new");
    let kept = previous::find(writer.state_dir(), &path).unwrap();
    assert_eq!(fs::read(&kept[0].file).unwrap(), b"old");
    let written = writer.replace_without_exchange(&snapshot, b"new").unwrap();
    assert_eq!(written, Written::Overtaken);
    assert_eq!(fs::read_dir(ground.root()).unwrap().count(), 2);
}

#[test]
fn many_files_are_independent_of_each_other() {
    let ground = Ground::new();
    let writer = ground.writer();
    let paths: Vec<_> = (0..300)
        .map(|n| ground.file(&format!("p{}/f{n}.py", n % 7), &format!("old {n}")))
        .collect();
    let snapshots: Vec<_> = paths.iter().map(|path| read(path).unwrap()).collect();
    fs::write(&paths[5], "saved").unwrap();
    fs::hard_link(&paths[6], ground.root().join("second")).unwrap();
    let texts: Vec<_> = (0..300).map(|n| format!("new {n}")).collect();
    let files: Vec<_> = snapshots
        .iter()
        .zip(&texts)
        .map(|(snapshot, text)| (snapshot, text.as_bytes()))
        .collect();
    let results = writer.replace_many(&files);
    for (n, result) in results.iter().enumerate() {
        let content = fs::read_to_string(&paths[n]).unwrap();
        match n {
            5 => assert_eq!(
                (result.as_ref().unwrap(), content.as_str()),
                (&Written::Overtaken, "saved")
            ),
            6 => assert_eq!(content, "old 6"),
            _ => assert_eq!(
                (result.as_ref().unwrap(), content),
                (&Written::Replaced, format!("new {n}"))
            ),
        }
    }
    let settled = writer.settle();
    assert_eq!(settled.len(), 298);
    assert!(settled.iter().all(|one| one.trouble.is_none()));
}
