//! A worker that is not hive's own: it lets the queue of a repository carry its work.
//!
//! `cargo run --example worker -- PATH NAME` enqueues a small site in the repository at PATH
//! (the current directory): three pages, an index that waits for all of them, and an upload
//! that waits for the index. Then it serves such tasks as the worker NAME (`site-` and the
//! number of its process) until none is ready. Run it twice at once, and the two share the
//! work; kill one, and what it had is done by whoever claims when its lease has run out.
//! `hive queue list --stage external` and `hive workers` show both.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::path::Path;
use std::time::Duration;

use hive::Client;
use hive::client::{Assignment, ClientError, ErrorClass, NewTask, Priority};

/// How long a task is this worker's without a word from it.
const LEASE: Duration = Duration::from_secs(30);

fn main() -> Result<(), ClientError> {
    let mut arguments = std::env::args().skip(1);
    let repository = arguments.next().unwrap_or_else(|| ".".to_owned());
    let name = arguments.next();
    let name = name.unwrap_or_else(|| format!("site-{}", std::process::id()));
    work(Path::new(&repository), &name)
}

/// Enqueues the site in a repository and serves what is ready as a worker of this name.
pub(crate) fn work(repository: &Path, name: &str) -> Result<(), ClientError> {
    let client = Client::open(repository)?;

    let mut work = Vec::new();
    for page in ["home", "news", "about"] {
        work.push(NewTask::external("site", page)?.payload(format!("{page}.md")));
    }
    let pages = work.len();
    let index = (0..pages).fold(NewTask::external("site", "index")?, NewTask::after_nth);
    work.push(index.priority(Priority::High));
    work.push(
        NewTask::external("site", "upload")?
            .after_nth(pages)
            .attempts(5),
    );
    let tasks = client.tasks().create_all(work)?;
    println!("enqueued {} tasks", tasks.len());

    let worker = client.workers().register(name, "site")?;
    while let Some(assignment) = worker.next(LEASE)? {
        let task = assignment.task();
        // Whoever works for longer than a third of the lease says so in between.
        let lost = worker.heartbeat(std::slice::from_ref(&assignment), LEASE)?;
        if !lost.is_empty() {
            continue;
        }
        match serve(&assignment) {
            Ok(result) => {
                worker.finish(&assignment, Some(&result))?;
                println!("{task} {}: {result}", assignment.subject());
            }
            Err(message) => {
                let again = worker.fail(&assignment, ErrorClass::Transient, &message)?;
                println!("{task} {}: {message}, again: {again}", assignment.subject());
            }
        }
    }
    worker.unregister("no work is left")?;

    if let Some(last) = tasks.last()
        && let Some(task) = client.tasks().get(*last)?
    {
        println!("the last one is {}", task.state.name());
    }
    Ok(())
}

/// What the worker is for.
fn serve(assignment: &Assignment) -> Result<String, String> {
    match (assignment.subject(), assignment.payload()) {
        ("index" | "upload", None) => Ok("done".to_owned()),
        (_, Some(source)) => Ok(format!("rendered {source}")),
        (page, None) => Err(format!("{page} has no source")),
    }
}
