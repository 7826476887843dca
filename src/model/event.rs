//! What callgrind simulates beside instructions, when it is asked to.

/// An event of a simulated cache or branch predictor, by callgrind's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// Data reads.
    Dr,
    /// Data writes.
    Dw,
    /// Instructions not in the first cache.
    I1mr,
    /// Data reads that were not in the first cache.
    D1mr,
    /// Data writes that were not in the first cache.
    D1mw,
    /// Instructions not in the last cache.
    ILmr,
    /// Data reads that were not in the last cache.
    DLmr,
    /// Data writes that were not in the last cache.
    DLmw,
    /// Instructions not in the last cache, for which changed data had to leave it.
    ILdmr,
    /// Data reads that were not in the last cache, for which changed data had to leave it.
    DLdmr,
    /// Data writes that were not in the last cache, for which changed data had to leave it.
    DLdmw,
    /// Temporal locality: accesses of lines of the first cache before they left it.
    AcCost1,
    /// Spatial locality: bytes of lines of the first cache that nobody accessed.
    SpLoss1,
    /// Temporal locality of the last cache.
    AcCost2,
    /// Spatial locality of the last cache.
    SpLoss2,
    /// Conditional branches.
    Bc,
    /// Conditional branches that were not as predicted.
    Bcm,
    /// Indirect branches.
    Bi,
    /// Indirect branches that were not as predicted.
    Bim,
    /// Instructions that lock the bus.
    Ge,
}

impl Event {
    /// All of them, in callgrind's order.
    pub const ALL: [Self; 20] = [
        Self::Dr,
        Self::Dw,
        Self::I1mr,
        Self::D1mr,
        Self::D1mw,
        Self::ILmr,
        Self::DLmr,
        Self::DLmw,
        Self::ILdmr,
        Self::DLdmr,
        Self::DLdmw,
        Self::AcCost1,
        Self::SpLoss1,
        Self::AcCost2,
        Self::SpLoss2,
        Self::Bc,
        Self::Bcm,
        Self::Bi,
        Self::Bim,
        Self::Ge,
    ];

    /// callgrind's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dr => "Dr",
            Self::Dw => "Dw",
            Self::I1mr => "I1mr",
            Self::D1mr => "D1mr",
            Self::D1mw => "D1mw",
            Self::ILmr => "ILmr",
            Self::DLmr => "DLmr",
            Self::DLmw => "DLmw",
            Self::ILdmr => "ILdmr",
            Self::DLdmr => "DLdmr",
            Self::DLdmw => "DLdmw",
            Self::AcCost1 => "AcCost1",
            Self::SpLoss1 => "SpLoss1",
            Self::AcCost2 => "AcCost2",
            Self::SpLoss2 => "SpLoss2",
            Self::Bc => "Bc",
            Self::Bcm => "Bcm",
            Self::Bi => "Bi",
            Self::Bim => "Bim",
            Self::Ge => "Ge",
        }
    }

    /// The event of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_apart_even_where_case_does_not_count() {
        let names = Event::ALL.map(|event| event.name().to_lowercase());
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert!(Event::ALL.is_sorted());
        assert_eq!(Event::from_name("D1mr"), Some(Event::D1mr));
        assert_eq!(Event::from_name("Ir"), None);
    }
}
