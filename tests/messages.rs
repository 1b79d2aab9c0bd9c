//! All texts that the provider shows to users, as a snapshot: a changed or new message appears in a review.
//!
//! The texts are read from the sources: the summary of each diagnostic, and each text of at least three words. Other tests
//! cover the values that are inserted, and the conditions under which a message appears.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue must stop with the location")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Shorter texts are names and fragments.
const MIN_WORDS: usize = 3;

/// Folders with user-visible texts. Diagnostics quote the errors of the clients.
const FOLDERS: [&str; 6] = [
    "src/provider",
    "src/framework",
    "crates/conductorone-client/src",
    "crates/okta-client/src",
    "crates/okta-inventory/src",
    "crates/service-http/src",
];

/// Files that only tests compile.
const TEST_FILES: [&str; 4] = ["tests.rs", "properties.rs", "fake.rs", "testing.rs"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the messages of each file, by its path from the root.
fn messages() -> Vec<(String, Messages)> {
    let files = FOLDERS.iter().flat_map(|folder| files(&root().join(folder), "rs"));
    let files = files.filter(|file| !TEST_FILES.iter().any(|name| file.ends_with(name)));
    let messages = files.map(|file| (file.strip_prefix(root()).unwrap().display().to_string(), Messages::of(&file)));
    messages.collect()
}

#[test]
fn every_message_is_pinned() {
    let messages = messages().into_iter().filter(|(_, messages)| !messages.found.is_empty());
    let pinned: String = messages.map(|(file, messages)| format!("{file}\n{}\n", messages.found)).collect();
    insta::assert_snapshot!(pinned);
}

#[test]
fn summaries_are_short_titles_with_one_severity() {
    let mut severities: BTreeMap<String, String> = BTreeMap::new();
    for (file, messages) in messages().into_iter().filter(|(file, _)| file.starts_with("src/provider")) {
        for (severity, summary) in messages.summaries {
            assert!(!summary.ends_with('.'), "{file}: a summary has no full stop: {summary:?}");
            assert!(summary.len() <= 60, "{file}: a summary has at most 60 characters: {summary:?}");
            let known = severities.entry(summary.clone()).or_insert_with(|| severity.clone());
            assert_eq!(*known, severity, "{file}: {summary:?} is an error in one place and a warning in another");
        }
    }
    assert!(severities.len() > 40, "the sources are read: {severities:?}");
}

/// Each of these places computes its summary. The texts themselves are in the first snapshot.
#[test]
fn every_computed_summary_is_pinned() {
    let messages = messages().into_iter();
    let computed = messages.flat_map(|(file, messages)| {
        messages.computed.into_iter().map(move |expression| format!("{file}: {expression}\n"))
    });
    insta::assert_snapshot!(computed.collect::<String>());
}

#[test]
fn headings_of_the_troubleshooting_guide_are_messages() {
    let found: String = messages().into_iter().map(|(_, messages)| messages.found).collect();
    let guide = std::fs::read_to_string(root().join("docs/guides/troubleshooting.md")).unwrap();
    let headings: Vec<&str> = guide.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    assert!(headings.len() > 30, "{headings:?}");
    for heading in headings {
        // The sources contain the prefix of this summary separately.
        let text = heading.strip_prefix("Could not ").filter(|_| heading.contains("sign in")).unwrap_or(heading);
        let text = text.trim_end_matches('…');
        assert!(found.contains(&format!("    {text}")), "no message contains {heading:?}");
    }
}

/// Words of sentences without an actor or with data as the actor. CONTRIBUTING.md describes how to write.
const WORDS_TO_AVOID: [&str; 8] =
    ["whoever", "somebody", "nobody", "is told", "tells of", "stands in", "all the same", "anew"];

#[test]
fn sources_and_pages_avoid_sentences_without_an_actor() {
    let folders = ["src", "crates", "tests", "benches", "xtask", "fuzz", "proto", "docs", "examples", "templates"];
    let mut documents: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| ["rs", "md", "proto"].map(|kind| files(&root().join(folder), kind)))
        .flatten()
        .collect();
    assert!(documents.len() > 200, "the sources are read: {}", documents.len());
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"] {
        documents.push(root().join(name));
    }
    // This file contains the list.
    documents.retain(|file| *file != root().join(file!()));
    let mut found = Vec::new();
    for file in documents {
        for (number, line) in std::fs::read_to_string(&file).unwrap().lines().enumerate() {
            if let Some(word) = WORDS_TO_AVOID.iter().find(|word| contains_word(&line.to_lowercase(), word)) {
                let file = file.strip_prefix(root()).unwrap().display();
                found.push(format!("{file}:{}: {word}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{} lines:\n{}", found.len(), found.join("\n"));
}

/// Returns true if a text contains a word or phrase that is not part of a longer word.
fn contains_word(text: &str, word: &str) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).any(|(start, _)| {
        let (before, after) = (&text[..start], &text[start + word.len()..]);
        !before.ends_with(is_word) && !after.starts_with(is_word)
    })
}

/// The texts of one file in source order, without those of tests, attributes, documentation and logs.
#[derive(Default)]
struct Messages {
    found: String,
    summaries: Vec<(String, String)>,
    /// Expressions of summaries that are not literals.
    computed: Vec<String>,
}

impl Messages {
    fn of(file: &Path) -> Self {
        let mut messages = Self::default();
        messages.read(std::fs::read_to_string(file).unwrap().parse().unwrap());
        messages
    }

    fn read(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        // The last two names, which identify the call that contains a text.
        let mut names: [String; 2] = Default::default();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(mark) if mark.as_char() == '#' => {
                    // Inner attributes contain an exclamation mark.
                    tokens.next_if(|next| matches!(next, TokenTree::Punct(mark) if mark.as_char() == '!'));
                    let Some(TokenTree::Group(attribute)) = tokens.next() else { continue };
                    if attribute.stream().to_string().replace(' ', "").starts_with("cfg(test") {
                        // An item ends with its braces or, without braces, with a semicolon.
                        for token in tokens.by_ref() {
                            match token {
                                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
                                TokenTree::Punct(mark) if mark.as_char() == ';' => break,
                                _ => {}
                            }
                        }
                    } else if attribute.stream().to_string().starts_with("error") {
                        // The message of an error type.
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
                            other => self.computed.push(other.iter().cloned().collect::<TokenStream>().to_string()),
                        }
                    }
                    if !is_log {
                        self.read(group.stream());
                    }
                }
                TokenTree::Literal(literal) => {
                    let text = content(&literal.to_string());
                    let is_summary = matches!(self.summaries.last(), Some((_, summary)) if *summary == text);
                    if is_summary || text.split_whitespace().count() >= MIN_WORDS {
                        self.found.push_str(&format!("    {text}\n"));
                    }
                }
                TokenTree::Punct(_) => {}
            }
        }
    }
}

/// Returns the value of a string literal on one line, or an empty string for other literals.
fn content(literal: &str) -> String {
    let Some(text) = literal.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else { return String::new() };
    let lines = text.replace("\\\n", " ").replace("\\n", " ⏎ ").replace("\\\"", "\"");
    lines.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns all files with this extension in a folder and its subfolders, sorted. Build output is skipped.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            found.extend(files(&path, extension));
        } else if path.is_file() && path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}
