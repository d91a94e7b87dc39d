//! The hidden `hive man`: pages for `man`, made from the command line's own definition.

use std::fs;
use std::path::PathBuf;

use clap::Args;

use super::{Context, Ending, help};
use crate::failure::{Failure, Outcome};

/// Write the pages for `man`: one for hive, and one for each verb
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// The directory to write them to, made where it is missing: `…/share/man/man1`
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Runs `hive man`. Without a directory the first page is printed.
pub(super) fn run(args: &ManArgs, context: &Context) -> Outcome<Ending> {
    let Some(dir) = &args.dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(help::command())
            .render(&mut page)
            .map_err(|error| Failure::internal("the page cannot be made").caused_by(error))?;
        context.terminal.data(&page).map_err(Failure::from_output)?;
        return Ok(Ending::Clean);
    };
    let dir = context.cwd.join(dir);
    fs::create_dir_all(&dir)
        .and_then(|()| clap_mangen::generate_to(help::command(), &dir))
        .map_err(|error| {
            Failure::internal(format!("the pages cannot be written to {}", dir.display()))
                .caused_by(error)
        })?;
    let shown = dir.display();
    context.terminal.say(&format!(
        "written to {shown}; `man {shown}/hive.1` shows the first"
    ));
    Ok(Ending::Clean)
}
