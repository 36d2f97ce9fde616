//! The templates, by their names in `shaders/`.

const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/shaders.rs"));

/// What every module starts with: `prelude.wgsl`, then the files of `prelude/`.
pub fn prelude() -> impl Iterator<Item = &'static str> {
    let files = FILES.iter().filter(|(name, _)| name.starts_with("prelude"));
    files.map(|(_, text)| *text)
}

pub fn text(name: &str) -> &'static str {
    let found = FILES.binary_search_by_key(&name, |(name, _)| name);
    FILES[found.unwrap_or_else(|_| panic!("there is no shader {name}"))].1
}
