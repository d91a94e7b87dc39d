//! The queue for other programs, through the library and the binary at once.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use hive::Client;
use hive::client::{
    Assignment, ClientError, ErrorClass, NewTask, PlanFile, PlanStatus, Priority, Stage, Status,
    TaskId, TaskState,
};
use hive_test_support::Sandbox;
use serde_json::Value;

#[path = "../examples/worker.rs"]
#[allow(dead_code, reason = "its main is for the command line")]
mod example;

const HIVE: &str = env!("CARGO_BIN_EXE_hive");
const LEASE: Duration = Duration::from_mins(10);

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::repository(HIVE);
    sandbox.write("app.py", "x = 1\n");
    sandbox.commit("begin");
    sandbox
}

fn client(sandbox: &Sandbox) -> Client {
    Client::open(sandbox.path(".")).unwrap()
}

fn asked(sandbox: &Sandbox, args: &[&str]) -> Value {
    let ran = sandbox.hive(args).expect(0);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn external(subject: &str) -> NewTask {
    NewTask::external("docs", subject).unwrap()
}

#[test]
fn a_program_makes_tasks_and_the_command_line_shows_and_orders_them() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let tasks = client.tasks();
    let build = tasks
        .create(external("build").priority(Priority::High))
        .unwrap();
    let publish = tasks
        .create(external("publish").after(build).payload("now"))
        .unwrap();
    let listed = asked(
        &sandbox,
        &["queue", "list", "--stage", "external", "--json"],
    );
    let listed = listed["tasks"].as_array().unwrap();
    let said: Vec<(&str, &str)> = listed
        .iter()
        .map(|task| {
            (
                task["path"].as_str().unwrap(),
                task["state"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(said, [("docs:build", "ready"), ("docs:publish", "blocked")]);
    let shown = asked(&sandbox, &["queue", "show", &publish.to_string(), "--json"]);
    assert_eq!(shown["task"]["by"], 1, "{shown}");
    assert_eq!(shown["needs"][0]["task"], build.0, "{shown}");
    assert_eq!(shown["errand"]["payload"], "now", "{shown}");
    assert!(!tasks.prerequisites_met(publish).unwrap());
    assert_eq!(tasks.queued(10).unwrap().len(), 2);
    assert_eq!(tasks.list("blocked", 10).unwrap()[0].id, publish);
    // An order by the one is seen by the other.
    sandbox
        .hive(&["queue", "cancel", &build.to_string()])
        .expect(0);
    let ended = tasks.get(publish).unwrap().unwrap().state;
    let TaskState::Cancelled { reason, .. } = ended else {
        panic!("{ended:?}");
    };
    assert_eq!(reason.unwrap(), format!("task {build} was cancelled"));
    let again = tasks.update(build, Status::Again).unwrap();
    assert_ne!(again, build);
    tasks.update(again, Status::Cancelled).unwrap();
    tasks.delete(again).unwrap();
    assert_eq!(tasks.get(again).unwrap(), None);
    // hive is not at work for them: nothing here is its own.
    let status = asked(&sandbox, &["status", "--json"]);
    assert_eq!(status["queue"]["ready"], 0, "{status}");
}

#[test]
fn workers_of_another_kind_share_the_work_and_do_each_task_once() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let work = (0..200).map(|number| {
        let task = external(&format!("page-{number}"));
        if number < 20 {
            task
        } else {
            task.after_nth(number % 20)
        }
    });
    let tasks = client.tasks().create_all(work.collect()).unwrap();
    let served: Mutex<Vec<TaskId>> = Mutex::default();
    std::thread::scope(|scope| {
        for number in 0..4 {
            let (client, served) = (client.clone(), &served);
            scope.spawn(move || {
                let name = format!("docs-{number}");
                let worker = client.workers().register(&name, "docs").unwrap();
                loop {
                    let some = worker.claim(3, LEASE).unwrap();
                    if some.is_empty() && served.lock().unwrap().len() == 200 {
                        break;
                    }
                    let ends: Vec<(&Assignment, Option<&str>)> =
                        some.iter().map(|one| (one, Some("served"))).collect();
                    assert!(worker.finish_all(&ends).unwrap().is_empty());
                    served
                        .lock()
                        .unwrap()
                        .extend(some.iter().map(Assignment::task));
                }
                worker.unregister("it is late").unwrap();
            });
        }
    });
    let served = served.into_inner().unwrap();
    let distinct: BTreeSet<TaskId> = served.iter().copied().collect();
    assert_eq!((served.len(), distinct.len()), (200, 200));
    for task in [tasks[0], tasks[199]] {
        assert_eq!(
            client.tasks().get(task).unwrap().unwrap().state.name(),
            "done"
        );
        let errand = client.tasks().errand(task).unwrap();
        assert_eq!(errand.result.as_deref(), Some("served"));
    }
    assert!(client.workers().active().unwrap().is_empty());
    let gone = client.workers().get("docs-0").unwrap().unwrap();
    assert_eq!(gone.reason.as_deref(), Some("it is late"));
    let stats = asked(&sandbox, &["stats", "--json"]);
    let stage = &stats["queue"]["stages"][0];
    assert_eq!(
        (&stage["stage"], &stage["done"]),
        (&"external".into(), &200.into()),
        "{stats}"
    );
    assert_eq!(stage["runs"]["served"], 200, "{stats}");
}

#[test]
fn a_worker_that_lost_its_lease_is_told() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    client.tasks().create(external("page")).unwrap();
    let slow = client.workers().register("slow", "docs").unwrap();
    let had = slow.next(Duration::ZERO).unwrap().unwrap();
    let quick = client.workers().register("quick", "docs").unwrap();
    // Its lease has run out: the next claim finds that, and after the backoff takes it.
    let mut taken = None;
    hive_test_support::wait_for("the task to come free", || {
        taken = quick.next(LEASE).unwrap();
        taken.is_some()
    });
    let taken = taken.unwrap();
    assert_eq!((taken.task(), taken.attempt()), (had.task(), 2));
    assert_eq!(
        slow.heartbeat(std::slice::from_ref(&had), LEASE).unwrap(),
        [had.task()]
    );
    assert!(matches!(slow.finish(&had, None), Err(ClientError::Lost(task)) if task == had.task()));
    assert!(matches!(
        slow.fail(&had, ErrorClass::Transient, "it broke"),
        Err(ClientError::Lost(_))
    ));
    assert!(
        quick
            .heartbeat(std::slice::from_ref(&taken), LEASE)
            .unwrap()
            .is_empty()
    );
    quick.release(&[taken]).unwrap();
    let again = quick.next(LEASE).unwrap().unwrap();
    assert_eq!(
        again.attempt(),
        2,
        "what was given back has lost no attempt"
    );
    assert!(
        !quick
            .fail(&again, ErrorClass::Permanent, "it cannot be")
            .unwrap()
    );
    assert!(client.workers().register("QA-1", "Docs").is_err());
    let error = client.workers().register("QA-1", "docs").unwrap_err();
    assert!(matches!(error, ClientError::Own(_)), "{error}");
    assert!(client.workers().register("QA-1st", "docs").is_ok());
}

/// An error said that nothing was done, and whoever believed it did it twice.
#[test]
fn work_that_nobody_could_be_woken_for_stands() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    std::fs::create_dir_all(sandbox.path(".git/hive/wake")).unwrap();
    assert!(client.nudge().is_err());
    let task = NewTask::fix(Stage::Qa, "app.py", &[]).unwrap();
    let task = client.tasks().create(task).unwrap();
    assert!(client.tasks().prerequisites_met(task).unwrap());
    let plans = client.plans();
    let plan = "name = \"one\"\n[[step]]\npath = \"app.py\"\n";
    let id = plans.create(PlanFile::toml(plan).unwrap()).unwrap();
    plans.approve(id).unwrap();
    assert_eq!(plans.start(id).unwrap(), 1);
    plans.pause(id).unwrap();
    plans.resume(id).unwrap();
}

#[test]
fn what_is_not_there_is_said() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let error = client.tasks().prerequisites_met(TaskId(99)).unwrap_err();
    assert_eq!(error.to_string(), "there is no task 99");
    let error = client.tasks().list("redy", 10).unwrap_err();
    assert!(error.to_string().contains("ready, running"), "{error}");
}

