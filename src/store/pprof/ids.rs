//! pprof's ids: any number but 0, though nearly always 1, 2, 3, ….

use std::collections::HashMap;

use super::error::PprofError;

/// Where the entry with an id is in its table.
#[derive(Debug)]
pub(super) enum Ids {
    /// By id; `u32::MAX` where there is none.
    Dense(Vec<u32>),
    /// Any ids. Not a `FastMap`: who wrote the file chose the keys.
    Sparse(HashMap<u64, u32>),
}

impl Ids {
    /// # Errors
    /// An id that is 0 or given twice.
    pub(super) fn new(
        what: &'static str,
        ids: impl ExactSizeIterator<Item = u64> + Clone,
    ) -> Result<Self, PprofError> {
        let twice = |id| PprofError::invalid(format!("two {what}s have the id {id}"));
        let count = ids.len();
        let highest = ids.clone().max().unwrap_or(0);
        if ids.clone().any(|id| id == 0) {
            return Err(PprofError::invalid(format!("a {what} has the id 0")));
        }
        if highest <= 2 * count as u64 + 64 {
            let mut table = vec![u32::MAX; highest as usize + 1];
            for (index, id) in ids.enumerate() {
                if std::mem::replace(&mut table[id as usize], index as u32) != u32::MAX {
                    return Err(twice(id));
                }
            }
            return Ok(Self::Dense(table));
        }
        let mut table = HashMap::with_capacity(count);
        for (index, id) in ids.enumerate() {
            if table.insert(id, index as u32).is_some() {
                return Err(twice(id));
            }
        }
        Ok(Self::Sparse(table))
    }

    /// The index of the entry with this id.
    #[inline]
    pub(super) fn get(&self, id: u64) -> Option<usize> {
        match self {
            Self::Dense(table) => {
                let index = *table.get(usize::try_from(id).ok()?)?;
                (index != u32::MAX).then_some(index as usize)
            }
            Self::Sparse(table) => table.get(&id).map(|&index| index as usize),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dense_and_sparse_ids_are_found() {
        for ids in [vec![3, 1, 2], vec![7, u64::MAX, 1 << 40]] {
            let table = Ids::new("thing", ids.iter().copied()).unwrap();
            for (index, &id) in ids.iter().enumerate() {
                assert_eq!(table.get(id), Some(index));
            }
            for missing in [0, 5, u64::MAX - 1] {
                assert_eq!(table.get(missing), None);
            }
        }
    }

    #[test]
    fn zero_and_repeated_ids_are_refused() {
        for bad in [vec![0], vec![1, 1], vec![1 << 40, 1 << 40]] {
            assert!(Ids::new("thing", bad.into_iter()).is_err());
        }
    }
}
