//! The import graph of a crate: its modules, and the modules that each one imports from.
//!
//! Paths that start with `crate`, `super` or `self` are resolved to the module that defines the item; explicit re-exports
//! are followed. Code for tests is skipped. Imports of a module from its own descendants are not edges, because a parent
//! module assembles its children.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// A module's path from the crate root, which itself is empty.
pub type ModulePath = Vec<String>;

/// A module that has a file of its own.
#[derive(Default)]
struct Module {
    file: PathBuf,
    /// Paths that the module uses, absolute from the crate root.
    uses: BTreeSet<ModulePath>,
    /// Absolute paths of re-exported and imported items by the names that they have in this module.
    names: BTreeMap<String, ModulePath>,
}

/// All modules of a crate.
pub struct ImportGraph {
    modules: BTreeMap<ModulePath, Module>,
}

impl ImportGraph {
    /// Reads a crate from its root file.
    pub fn of_crate(root: &Path) -> Self {
        let mut graph = Self { modules: BTreeMap::new() };
        graph.read(root.to_owned(), ModulePath::new());
        graph
    }

    fn read(&mut self, file: PathBuf, path: ModulePath) {
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut reader = Reader { module: Module { file: file.clone(), ..Module::default() }, files: Vec::new() };
        reader.read(tokens, &path);
        let is_root = file.file_name().is_some_and(|name| name == "mod.rs" || name == "lib.rs" || name == "main.rs");
        let folder = if is_root { file.parent().unwrap().to_owned() } else { file.with_extension("") };
        let children = std::mem::take(&mut reader.files);
        self.modules.insert(path.clone(), reader.module);
        for child in children {
            let (flat, nested) = (folder.join(format!("{child}.rs")), folder.join(&child).join("mod.rs"));
            self.read(if flat.exists() { flat } else { nested }, [path.as_slice(), &[child]].concat());
        }
    }

    /// Returns each module's file and path, and the modules that it imports from.
    pub fn imports(&self) -> impl Iterator<Item = (&Path, &ModulePath, BTreeSet<ModulePath>)> {
        self.modules.iter().map(|(path, module)| (module.file.as_path(), path, self.edges(path, module)))
    }

    /// Returns the modules that a module imports from, without its descendants.
    fn edges(&self, path: &ModulePath, module: &Module) -> BTreeSet<ModulePath> {
        let targets = module.uses.iter().map(|used| self.defining_module(used, 0));
        targets.filter(|target| !target.starts_with(path)).collect()
    }

    /// Resolves a path to the module that defines its item.
    fn defining_module(&self, used: &[String], depth: u32) -> ModulePath {
        let mut module = ModulePath::new();
        for (place, segment) in used.iter().enumerate() {
            let child = [module.as_slice(), std::slice::from_ref(segment)].concat();
            if self.modules.contains_key(&child) {
                module = child;
                continue;
            }
            let reexported = self.modules.get(&module).and_then(|module| module.names.get(segment));
            // A name that is imported under itself has no other definition; the limit only guards against a loop.
            return match reexported {
                Some(target) if depth < 8 && *target != used[..=place] => {
                    self.defining_module(&[target, &used[place + 1..]].concat(), depth + 1)
                }
                _ => module,
            };
        }
        module
    }

    /// Returns the strongly connected components of several modules, each as a cycle with the files involved.
    pub fn cycles(&self) -> Vec<String> {
        let edges: BTreeMap<&ModulePath, BTreeSet<ModulePath>> =
            self.modules.iter().map(|(path, module)| (path, self.edges(path, module))).collect();
        let reachable: BTreeMap<&ModulePath, BTreeSet<&ModulePath>> = edges
            .keys()
            .map(|&start| {
                let (mut seen, mut pending) = (BTreeSet::new(), vec![start]);
                while let Some(module) = pending.pop() {
                    pending.extend(edges[module].iter().filter(|target| seen.insert(*target)));
                }
                (start, seen)
            })
            .collect();
        let mut cycles = Vec::new();
        let mut reported = BTreeSet::new();
        for (&start, targets) in &reachable {
            if targets.contains(start) && reported.insert(start) {
                let component = targets.iter().filter(|target| reachable[**target].contains(start));
                reported.extend(component.copied());
                cycles.push(self.shortest_cycle(start, &edges));
            }
        }
        cycles
    }

    /// Describes the shortest cycle through a module.
    fn shortest_cycle(&self, start: &ModulePath, edges: &BTreeMap<&ModulePath, BTreeSet<ModulePath>>) -> String {
        let mut ways: std::collections::VecDeque<Vec<&ModulePath>> = [vec![start]].into();
        let mut seen = BTreeSet::new();
        while let Some(way) = ways.pop_front() {
            for target in &edges[way[way.len() - 1]] {
                if target == start {
                    let files =
                        way.iter().chain([&start]).map(|module| self.modules[*module].file.display().to_string());
                    return files.collect::<Vec<_>>().join("\n  imports from ");
                }
                if seen.insert(target) {
                    ways.push_back(way.iter().copied().chain([target]).collect());
                }
            }
        }
        unreachable!("{start:?} reaches itself")
    }
}

/// Collects the paths of one file.
struct Reader {
    module: Module,
    /// Names of modules in files of their own.
    files: Vec<String>,
}