#[test]
fn a_plan_of_a_program_is_one_of_the_command_line() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let plans = client.plans();
    let plan = PlanFile::toml(
        "name = \"site\"\nabout = \"all of it\"\n\
         [[step]]\nkind = \"docs\"\npath = \"a\"\n\
         [[step]]\nkind = \"docs\"\npath = \"b\"\nafter = [\"a\"]\npayload = \"x\"\n",
    )
    .unwrap();
    let id = plans.create(plan).unwrap();
    sandbox.hive(&["plan", "start", "site"]).expect(2);
    sandbox.hive(&["plan", "approve", "site"]).expect(0);
    assert_eq!(plans.start(id).unwrap(), 2);
    assert_eq!(plans.named("site").unwrap().status, PlanStatus::Executing);
    let next = plans.next(id).unwrap().unwrap();
    assert_eq!(
        (next.path.as_str(), next.stage),
        ("docs:a", Stage::External)
    );
    let steps = plans.steps(id).unwrap();
    let met = plans.prerequisites(&[steps[0].task.unwrap(), steps[1].task.unwrap()]);
    let met: Vec<usize> = met.unwrap().iter().map(|(_, needs)| needs.len()).collect();
    assert_eq!(met, [0, 1]);
    let worker = client.workers().register("docs-1", "docs").unwrap();
    for _ in 0..2 {
        let one = worker.next(LEASE).unwrap().unwrap();
        worker.finish(&one, None).unwrap();
    }
    let status = plans.status(id).unwrap();
    assert_eq!(
        (status.plan.status, status.open),
        (PlanStatus::Completed, 0)
    );
    let shown = asked(&sandbox, &["plan", "show", "site", "--json"]);
    assert_eq!(
        (&shown["status"], &shown["done"]),
        (&"completed".into(), &2.into()),
        "{shown}"
    );
    assert_eq!(shown["waves"], serde_json::json!([["a"], ["b"]]), "{shown}");
}

