//! Where the log goes: nowhere, unless `HIVE_LOG` or `output.log` asks for one.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use crate::failure::{Failure, Outcome};
use crate::settings::environment;

/// Opens the log once. With a file it holds what `HIVE_LOG` selects, `info`
/// without; without a file it goes to standard error, and only when `HIVE_LOG` is
/// set.
pub(super) fn open(file: Option<&Path>) -> Outcome<()> {
    let filter = environment::log_filter();
    if file.is_none() && filter.is_none() {
        return Ok(());
    }
    let text = filter.unwrap_or_else(|| "info".to_owned());
    let filter = EnvFilter::try_new(&text).map_err(|error| {
        Failure::usage(format!("HIVE_LOG={text} is not a filter"))
            .caused_by(error)
            .hint("try HIVE_LOG=debug or HIVE_LOG=hive=trace")
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false);
    let opened = match file {
        None => builder.with_writer(std::io::stderr).try_init(),
        Some(path) => {
            let log = OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .map_err(|error| {
                    Failure::configuration(format!("the log {} cannot be opened", path.display()))
                        .caused_by(error)
                        .hint("`hive config explain output.log` says who set it")
                })?;
            builder.with_writer(Mutex::new(log)).try_init()
        }
    };
    // A second call in one process finds the log open already.
    drop(opened);
    Ok(())
}