impl Reader {
    /// Reads the tokens of a module. `path` also contains the names of inline modules.
    fn read(&mut self, tokens: TokenStream, path: &[String]) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(mark) if mark.as_char() == '#' => {
                    tokens.next_if(|next| matches!(next, TokenTree::Punct(mark) if mark.as_char() == '!'));
                    let Some(TokenTree::Group(attribute)) = tokens.next() else { continue };
                    if attribute.stream().to_string().replace(' ', "").starts_with("cfg(test") {
                        skip_item(&mut tokens);
                    }
                }
                TokenTree::Ident(name) if name == "mod" => {
                    let Some(TokenTree::Ident(name)) = tokens.next() else { continue };
                    match tokens.next() {
                        Some(TokenTree::Group(body)) => self.read(body.stream(), &[path, &[name.to_string()]].concat()),
                        _ => self.files.push(name.to_string()),
                    }
                }
                TokenTree::Ident(name) if name == "use" => {
                    let tree: TokenStream = tokens
                        .by_ref()
                        .take_while(|token| !matches!(token, TokenTree::Punct(mark) if mark.as_char() == ';'))
                        .collect();
                    self.read_use(tree, path, &[]);
                }
                TokenTree::Ident(name) if name == "crate" || name == "super" || name == "self" => {
                    let mut segments = vec![name.to_string()];
                    // A path in an expression or a type: every further segment follows two colons.
                    while tokens.next_if(is_path_separator).is_some() {
                        // The second colon.
                        tokens.next();
                        match tokens.next_if(|next| matches!(next, TokenTree::Ident(_))) {
                            Some(segment) => segments.push(segment.to_string()),
                            None => break,
                        }
                    }
                    if segments.len() > 1 {
                        self.module.uses.insert(absolute(&segments, path));
                    }
                }
                TokenTree::Group(group) => self.read(group.stream(), path),
                TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    /// Reads one tree of a `use` declaration after the prefix.
    fn read_use(&mut self, tree: TokenStream, path: &[String], prefix: &[String]) {
        let mut segments = prefix.to_vec();
        let mut alias = None;
        let mut tokens = tree.into_iter();
        let mut ends_in_group = false;
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(name) if name == "as" => alias = tokens.next().map(|name| name.to_string()),
                TokenTree::Ident(name) => segments.push(name.to_string()),
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    ends_in_group = true;
                    let mut branch = TokenStream::new();
                    for token in group.stream() {
                        if matches!(&token, TokenTree::Punct(mark) if mark.as_char() == ',') {
                            self.read_use(std::mem::take(&mut branch), path, &segments);
                        } else {
                            branch.extend([token]);
                        }
                    }
                    if !branch.is_empty() {
                        self.read_use(branch, path, &segments);
                    }
                }
                TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
        if ends_in_group || segments.is_empty() {
            return;
        }
        if segments.len() > 1 && segments[segments.len() - 1] == "self" {
            segments.pop();
        }
        let name = alias.unwrap_or_else(|| segments[segments.len() - 1].clone());
        let target = absolute(&segments, path);
        if ["crate", "super", "self"].contains(&segments[0].as_str()) {
            self.module.uses.insert(target.clone());
        }
        self.module.names.insert(name, target);
    }
}

/// Returns a path from the crate root. A path without a keyword is relative to the module.
fn absolute(segments: &[String], module: &[String]) -> ModulePath {
    let mut base = module.to_vec();
    let mut rest = segments;
    while let Some((first, others)) = rest.split_first() {
        match first.as_str() {
            "crate" => base.clear(),
            "super" => drop(base.pop()),
            "self" => {}
            _ => break,
        }
        rest = others;
    }
    base.extend_from_slice(rest);
    base
}

/// Returns true for the first of two colons, and false for the colon before a type.
fn is_path_separator(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(mark) if mark.as_char() == ':' && mark.spacing() == Spacing::Joint)
}

/// Skips an item after its attribute: to the end of its braces or, without braces, to its semicolon.
fn skip_item(tokens: &mut impl Iterator<Item = TokenTree>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
            TokenTree::Punct(mark) if mark.as_char() == ';' => break,
            _ => {}
        }
    }
}

#[test]
fn cycles_are_found_through_reexports_but_not_between_parent_and_child() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    write("lib.rs", "mod a; mod b; mod c; #[cfg(test)] mod tests;");
    write("a/mod.rs", "mod inner; pub use inner::Inner; pub struct A; fn f(_: inner::Inner) {}");
    write("a/inner.rs", "use super::A; pub struct Inner(crate::b::B);");
    write("b.rs", "pub struct B; mod inline { use super::super::c::{self, C as Alias}; }");
    write("c.rs", "pub struct C; #[cfg(test)] mod tests { use crate::a::A; }");
    let root = folder.path().join("lib.rs");
    assert_eq!(ImportGraph::of_crate(&root).cycles(), [""; 0]);

    write("c.rs", "use crate::{a::{Inner as Renamed, A}, other}; pub struct C;");
    let cycles = ImportGraph::of_crate(&root).cycles();
    let [cycle] = cycles.as_slice() else { panic!("{cycles:?}") };
    for file in ["inner.rs", "b.rs", "c.rs"] {
        assert!(cycle.contains(file), "{cycle}");
    }
}