/// The example of the documentation, at work in a repository: alone, and twice at once.
#[test]
fn the_example_serves_each_task_of_its_site_once() {
    let sandbox = sandbox();
    let root = sandbox.path(".");
    example::work(&root, "site-1").unwrap();
    let done = || {
        let args = [
            "queue", "list", "--stage", "external", "--state", "done", "--json",
        ];
        let listed = asked(&sandbox, &args);
        let tasks = listed["tasks"].as_array().unwrap().clone();
        tasks
            .into_iter()
            .map(|task| task["path"].as_str().unwrap().to_owned())
            .collect::<Vec<String>>()
    };
    let mut subjects = done();
    subjects.sort();
    let site = ["about", "home", "index", "news", "upload"].map(|page| format!("site:{page}"));
    assert_eq!(subjects, site);
    let client = client(&sandbox);
    let gone = client.workers().get("site-1").unwrap().unwrap();
    assert_eq!(gone.reason.as_deref(), Some("no work is left"));
    std::thread::scope(|scope| {
        for name in ["site-2", "site-3"] {
            let root = &root;
            scope.spawn(move || example::work(root, name).unwrap());
        }
    });
    // Whoever found nothing ready has gone; the other one, or the next, does the rest.
    let rest = client.workers().register("site-4", "site").unwrap();
    while let Some(one) = rest.next(LEASE).unwrap() {
        rest.finish(&one, None).unwrap();
    }
    assert_eq!(done().len(), 3 * site.len());
    let stats = asked(&sandbox, &["stats", "--json"]);
    let runs = &stats["queue"]["stages"][0]["runs"];
    assert_eq!(runs["served"], 3 * site.len(), "each once: {stats}");
    assert_eq!(runs.as_object().unwrap().len(), 1, "{stats}");
}

#[test]
fn where_there_is_no_repository_there_is_no_client() {
    let nowhere = tempfile::tempdir().unwrap();
    let error = Client::open(nowhere.path()).unwrap_err();
    assert!(matches!(error, ClientError::NoRepository(_)), "{error}");
    assert!(Client::open(Path::new("/nowhere/at/all")).is_err());
    assert!(NewTask::external("docs", "../x").is_err());
}
