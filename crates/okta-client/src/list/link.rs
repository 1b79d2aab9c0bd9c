//! Parsing of `Link` headers.

use service_http::header::{HeaderMap, LINK};

/// Returns the target of the link with `rel="next"`, verbatim. Reads several header lines and several links per line.
/// Source: RFC 8288, section 3.
pub fn next(headers: &HeaderMap) -> Option<String> {
    headers.get_all(LINK).iter().filter_map(|line| line.to_str().ok()).find_map(next_in)
}

fn next_in(line: &str) -> Option<String> {
    let mut rest = line;
    loop {
        let (_, after) = rest.split_once('<')?;
        let (target, after) = after.split_once('>')?;
        let (parameters, further) = parameters(after);
        if is_next(&parameters) {
            return Some(target.to_owned());
        }
        rest = further;
    }
}

/// Returns the parameters of one link by lower-case name, and the text after the comma that ends the link.
fn parameters(text: &str) -> (Vec<(String, String)>, &str) {
    let (mut found, mut name, mut value) = (Vec::new(), String::new(), None::<String>);
    let (mut is_quoted, mut is_escaped) = (false, false);
    let mut end = text.len();
    let mut keep = |name: &mut String, value: &mut Option<String>| {
        let name = std::mem::take(name).trim().to_ascii_lowercase();
        found.push((name, value.take().unwrap_or_default()));
    };
    for (index, letter) in text.char_indices() {
        match letter {
            _ if is_escaped => {
                is_escaped = false;
                value.get_or_insert_default().push(letter);
            }
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => value.get_or_insert_default().push(letter),
            ',' => {
                end = index + 1;
                break;
            }
            ';' => keep(&mut name, &mut value),
            '=' if value.is_none() => value = Some(String::new()),
            _ => match &mut value {
                Some(value) => value.push(letter),
                None => name.push(letter),
            },
        }
    }
    keep(&mut name, &mut value);
    (found, text.get(end..).unwrap_or_default())
}

/// Returns whether `next` is among the relations. Only the first `rel` counts.
fn is_next(parameters: &[(String, String)]) -> bool {
    let relations = parameters.iter().find(|(name, _)| name == "rel").map(|(_, value)| value.as_str());
    relations.unwrap_or_default().split_ascii_whitespace().any(|relation| relation.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn next_of(lines: &[&str]) -> Option<String> {
        next(&lines.iter().map(|line| (LINK, line.parse().unwrap())).collect())
    }

    #[test]
    fn next_is_found_in_every_valid_notation() {
        const SELF: &str = "<https://acme.okta.com/api/v1/users?limit=2>; rel=\"self\"";
        const NEXT: &str = "<https://acme.okta.com/api/v1/users?after=a+b%2Fc==&limit=2>; rel=\"next\"";
        let found = Some("https://acme.okta.com/api/v1/users?after=a+b%2Fc==&limit=2".to_owned());
        let both = format!("{SELF}, {NEXT}");
        for lines in [vec![SELF, NEXT], vec![NEXT, SELF], vec![NEXT], vec![both.as_str()]] {
            assert_eq!(next_of(&lines), found, "{lines:?}");
        }
        for (line, target) in [
            ("<a>; rel=next", Some("a")),
            ("<a>;rel=\"prev next\"", Some("a")),
            ("<a>; REL=\"NEXT\"", Some("a")),
            ("<a>; title=\"x, <b>; rel=\\\"next\\\"\"; rel=self", None),
            ("<a,b>; rel=\"self\", <c;d>; title=t; rel=\"next\"", Some("c;d")),
            ("<a>; rel=\"self\"; rel=\"next\"", None),
            ("<a>", None),
            ("<a", None),
            ("", None),
        ] {
            assert_eq!(next_of(&[line]).as_deref(), target, "{line}");
        }
        assert_eq!(next_of(&[]), None);
    }

    proptest! {
        #[test]
        fn no_line_causes_a_panic(line in "[<>;,=\" \\\\a-z]{0,40}") {
            let _ = next_of(&[&line]);
        }
    }
}
