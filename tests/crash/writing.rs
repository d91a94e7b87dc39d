//! Files replaced as `hive fix` does it, by a process that dies, fails or waits.

use std::fs;
use std::path::Path;

use hive::repo::Place;
use hive::writing::{Snapshot, Writer, previous, read};

use crate::case::Case;
use crate::ground::{FILES, Ground, Prepared, fixed};
use crate::person::Person;
use crate::table::Scene;
use crate::victim;

pub(crate) fn run(case: &Case, prepared: &Prepared) -> bool {
    let ground = prepared.copy(case.state);
    let mut person = Person::new(&ground, case);
    let root = &ground.root;
    let head = ground.oid("HEAD");
    let before: Vec<String> = FILES.iter().map(|path| ground.read(path)).collect();
    let ran = match case.scene {
        Scene::PutBack => saved_meanwhile(&ground, case, &mut person),
        Scene::WritingRecover => {
            let child = victim::start("write", root, "writing.exchanged:2");
            let ran = victim::finish(child, "", Path::new(""));
            assert!(ran.killed, "{case}: {}", ran.said());
            victim::run("write", root, case, "", &mut || {})
        }
        Scene::Prune => {
            old_bytes(&ground);
            victim::run("write", root, case, "", &mut || {})
        }
        Scene::Copying => victim::run("copy", root, case, "", &mut || {}),
        _ => victim::run("write", root, case, "", &mut || person.acts()),
    };
    if ran.reached && case.kills() {
        assert!(ran.killed, "{case}: {}", ran.said());
    }
    let name = format!("{case}\n{}", ran.said());
    // Whatever it was, each file is one or the other, or what the person has saved.
    for (path, before) in FILES.iter().zip(&before) {
        let text = ground.read(path);
        let saved = text.contains("# mine, just saved") || person.commits > 0;
        assert!(
            text == *before || text == fixed(before) || saved,
            "{name}: {path}:\n{text}"
        );
    }
    // The next run does what is left.
    let said = writes(root, false);
    person.written.is_there(&ground, &format!("{name}\n{said}"));
    person.kept(&name);
    ground.is_sound(&name);
    for path in FILES {
        let text = ground.read(path);
        assert_eq!(text, fixed(&text), "{name}: {path}\n{said}");
    }
    if person.commits == 0 {
        assert_eq!(ground.oid("HEAD"), head, "{name}: writing commits nothing");
    }
    let left = fs::read_dir(root.join(".git/hive/tmp")).unwrap().flatten();
    // A session that died before it began goes when it is an hour old.
    let left = left.filter(|entry| entry.path().extension().is_none_or(|end| end != "unborn"));
    assert_eq!(left.count(), 0, "{name}: {}", ground.told());
    // The bytes from before lie on the shelf, where they were the last to be replaced.
    let writer = Writer::for_repository(&Place::at(root).unwrap()).unwrap();
    for (path, before) in FILES.iter().zip(&before) {
        let file = root.canonicalize().unwrap().join(path);
        let kept = previous::find(writer.state_dir(), &file).unwrap();
        let there = kept
            .iter()
            .any(|kept| fs::read(&kept.file).unwrap() == before.as_bytes());
        let saved = ground.read(path).contains("# mine, just saved") || person.commits > 0;
        let rescued = person.written.may_be_rescued;
        assert!(
            there || saved || rescued,
            "{name}: what was in {path} is not kept"
        );
    }
    ran.reached
}

/// A file is saved in the moment of its exchange, and what was displaced goes back.
fn saved_meanwhile(ground: &Ground, case: &Case, person: &mut Person<'_>) -> victim::Ran {
    let wait = ground.outside("wait");
    let (told, mark) = (ground.outside("told"), ground.outside("mark"));
    let orders = format!("writing.exchange:delay={},", wait.display());
    let orders = orders + &case.orders(&told, &mark);
    let mut child = victim::start("write", &ground.root, &orders);
    victim::meet(&mut child, &wait, &mut || {
        person.saves("a.py", case.seed.is_multiple_of(2));
    });
    victim::finish(child, case.point, &told)
}

/// Three files on the shelf that have lain there for long enough.
fn old_bytes(ground: &Ground) {
    let shelf = ground.root.join(".git/hive/previous");
    fs::create_dir_all(&shelf).unwrap();
    for number in 1..=3 {
        let text = format!("old {number}");
        let hash = blake3::hash(text.as_bytes()).to_hex();
        let name = format!("1000-{}-old.{number}", &hash[..16]);
        fs::write(shelf.join(name), text).unwrap();
    }
}

/// What the process does that writes: every file that wants it.
pub(crate) fn writes(root: &Path, by_copy: bool) -> String {
    let writer = match Writer::for_repository(&Place::at(root).unwrap()) {
        Ok(writer) => writer,
        Err(error) => return format!("{error:?}"),
    };
    let recovered = format!("{:?}", writer.recovered());
    let snapshots: Vec<Snapshot> = FILES
        .iter()
        .map(|path| read(&root.join(path)).unwrap())
        .collect();
    let texts: Vec<Vec<u8>> = snapshots
        .iter()
        .map(|one| fixed(std::str::from_utf8(one.bytes()).unwrap()).into_bytes())
        .collect();
    let wanted: Vec<(&Snapshot, &[u8])> = snapshots
        .iter()
        .zip(&texts)
        .filter(|(snapshot, text)| snapshot.bytes() != text.as_slice())
        .map(|(snapshot, text)| (snapshot, text.as_slice()))
        .collect();
    let written: Vec<_> = if by_copy {
        wanted
            .iter()
            .map(|(snapshot, text)| writer.replace_without_exchange(snapshot, text))
            .collect()
    } else {
        writer.replace_many(&wanted)
    };
    format!("{recovered}\n{written:?}\n{:?}", writer.settle())
}
