//! Moved to another crate: `levenshtein`, and what only it needs.

pub fn of_neighbours(lines: &[String]) -> u64 {
    lines.windows(2).map(|pair| levenshtein(pair[0].as_bytes(), pair[1].as_bytes())).sum()
}

#[inline(never)]
pub fn levenshtein(a: &[u8], b: &[u8]) -> u64 {
    let mut row: Vec<u64> = (0..=b.len() as u64).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i as u64 + 1;
        for (j, &y) in b.iter().enumerate() {
            let least = cheapest(diagonal + u64::from(x != y), row[j], row[j + 1]);
            diagonal = row[j + 1];
            row[j + 1] = least;
        }
    }
    row[b.len()]
}

#[inline]
fn cheapest(replaced: u64, inserted: u64, removed: u64) -> u64 {
    replaced.min(inserted.min(removed) + 1)
}
