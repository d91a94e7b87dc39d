//! Sizes and durations: numbers with units, read and shown. Pure.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::values::{Given, Value};

/// A number of bytes, written with a unit: `1MiB`, `512KiB`, `2GB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String", extend("pattern" = "^[0-9]+ ?([kKmMgGtT][iI]?)?[bB]$"))]
pub struct ByteSize(pub u64);

/// Units by falling size, so that the first that divides a size is its shortest form.
const SIZES: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
    ("B", 1),
];

impl Value for ByteSize {
    fn read(given: &Given) -> Result<Self, String> {
        let wanted = "a size with a unit, such as \"512KiB\" or \"1MiB\"";
        let Given::Text(text) = given else {
            return given.wanted(wanted);
        };
        let (digits, unit) = number_and_unit(text.trim());
        let size = digits.parse::<u64>().ok().and_then(|number| {
            SIZES
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(unit.trim()))
                .and_then(|(_, bytes)| number.checked_mul(*bytes))
        });
        size.map(Self)
            .ok_or_else(|| format!("expected {wanted}, found \"{text}\""))
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = SIZES
            .iter()
            .find(|(_, bytes)| self.0 >= *bytes && self.0.is_multiple_of(*bytes));
        match exact {
            Some((unit, bytes)) => write!(f, "{}{unit}", self.0 / bytes),
            None => write!(f, "{}B", self.0),
        }
    }
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A length of time, written with units: `500ms`, `30s`, `1m30s`, `2h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String", extend("pattern" = "^([0-9]+ ?(h|m|s|ms) ?)+$"))]
pub struct Span(pub Duration);

const SPANS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Value for Span {
    fn read(given: &Given) -> Result<Self, String> {
        let wanted = "a duration with units, such as \"500ms\", \"30s\" or \"1m30s\"";
        let Given::Text(text) = given else {
            return given.wanted(wanted);
        };
        milliseconds(text.trim())
            .map(|ms| Self(Duration::from_millis(ms)))
            .ok_or_else(|| format!("expected {wanted}, found \"{text}\""))
    }
}

fn milliseconds(text: &str) -> Option<u64> {
    let (mut rest, mut total) = (text, 0_u64);
    while !rest.is_empty() {
        let (digits, tail) = number_and_unit(rest);
        let end = tail
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(tail.len());
        let (unit, after) = tail.split_at(end);
        let (_, scale) = SPANS.iter().find(|(name, _)| *name == unit.trim())?;
        total = total.checked_add(digits.parse::<u64>().ok()?.checked_mul(*scale)?)?;
        rest = after.trim_start();
    }
    (!text.is_empty()).then_some(total)
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        if rest == 0 {
            return f.write_str("0s");
        }
        for (unit, scale) in SPANS {
            if rest >= scale {
                write!(f, "{}{unit}", rest / scale)?;
                rest %= scale;
            }
        }
        Ok(())
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn number_and_unit(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::{ByteSize, Duration, Given, Span, Value};

    fn text(text: &str) -> Given {
        Given::Text(text.to_owned())
    }

    #[test]
    fn sizes_are_read_and_shown_in_their_shortest_form() {
        for (given, bytes, shown) in [
            ("1MiB", 1 << 20, "1MiB"),
            ("1024KiB", 1 << 20, "1MiB"),
            ("1 mib", 1 << 20, "1MiB"),
            ("2GB", 2_000_000_000, "2GB"),
            ("1500B", 1500, "1500B"),
            ("0B", 0, "0B"),
        ] {
            let size = ByteSize::read(&text(given)).unwrap();
            assert_eq!((size.0, size.to_string().as_str()), (bytes, shown));
        }
        for wrong in ["", "1", "MiB", "-1B", "1.5MiB", "99999999999TiB", "1MiBs"] {
            assert!(ByteSize::read(&text(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn spans_are_read_and_shown_in_their_shortest_form() {
        for (given, ms, shown) in [
            ("30s", 30_000, "30s"),
            ("90s", 90_000, "1m30s"),
            ("1m30s", 90_000, "1m30s"),
            ("500ms", 500, "500ms"),
            ("2h", 7_200_000, "2h"),
            ("0s", 0, "0s"),
        ] {
            let span = Span::read(&text(given)).unwrap();
            assert_eq!(span.0, Duration::from_millis(ms));
            assert_eq!(span.to_string(), shown);
        }
        for wrong in [
            "",
            "30",
            "s",
            "30 seconds",
            "1.5s",
            "-1s",
            "99999999999999999h",
        ] {
            assert!(Span::read(&text(wrong)).is_err(), "{wrong}");
        }
    }
}
