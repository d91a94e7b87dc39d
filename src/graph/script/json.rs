//! JSON as compilers write it.
//!
//! Pure.

/// JSON as compilers take it, as JSON: without comments, and without commas at the end.
pub(super) fn plain_json(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}');
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut quoted = false;
    while let Some(char) = rest.next() {
        match char {
            '\\' if quoted => {
                out.push(char);
                out.extend(rest.next());
                continue;
            }
            '"' => quoted = !quoted,
            '/' if !quoted && rest.peek() == Some(&'/') => {
                while rest.next_if(|char| *char != '\n').is_some() {}
                continue;
            }
            '/' if !quoted && rest.peek() == Some(&'*') => {
                rest.next();
                let mut last = ' ';
                for char in rest.by_ref() {
                    // Lines stay, so that an error names the right one.
                    if char == '\n' {
                        out.push(char);
                    }
                    if last == '*' && char == '/' {
                        break;
                    }
                    last = char;
                }
                out.push(' ');
                continue;
            }
            ']' | '}' if !quoted => {
                let end = out.trim_end().len();
                if out[..end].ends_with(',') {
                    out.replace_range(end - 1..end, " ");
                }
            }
            _ => {}
        }
        out.push(char);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::plain_json;

    #[test]
    fn comments_and_last_commas_are_no_json() {
        let text = "{ // a \"\n \"a\": \"/* b */ , ]\", /* c\n d */ \"b\": [1, 2, ], \n}";
        let value: serde_json::Value = serde_json::from_str(&plain_json(text)).unwrap();
        assert_eq!(value["a"], "/* b */ , ]");
        assert_eq!(value["b"][1], 2);
    }
}
