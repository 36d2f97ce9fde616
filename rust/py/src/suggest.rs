//! The name that a misspelt one was probably meant to be.

/// The closest of `names`, if a third of the letters or fewer differ.
pub fn closest<'a>(word: &str, names: &[&'a str]) -> Option<&'a str> {
    let (distance, name) = names.iter().map(|name| (distance(word, name), *name)).min()?;
    (3 * distance <= word.len().max(name.len())).then_some(name)
}

/// Letters to insert, delete or exchange (Levenshtein, 1966), or neighbours to swap (Damerau, 1964).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let above = &rows[i - 1];
            let exchanged = above[j - 1] + (a[i - 1] != b[j - 1]) as usize;
            let mut least = exchanged.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}
