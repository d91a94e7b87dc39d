//! Landings that die, fail or wait, and what the next ones make of what is left.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use hive::landing::reconcile::{Dirty, Judge};
use hive::landing::{
    Draft, Fix, Held, Layer, Options, Order, Outcome, Published, Site, Target, Terms, land, recover,
};
use hive::repo::{Place, RepoPath};

use crate::case::Case;
use crate::ground::{FILES, Ground, Prepared, Written, edited, fixed};
use crate::person::Person;
use crate::table::Scene;
use crate::victim;

/// Where hive's own commits go in the mode of that name.
const BESIDE: &str = "refs/heads/hive/main";

/// Where fixes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// On top of the tip.
    OnTop,
    /// To a branch of hive's own.
    Beside,
    /// Into the tip.
    Folded,
}

impl How {
    fn of(scene: Scene) -> Self {
        match scene {
            Scene::Beside => Self::Beside,
            Scene::Fold | Scene::FoldChild | Scene::GiveBack => Self::Folded,
            _ => Self::OnTop,
        }
    }
}

/// Accepts every merge: what reconcile asks of a judge is tested there.
struct Lenient;

impl Judge for Lenient {
    fn merged(&self, _: &RepoPath, _: &[u8], _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn has_findings(&self, _: &RepoPath, _: &[u8], _: &[String]) -> Result<bool, String> {
        Ok(true)
    }
}

/// Runs a case; whether its point was passed.
pub(crate) fn run(case: &Case, prepared: &Prepared) -> bool {
    let ground = prepared.copy(case.state);
    let name = case.to_string();
    let mut person = Person::new(&ground, case);
    let ran = match case.scene {
        Scene::Beside => victim::run("beside", &ground.root, case, "", &mut || person.acts()),
        Scene::Landing | Scene::Child => {
            victim::run("land", &ground.root, case, "", &mut || person.acts())
        }
        Scene::Fold | Scene::FoldChild => {
            victim::run("fold", &ground.root, case, "", &mut || person.acts())
        }
        Scene::GiveBack => tagged(&ground, case),
        Scene::TakeBack => overtaken(&ground, case, &mut person),
        _ => {
            die(&ground, case);
            victim::run("recover", &ground.root, case, "", &mut || {})
        }
    };
    let child = matches!(
        case.scene,
        Scene::Child | Scene::FoldChild | Scene::TakeBack
    );
    if !child && ran.reached && case.kills() {
        assert!(ran.killed, "{name}: {}", ran.said());
    }
    converges(&ground, case, &person, &ran.said());
    ran.reached
}

/// A landing whose second file is saved in the moment of its exchange: the first goes
/// back.
fn overtaken(ground: &Ground, case: &Case, person: &mut Person<'_>) -> victim::Ran {
    let wait = ground.outside("wait");
    let (told, mark) = (ground.outside("told"), ground.outside("mark"));
    let orders = format!(
        "landing.exchange:2:delay={},{}",
        wait.display(),
        case.orders(&told, &mark)
    );
    let mut child = victim::start("land", &ground.root, &orders);
    victim::meet(&mut child, &wait, &mut || {
        person.saves("c.py", case.seed.is_multiple_of(2));
    });
    victim::finish(child, case.point, &told)
}

/// A fold in whose last moment somebody tags the tip: it is given back.
fn tagged(ground: &Ground, case: &Case) -> victim::Ran {
    let wait = ground.outside("wait");
    let (told, mark) = (ground.outside("told"), ground.outside("mark"));
    let orders = format!(
        "landing.exchange.all:1:delay={},{}",
        wait.display(),
        case.orders(&told, &mark)
    );
    let mut child = victim::start("fold", &ground.root, &orders);
    victim::meet(&mut child, &wait, &mut || {
        ground.must(&["tag", "seen"]);
    });
    victim::finish(child, case.point, &told)
}

/// A landing whose child dies somewhere, and its parent right behind it.
fn die(ground: &Ground, case: &Case) {
    const EARLY: [&str; 9] = [
        "landing.lock.head",
        "landing.lock.references",
        "landing.lock",
        "landing.exchange:2",
        "landing.exchanged",
        "landing.exchanged:3",
        "landing.exchange.all",
        "landing.publish.index",
        "landing.publish.log",
    ];
    let locked = case.chance(7, EARLY.len() - 4) + 4;
    let child = match case.point {
        "recover.recorded" => "landing.publish.reference",
        "writing.keep" | "recover.log" | "recover.lock" => EARLY[locked],
        _ if case.chance(8, 4) == 0 => "landing.publish.reference",
        _ => EARLY[case.chance(7, EARLY.len())],
    };
    let orders = format!("{child},landing.report");
    let child = victim::start("land", &ground.root, &orders);
    let ran = victim::finish(child, "", Path::new(""));
    assert!(ran.killed, "{case}: {}", ran.said());
}

/// Whatever happened: everything of the person is there, nothing is locked, and the next
/// passes come to where an undisturbed one would have come, once.
fn converges(ground: &Ground, case: &Case, person: &Person<'_>, said: &str) {
    let name = format!("{case}\n{said}");
    let site = Site::at(Place::at(&ground.root).unwrap()).unwrap();
    let recovered = recover(&site, &|published| record(&ground.root, published));
    let recovered = recovered.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    person
        .written
        .is_there(ground, &format!("{name}\n{recovered:?}"));
    ground.index_is_true(&name);
    ground.has_no_lock(&name);
    let again = recover(&site, &|_| panic!("{name}: recorded twice")).unwrap();
    assert!(again.is_empty(), "{name}: {again:?}");
    let how = How::of(case.scene);
    let beside = how == How::Beside;
    let mut last = String::new();
    for _ in 0..8 {
        match attempt(ground, how) {
            None => break,
            Some(outcome) => last = outcome,
        }
    }
    person.written.is_there(ground, &name);
    person.kept(&name);
    ground.is_sound(&name);
    let told = || format!("{name}\n{last}\n{}", ground.told());
    let tip = if beside { BESIDE } else { "HEAD" };
    let names = FILES.map(|path| format!("{tip}:{path}"));
    for (path, stored) in FILES.iter().zip(ground.contents(&names)) {
        let (_, stored) = stored.unwrap();
        assert_eq!(stored, fixed(&stored), "{path}: {}", told());
        if !beside {
            let file = ground.read(path);
            assert_eq!(file, fixed(&file), "{path}: {}", told());
        }
    }
    let own = own_commits(ground, tip);
    if how == How::Folded {
        are_the_persons(ground, case, person, &own, &told());
        return;
    }
    // One landing, but for a file that was saved in the middle of it, or that the person
    // has committed meanwhile.
    let most = 1 + person.commits + usize::from(case.scene == Scene::TakeBack || case.delays());
    let least = usize::from(person.commits == 0);
    assert!((least..=most).contains(&own.len()), "{own:?}\n{}", told());
    for (oid, tree, parents) in &own {
        let before = ground.must(&["rev-parse", &format!("{}^{{tree}}", parents[0])]);
        assert_ne!(before.trim(), tree, "{oid} is empty: {}", told());
    }
    let mut recorded: Vec<String> = fs::read_to_string(ground.outside("record"))
        .unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect();
    recorded.sort();
    recorded.dedup();
    let mut oids: Vec<String> = own.into_iter().map(|commit| commit.0).collect();
    oids.sort();
    assert_eq!(
        recorded,
        oids,
        "what is hive's is known as hive's: {}",
        told()
    );
}

/// After a fold: the commits are those that the person made, each with the same bytes but
/// for its tree, and whatever is another one than they made is known to be. A tip that
/// somebody has is as it was, or the process died before it could be.
#[track_caller]
fn are_the_persons(
    ground: &Ground,
    case: &Case,
    person: &Person<'_>,
    own: &[(String, String, Vec<String>)],
    told: &str,
) {
    let given_back = own.len() == 1 && case.scene == Scene::GiveBack;
    assert!(own.is_empty() || given_back, "{own:?}\n{told}");
    let list =
        |args: &[&str]| -> Vec<String> { ground.must(args).lines().map(str::to_owned).collect() };
    let commits = list(&["log", "--format=%H", "--invert-grep", "--grep=^fix: "]);
    assert_eq!(commits.len(), 1 + person.commits, "{told}");
    let first = list(&["log", "-g", "--format=%H"]).pop().unwrap();
    let plain = |commit: &str| {
        let text = ground.must(&["cat-file", "commit", commit]);
        text.split_once('\n').unwrap().1.to_owned()
    };
    let made = |commit: &String| *commit == first || person.has_made(commit);
    let recorded = fs::read_to_string(ground.outside("record")).unwrap_or_default();
    for commit in commits.iter().filter(|commit| !made(commit)) {
        assert!(
            recorded.lines().any(|line| line == commit),
            "{commit}: {told}"
        );
        let same = |one: &String| plain(one) == plain(commit);
        let of = [&first].into_iter().chain(person.made());
        assert!(of.into_iter().any(same), "{commit} is another one: {told}");
    }
    for (commit, tree, parents) in own {
        assert!(
            recorded.lines().any(|line| line == commit),
            "{commit}: {told}"
        );
        assert_eq!(*parents, std::slice::from_ref(&first), "{told}");
        let before = ground.must(&["rev-parse", &format!("{first}^{{tree}}")]);
        assert_ne!(before.trim(), tree, "{told}");
    }
}

/// hive's own commits that a tip reaches: id, tree and parents.
fn own_commits(ground: &Ground, tip: &str) -> Vec<(String, String, Vec<String>)> {
    let log = ground.must(&["log", "--grep=^fix: ", "--format=%H %T %P", tip, "--"]);
    log.lines()
        .map(|line| {
            let mut words = line.split(' ').map(str::to_owned);
            let (oid, tree) = (words.next().unwrap(), words.next().unwrap());
            (oid, tree, words.collect())
        })
        .collect()
}

/// Tries to land whatever the tip wants; `None` if it wants nothing, else what came of it.
pub(crate) fn attempt(ground: &Ground, how: How) -> Option<String> {
    let beside = how == How::Beside;
    let names = FILES.map(|path| format!("HEAD:{path}"));
    let wanted: Vec<Wanted> = FILES
        .into_iter()
        .zip(ground.contents(&names))
        .map(|(path, found)| {
            let (before, text) = found.unwrap();
            let after = fixed(&text);
            let changes = text != after;
            (
                changes,
                Wanted {
                    path,
                    before,
                    after,
                },
            )
        })
        .filter_map(|(changes, wanted)| changes.then_some(wanted))
        .collect();
    if wanted.is_empty() || beside && is_beside(ground, &wanted) {
        return None;
    }
    let site = Site::at(Place::at(&ground.root).unwrap()).unwrap();
    let fixes = wanted
        .into_iter()
        .map(|wanted| Fix {
            id: 1,
            path: RepoPath::new(wanted.path).unwrap(),
            before: wanted.before.parse().unwrap(),
            after: wanted.after.into_bytes(),
            same_class: false,
            codes: vec!["F401".to_owned()],
            on_save: None,
        })
        .collect();
    let author = |draft: &Draft| Ok::<_, Held>(commit(draft));
    let root = ground.root.clone();
    let order = Order {
        tip: ground.oid("HEAD").parse().unwrap(),
        reference: Some("refs/heads/main".to_owned()),
        layers: vec![Layer {
            stage: "qa".to_owned(),
            fixes,
            message: Box::new(|going| format!("fix: {} files\n", going.len())),
        }],
        options: Options {
            dirty: Dirty::Merge,
            target: if beside {
                Target::Branch(BESIDE.to_owned())
            } else {
                Target::Head
            },
            fold: (how == How::Folded).then_some(Terms {
                age: None,
                trusted: true,
                undoes: false,
            }),
            max_file_size: 1 << 20,
            kept: &|_| None,
            author: &author,
            record: &|published| record(&root, published),
        },
    };
    let hive = PathBuf::from(env!("CARGO_BIN_EXE_hive"));
    let outcome = land(&site, order, &Lenient, &hive, &mut None);
    if let Ok(Outcome::Landed { .. }) = &outcome {
        return Some("landed".to_owned());
    }
    Some(format!("{outcome:?}"))
}

/// A fix that the tip wants: the blob and what is to become of it.
struct Wanted {
    path: &'static str,
    before: String,
    after: String,
}

/// Whether everything that is wanted is on hive's own branch, and known to be.
fn is_beside(ground: &Ground, wanted: &[Wanted]) -> bool {
    let mut names = vec![BESIDE.to_owned()];
    names.extend(wanted.iter().map(|one| format!("{BESIDE}:{}", one.path)));
    let mut found = ground.contents(&names).into_iter();
    let record = fs::read_to_string(ground.outside("record")).unwrap_or_default();
    let known = |oid: &str| record.lines().any(|line| line == oid);
    found.next().flatten().is_some_and(|(tip, _)| known(&tip))
        && found
            .zip(wanted)
            .all(|(found, wanted)| found.is_some_and(|(_, text)| text == wanted.after))
}

/// What the database would do: written down, and twice is as good as once.
fn record(root: &Path, published: &Published) -> Result<(), String> {
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(root.with_file_name("record"))
        .map_err(|error| error.to_string())?;
    for (oid, _) in &published.commits {
        writeln!(file, "{oid}").map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn commit(draft: &Draft) -> Vec<u8> {
    use std::fmt::Write;
    let mut text = format!("tree {}\n", draft.tree);
    for parent in &draft.parents {
        writeln!(text, "parent {parent}").unwrap();
    }
    // Two landings of the same content differ, as they do in life.
    let now = hive::clock::wall_ms();
    let who = format!("Ada <ada@example.org> {now} +0100");
    write!(text, "author {who}\ncommitter {who}\n\n{}", draft.message).unwrap();
    text.into_bytes()
}

/// What the process does that lands.
pub(crate) fn lands(root: PathBuf, how: How) -> String {
    let ground = Ground::at(root);
    attempt(&ground, how).unwrap_or_default()
}

/// What the process does that recovers.
pub(crate) fn recovers(root: &Path) -> String {
    let site = Site::at(Place::at(root).unwrap()).unwrap();
    let recovered = recover(&site, &|published| record(root, published));
    format!("{recovered:?}")
}

/// A save that a person makes.
pub(crate) fn save(ground: &Ground, path: &str, line: &str, by_rename: bool) {
    let text = edited(&ground.read(path), line);
    if by_rename {
        let beside = ground.outside("saved");
        fs::write(&beside, text).unwrap();
        fs::rename(&beside, ground.root.join(path)).unwrap();
    } else {
        ground.write(path, &text);
    }
}

/// What the person has written before anything happens.
pub(crate) fn written(case: &Case) -> Written {
    Ground::written(case.state)
}
