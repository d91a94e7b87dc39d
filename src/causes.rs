//! An error with what caused it, for where only a line of text goes on: a log, a row, the
//! answer to another process. A person gets a [`Failure`](crate::failure::Failure).

use std::error::Error;

/// The error and its causes in one line, the innermost last. A cause whose words are
/// there already is not said again.
pub fn told(error: &dyn Error) -> String {
    with(error.to_string(), error)
}

/// The same behind other words for the error itself.
pub fn with(mut line: String, error: &dyn Error) -> String {
    let mut below = error.source();
    while let Some(cause) = below {
        let words = cause.to_string();
        if !line.contains(&words) {
            line.push_str(": ");
            line.push_str(&words);
        }
        below = cause.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Step(&'static str, #[source] Option<Box<dyn Error>>);

    #[test]
    fn causes_follow_once_each() {
        let disk = Step("no space", Some(Box::new(io::Error::other("no space"))));
        let write = Step("a.py cannot be written", Some(Box::new(disk)));
        assert_eq!(told(&write), "a.py cannot be written: no space");
        assert_eq!(with("failed".to_owned(), &write), "failed: no space");
        assert_eq!(told(&Step("alone", None)), "alone");
    }
}
