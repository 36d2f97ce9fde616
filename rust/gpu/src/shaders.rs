//! The templates, by their names in `shaders/`, and the functions that they may call.

use rustc_hash::FxHashMap;
use std::sync::OnceLock;

pub const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/shaders.rs"));

pub fn text(name: &str) -> &'static str {
    let found = FILES.binary_search_by_key(&name, |(name, _)| name);
    FILES[found.unwrap_or_else(|_| panic!("there is no shader {name}"))].1
}

/// A function or structure of the prelude, and the items that it names.
struct Item {
    text: &'static str,
    names: Vec<usize>,
}

struct Prelude {
    items: Vec<Item>,
    by_name: FxHashMap<&'static str, usize>,
}

impl Prelude {
    /// Of `prelude.wgsl` and the files of `prelude/`: every item begins with its first word, and ends with a brace, at
    /// the margin.
    fn read() -> Prelude {
        let texts = FILES.iter().filter(|(name, _)| name.starts_with("prelude"));
        let mut items = Vec::new();
        let mut by_name = FxHashMap::default();
        for (_, file) in texts {
            let mut begin = None;
            let mut at = 0;
            for line in file.split_inclusive('\n') {
                let name = line.strip_prefix("fn ").or_else(|| line.strip_prefix("struct "));
                if let Some(name) = name.and_then(|rest| words(rest).next()) {
                    begin = Some(at);
                    by_name.insert(name, items.len());
                }
                at += line.len();
                if let (Some(begin), true) = (begin, line.starts_with('}')) {
                    let text = &file[begin..at];
                    items.push(Item { text, names: vec![] });
                }
            }
        }
        for item in &mut items {
            item.names = words(item.text)
                .filter_map(|word| by_name.get(word).copied())
                .collect();
        }
        Prelude { items, by_name }
    }
}

/// What `text` calls of the prelude, and what that calls: a compiler reads no more than a module needs.
pub fn prelude(text: &str) -> String {
    static PRELUDE: OnceLock<Prelude> = OnceLock::new();
    let prelude = PRELUDE.get_or_init(Prelude::read);
    let mut is_needed = vec![false; prelude.items.len()];
    let mut left: Vec<usize> = words(text)
        .filter_map(|word| prelude.by_name.get(word).copied())
        .collect();
    while let Some(i) = left.pop() {
        if !std::mem::replace(&mut is_needed[i], true) {
            left.extend(&prelude.items[i].names);
        }
    }
    let needed = prelude
        .items
        .iter()
        .zip(&is_needed)
        .filter(|(_, is_needed)| **is_needed);
    needed.map(|(item, _)| item.text).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_have_what_they_call_of_the_prelude() {
        let items = |text: &str| {
            let found = prelude(text);
            let heads = found.lines().filter(|line| !line.starts_with([' ', '}']));
            heads
                .map(|head| words(head).nth(1).unwrap_or_default().to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(items("let y = x + 1.0;"), Vec::<String>::new());
        assert_eq!(items("nan_f32()"), ["nan_f32"]);
        assert_eq!(items("let d = fmod_i64(a, b);").last().unwrap(), "fmod_i64");
        assert!(items("fmod_i64").contains(&"Division".to_string()));
    }

    #[test]
    fn the_prelude_is_nothing_but_items_and_comments() {
        let known = Prelude::read();
        for (_, file) in FILES.iter().filter(|(name, _)| name.starts_with("prelude")) {
            let at_margin = file
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with([' ', '}']));
            for line in at_margin.filter(|line| !line.starts_with("//")) {
                let name = words(line).nth(1).unwrap_or_default();
                assert!(known.by_name.contains_key(name), "{line}");
            }
        }
    }
}
