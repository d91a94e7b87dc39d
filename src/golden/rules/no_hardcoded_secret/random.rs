//! Whether a text looks as if chance had made it. Pure.

/// How many lower-case letters in a row make a word.
const WORD: usize = 7;

/// Whether a text has many different characters: at least 3 bits of entropy for each, and
/// no long run of one character or of the next one each time.
pub(super) fn is_varied(text: &str) -> bool {
    entropy(text) >= 3.0 && longest_sequence(text) < 6
}

/// Whether a text looks random: a hexadecimal number, or letters and digits mixed without
/// words.
pub(super) fn looks_random(text: &str) -> bool {
    let length = text.len();
    if !(20..=512).contains(&length)
        || !text.bytes().all(|byte| byte.is_ascii_graphic())
        || !is_varied(text)
        || text.contains("://")
        || text.starts_with(['/', '.', '~'])
    {
        return false;
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    if digits < 3 || letters < 3 {
        return false;
    }
    let hex = text.bytes().filter(u8::is_ascii_hexdigit).count();
    let dashes = text.matches('-').count();
    if hex + dashes == length {
        return hex >= 32;
    }
    let longest = text
        .split(|c: char| !c.is_ascii_lowercase())
        .map(str::len)
        .max();
    longest < Some(WORD) && 5 * switches(text) >= length && entropy(text) >= 3.5
}

/// How often letters of one case, of the other, and digits follow each other.
fn switches(text: &str) -> usize {
    let class = |byte: u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let bytes = text.as_bytes();
    let pairs = bytes.windows(2);
    pairs
        .filter(|pair| {
            class(pair[0]) != class(pair[1]) && class(pair[0]) != 3 && class(pair[1]) != 3
        })
        .count()
}

/// Shannon's entropy in bits for each byte.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length: f64 = counts.iter().map(|count| f64::from(*count)).sum();
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / length;
            -share * share.log2()
        })
        .sum()
}

/// The longest run in which each character is the one before, or the next after it.
fn longest_sequence(text: &str) -> usize {
    let (mut longest, mut run, mut step) = (0, 1, None);
    for pair in text.as_bytes().windows(2) {
        let now = i16::from(pair[1]) - i16::from(pair[0]);
        run = match step {
            Some(before) if before == now && (now == 0 || now == 1) => run + 1,
            _ => 2,
        };
        step = Some(now);
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::looks_random;

    #[test]
    fn chance_is_told_from_words() {
        for (text, expected) in [
            ("9f86d081884c7d659a2feaa0c55ad015", true),
            ("x8Kq2LmZ9vR4tY7wB1nC5dF3", true),
            ("3b241101-e2bb-4255-8caf-4136c566a962", true),
            ("django.contrib.auth.password_validation.Minimum8", false),
            ("correct-horse-battery-staple-42-100", false),
            ("/usr/lib/x8Kq2LmZ9vR4tY7wB1nC5dF3", false),
            ("abcdefghijklmnopqrstuvwxyz0123456789", false),
            ("00000000000000000000000000000000", false),
            ("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", false),
            ("password_reset_confirm_1_2_3", false),
            ("two words x8Kq2LmZ9vR4tY7wB1nC5", false),
            ("short1A", false),
        ] {
            assert_eq!(looks_random(text), expected, "{text}");
        }
    }
}
