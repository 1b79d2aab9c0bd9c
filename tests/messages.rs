//! Every text that the provider can show to a practitioner, pinned: a changed or a new message shows up in a review.
//!
//! The texts are read from the sources and not provoked one by one: of every diagnostic the summary, and every text of
//! at least three words. What is filled into them, and that they appear where they should, is for the tests beside the
//! code and with real Terraform.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Shorter texts are names and fragments, not messages.
const FEWEST_WORDS: usize = 3;

/// Where texts for practitioners are written. The clients' errors are quoted in them.
const HOMES: [&str; 6] = [
    "src/provider",
    "src/framework",
    "crates/conductorone-client/src",
    "crates/okta-client/src",
    "crates/okta-inventory/src",
    "crates/service-http/src",
];

#[test]
fn every_message_is_pinned() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pinned = String::new();
    for home in HOMES {
        let mut files = Vec::new();
        rust_files(&root.join(home), &mut files);
        files.sort();
        for file in files {
            let messages = Messages::of(&file);
            if !messages.found.is_empty() {
                let name = file.strip_prefix(root).unwrap().display();
                pinned.push_str(&format!("{name}\n{}\n", messages.found));
            }
        }
    }
    insta::assert_snapshot!(pinned);
}

#[test]
fn every_diagnostic_begins_with_a_summary_of_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    rust_files(&root.join("src/provider"), &mut files);
    let mut severities: BTreeMap<String, String> = BTreeMap::new();
    for file in files {
        let messages = Messages::of(&file);
        for (severity, summary) in messages.summaries {
            assert!(!summary.ends_with('.'), "a summary is a title: {summary:?}");
            assert!(summary.len() <= 60, "a summary is short: {summary:?}");
            let known = severities.entry(summary.clone()).or_insert_with(|| severity.clone());
            assert_eq!(*known, severity, "{summary:?} is an error in one place and a warning in another");
        }
    }
    assert!(severities.len() > 40, "the sources are read: {severities:?}");
}

#[test]
fn a_diagnostic_whose_summary_is_made_elsewhere_is_known_by_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    HOMES.iter().for_each(|home| rust_files(&root.join(home), &mut files));
    files.sort();
    let passed_on = files.iter().flat_map(|file| {
        let name = file.strip_prefix(root).unwrap().display().to_string();
        Messages::of(file).passed_on.into_iter().map(move |summary| (name.clone(), summary))
    });
    let passed_on: Vec<_> = passed_on.collect();
    // What is formatted is pinned as a text, and what is passed on stands where it is passed from.
    let known = [
        ("src/framework/server/mod.rs", r#"format ! ("Provider has no {kind} {name}")"#),
        ("src/framework/server/wire.rs", r#"format ! ("Could not read the {what}")"#),
        ("src/provider/diagnostics.rs", r#"format ! ("Could not {doing}")"#),
        ("src/provider/okta_integration/capabilities.rs", "summary"),
        ("src/provider/okta_integration/once.rs", "diagnostic . summary ()"),
        ("src/provider/user.rs", "summary"),
    ];
    assert_eq!(passed_on, known.map(|(file, summary)| (file.to_owned(), summary.to_owned())));
}

#[test]
fn every_heading_of_the_troubleshooting_guide_is_a_message() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    HOMES.iter().for_each(|home| rust_files(&root.join(home), &mut files));
    let found: String = files.iter().map(|file| Messages::of(file).found).collect();
    let guide = std::fs::read_to_string(root.join("docs/guides/troubleshooting.md")).unwrap();
    let headings: Vec<&str> = guide.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    assert!(headings.len() > 30, "{headings:?}");
    for heading in headings {
        // What a summary is put together of stands apart in the sources.
        let text = heading.strip_prefix("Could not ").filter(|_| heading.contains("sign in")).unwrap_or(heading);
        let text = text.trim_end_matches('…');
        assert!(found.contains(&format!("    {text}")), "no message is {heading:?}");
    }
}

/// Texts of one file, in their order, without those of tests, attributes, documentation and logs.
#[derive(Default)]
struct Messages {
    found: String,
    summaries: Vec<(String, String)>,
    /// What stands in the place of a summary that is no literal.
    passed_on: Vec<String>,
}

impl Messages {
    fn of(file: &Path) -> Self {
        let mut messages = Self::default();
        messages.read(std::fs::read_to_string(file).unwrap().parse().unwrap());
        messages
    }

    fn read(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        // The last names, to know where a text stands.
        let mut names: [String; 2] = Default::default();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(mark) if mark.as_char() == '#' => {
                    // Inner attributes have a mark of their own.
                    tokens.next_if(|next| matches!(next, TokenTree::Punct(mark) if mark.as_char() == '!'));
                    let Some(TokenTree::Group(attribute)) = tokens.next() else { continue };
                    if attribute.stream().to_string().replace(' ', "").starts_with("cfg(test") {
                        // What a test is made of ends with its braces or, where it has none, with a semicolon.
                        for token in tokens.by_ref() {
                            match token {
                                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
                                TokenTree::Punct(mark) if mark.as_char() == ';' => break,
                                _ => {}
                            }
                        }
                    } else if attribute.stream().to_string().starts_with("error") {
                        // The text of an error type.
                        self.read(attribute.stream());
                    }
                }
                TokenTree::Ident(name) => {
                    let name = name.to_string();
                    names = [std::mem::take(&mut names[1]), name];
                }
                TokenTree::Group(group) => {
                    let [before, last] = &names;
                    let is_log = matches!(before.as_str(), "tracing")
                        || matches!(last.as_str(), "debug" | "info" | "trace" | "unreachable" | "span");
                    let is_diagnostic = before == "Diagnostic" && matches!(last.as_str(), "error" | "warning");
                    if is_diagnostic {
                        self.found.push_str(&format!("  {last}\n"));
                        let argument = group.stream().into_iter();
                        let argument = argument
                            .take_while(|token| !matches!(token, TokenTree::Punct(mark) if mark.as_char() == ','));
                        match argument.collect::<Vec<_>>().as_slice() {
                            [TokenTree::Literal(summary)] => {
                                self.summaries.push((last.clone(), content(&summary.to_string())));
                            }
                            other => self.passed_on.push(other.iter().cloned().collect::<TokenStream>().to_string()),
                        }
                    }
                    if !is_log {
                        self.read(group.stream());
                    }
                }
                TokenTree::Literal(literal) => {
                    let text = content(&literal.to_string());
                    let is_summary = matches!(self.summaries.last(), Some((_, summary)) if *summary == text);
                    if is_summary || text.split_whitespace().count() >= FEWEST_WORDS {
                        self.found.push_str(&format!("    {text}\n"));
                    }
                }
                TokenTree::Punct(_) => {}
            }
        }
    }
}

/// What a text literal says, on one line; nothing for other literals.
fn content(literal: &str) -> String {
    let Some(text) = literal.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else { return String::new() };
    let lines = text.replace("\\\n", " ").replace("\\n", " ⏎ ").replace("\\\"", "\"");
    lines.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn rust_files(folder: &Path, into: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.is_dir() {
            rust_files(&path, into);
        } else if name.ends_with(".rs")
            && !matches!(name.as_str(), "tests.rs" | "properties.rs" | "fake.rs" | "testing.rs" | "core_conformance.rs")
        {
            into.push(path);
        }
    }
}
