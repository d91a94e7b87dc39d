//! Spans of time as people say and write them. Pure.

/// A span as people say it.
pub fn span(ms: i64) -> String {
    match ms.max(0) / 1000 {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds @ 120..=7_199 => format!("{} min", seconds / 60),
        seconds @ 7_200..=172_799 => format!("{} h", seconds / 3_600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

/// Reads a span, as `90s`, `30m`, `12h`, `7d`, `2w`, in milliseconds.
pub fn duration(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no span: say 90s, 30m, 12h, 7d or 2w");
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let number: i64 = text[..text.len() - unit.len_utf8()]
        .parse()
        .map_err(|_| wrong())?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return Err(wrong()),
    };
    let span = number.checked_mul(seconds * 1000);
    span.filter(|span| *span >= 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::{duration, span};

    #[test]
    fn spans_are_read_and_said() {
        for (text, ms, said) in [
            ("90s", 90_000, "90 s"),
            ("30m", 1_800_000, "30 min"),
            ("12h", 43_200_000, "12 h"),
            ("2w", 1_209_600_000, "14 d"),
        ] {
            assert_eq!(duration(text), Ok(ms));
            assert_eq!(span(ms), said);
        }
        for text in ["", "5", "h", "-1h", "1y", "1ä", "99999999999999999w"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
