//! What callgrind simulates, by its options.

use crate::model::{Event, SortFew as _};

use Event::{
    AcCost1, AcCost2, Bc, Bcm, Bi, Bim, D1mr, D1mw, DLdmr, DLdmw, DLmr, DLmw, Dr, Dw, Ge, I1mr,
    ILdmr, ILmr, SpLoss1, SpLoss2,
};

/// Options that simulate caches, and what each tells of them beside [`CACHES`].
const OF_CACHES: [(&str, &[Event]); 5] = [
    ("--cache-sim=yes", &[]),
    ("--simulate-cache=yes", &[]),
    ("--simulate-hwpref=yes", &[]),
    ("--simulate-wb=yes", &[ILdmr, DLdmr, DLdmw]),
    ("--cacheuse=yes", &[AcCost1, SpLoss1, AcCost2, SpLoss2]),
];

/// What is counted of simulated caches.
const CACHES: [Event; 8] = [Dr, Dw, I1mr, D1mr, D1mw, ILmr, DLmr, DLmw];

/// Other options, and what they count.
const OTHERS: [(&str, &[Event]); 2] =
    [("--branch-sim=yes", &[Bc, Bcm, Bi, Bim]), ("--collect-bus=yes", &[Ge])];

/// What callgrind counts beside instructions when it is given these options.
pub(super) fn simulated(options: &[String]) -> Vec<Event> {
    let is_given = |option: &str| options.iter().any(|given| given == option);
    let mut events = Vec::new();
    for (_, beside) in OF_CACHES.iter().filter(|(option, _)| is_given(option)) {
        events.extend(CACHES.iter().chain(*beside));
    }
    for (_, counted) in OTHERS.iter().filter(|(option, _)| is_given(option)) {
        events.extend(*counted);
    }
    events.sort_few();
    events.dedup();
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_those_that_callgrind_says() {
        // The line `events` of `valgrind --tool=callgrind OPTIONS true`, 3.19, without `Ir`.
        let known = [
            ("", ""),
            ("--cache-sim=yes", "Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw"),
            ("--cache-sim=no --cacheuse=no", ""),
            ("--simulate-wb=yes", "Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw ILdmr DLdmr DLdmw"),
            ("--branch-sim=yes --collect-bus=yes", "Bc Bcm Bi Bim Ge"),
            (
                "--cacheuse=yes --cache-sim=yes --D1=32768,8,64",
                "Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw AcCost1 SpLoss1 AcCost2 SpLoss2",
            ),
        ];
        for (options, expected) in known {
            let options: Vec<String> = options.split_whitespace().map(str::to_owned).collect();
            let events: Vec<&str> = simulated(&options).into_iter().map(Event::name).collect();
            assert_eq!(events.join(" "), expected, "{options:?}");
        }
    }
}
