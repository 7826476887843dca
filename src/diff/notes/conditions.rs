//! Notes on the states that the machine was in, where both are known.

use super::Notes;
use crate::diff::pace::apart;
use crate::diff::timing::FLOOR;
use crate::model::{Capture, Severity};

/// From this difference on, in shares of the machine's CPUs, one side's runs met a busier machine.
const BUSIER: f64 = 0.25;
/// From this difference on, in shares of CPU time, the hypervisor treated the sides differently.
const STOLEN: f64 = 0.03;

/// What differs of settings, and of load.
pub(super) fn on_conditions(base: &Capture, new: &Capture, notes: &mut Notes) {
    let (a, b) = (&base.machine.conditions, &new.machine.conditions);
    let consequence = "Times may differ for that alone.";
    let mut words = |level, what: &str, a: &Option<String>, b: &Option<String>| {
        if let (Some(a), Some(b)) = (a, b) {
            notes.differ((level, "conditions"), what, (a, b), consequence);
        }
    };
    let governors = "Governors of the CPUs' frequency differ";
    words(Severity::Warn, governors, &a.governor, &b.governor);
    words(Severity::Warn, "Virtual machines differ", &a.hypervisor, &b.hypervisor);
    words(Severity::Warn, "Containers differ", &a.container, &b.container);
    words(Severity::Warn, "Clock sources differ", &a.clock_source, &b.clock_source);
    words(Severity::Note, "Settings of huge pages differ", &a.huge_pages, &b.huge_pages);
    let mut switch = |level, what: &str, names: [&'static str; 2], a, b| {
        if let (Some(a), Some(b)) = (a, b) {
            let named = [a, b].map(|on: bool| names[usize::from(on)]);
            notes.differ((level, "conditions"), what, (named[0], named[1]), consequence);
        }
    };
    let names = ["off", "on"];
    switch(Severity::Warn, "Turbo differs", names, a.turbo, b.turbo);
    switch(Severity::Warn, "SMT differs", names, a.smt, b.smt);
    switch(Severity::Warn, "Power differs", ["mains", "battery"], a.battery, b.battery);
    switch(Severity::Note, "Randomisation of addresses differs", names, a.aslr, b.aslr);
    // No limit is none only where limits are known at all.
    if a.container.is_some() && b.container.is_some() {
        let named = |limit: Option<f64>| limit.map_or("none".to_owned(), |cpus| cpus.to_string());
        let limits = (named(a.cpu_limit), named(b.cpu_limit));
        let what = "Limits on CPUs' worth of time differ";
        notes.differ((Severity::Warn, "conditions"), what, limits, consequence);
    }
    if let (Some(before), Some(now)) = (a.busy_cpus, b.busy_cpus) {
        let cores = f64::from(base.machine.cores.max(new.machine.cores).max(1));
        if (now - before).abs() >= BUSIER * cores {
            let message = format!(
                "Other processes used {before:.1} CPUs when the base capture began, and {now:.1} when the new one did. {consequence}"
            );
            notes.add(Severity::Warn, "conditions", message);
        }
    }
    if let (Some(before), Some(now)) = (a.steal_share, b.steal_share)
        && (now - before).abs() >= STOLEN
    {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        let message = format!(
            "The hypervisor gave {} of the machine's CPU time to others when the base capture began, and {} when the new one did. {consequence}",
            percent(before),
            percent(now)
        );
        notes.add(Severity::Warn, "conditions", message);
    }
    if let Some(apart) = apart(a, b) {
        let word = if apart > 0.0 { "slower" } else { "faster" };
        let percent = 100.0 * apart.exp_m1().abs();
        let least = 100.0 * FLOOR * apart.abs();
        let message = format!(
            "By a fixed piece of work around each run, the machine was {percent:.1} % {word} when the new capture was made. {consequence} No change below {least:.1} % is called one."
        );
        notes.add(Severity::Warn, "pace", message);
    }
}

#[cfg(test)]
mod tests {
    use super::super::notes;
    use crate::diff::fixture::capture;
    use crate::model::{Conditions, Pace, Severity, Span};

    /// Level and message of what is told of two states.
    fn told(base: Conditions, new: Conditions) -> Vec<(Severity, String)> {
        let [mut a, mut b] = [capture(), capture()];
        (a.machine.conditions, b.machine.conditions) = (base, new);
        let notes = notes(&a, &b, &[]);
        assert!(notes.iter().all(|note| note.check == "conditions"));
        notes.into_iter().map(|note| (note.severity, note.found)).collect()
    }

    fn known() -> Conditions {
        Conditions {
            governor: Some("powersave".into()),
            turbo: Some(true),
            container: Some("none".into()),
            huge_pages: Some("always".into()),
            busy_cpus: Some(0.1),
            steal_share: Some(0.001),
            ..Conditions::default()
        }
    }

    #[test]
    fn a_machine_that_was_slower_is_told() {
        let at = |ns: f64| {
            let span = Span { typical_ns: ns, low_ns: 0.99 * ns, high_ns: 1.01 * ns };
            let pace = Pace { kernel: "k".into(), latency: span, throughput: span };
            Conditions { pace: Some(pace), ..known() }
        };
        let of = |base: f64, new: f64| {
            let [mut a, mut b] = [capture(), capture()];
            (a.machine.conditions, b.machine.conditions) = (at(base), at(new));
            let notes = notes(&a, &b, &[]);
            notes
                .into_iter()
                .map(|note| (note.check, note.severity, note.found))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(1000.0, 1010.0), []);
        let told = of(1000.0, 1080.0);
        assert_eq!((told.len(), told[0].0, told[0].1), (1, "pace", Severity::Warn));
        // 5.1 ln(1.08)
        let words = "was 8.0 % slower when the new capture was made. Times may differ for that \
                     alone. No change below 39.3 % is called one.";
        assert!(told[0].2.ends_with(words), "{told:?}");
        assert!(of(1000.0, 900.0)[0].2.contains("was 10.0 % faster when the new capture"));
    }

    #[test]
    fn what_is_alike_or_unknown_is_not_told() {
        assert_eq!(told(known(), known()), []);
        assert_eq!(told(known(), Conditions::default()), []);
        let slightly = Conditions { busy_cpus: Some(1.0), steal_share: Some(0.02), ..known() };
        assert_eq!(told(known(), slightly), []);
    }

    #[test]
    fn each_difference_is_told() {
        let change = |change: fn(&mut Conditions)| {
            let mut new = known();
            change(&mut new);
            let mut all = told(known(), new);
            assert_eq!(all.len(), 1, "{all:?}");
            all.remove(0)
        };
        assert_eq!(
            change(|c| c.governor = Some("performance".into())),
            (
                Severity::Warn,
                "Governors of the CPUs' frequency differ: powersave before, performance now. \
                 Times may differ for that alone."
                    .to_owned()
            )
        );
        let (level, message) = change(|c| c.turbo = Some(false));
        assert!(
            level == Severity::Warn && message.starts_with("Turbo differs: on before, off now.")
        );
        let (level, _) = change(|c| c.huge_pages = Some("never".into()));
        assert_eq!(level, Severity::Note);
        let (_, message) = change(|c| c.cpu_limit = Some(0.5));
        assert!(message.contains("none before, 0.5 now"), "{message}");
        // The fixture has four CPUs.
        let (_, message) = change(|c| c.busy_cpus = Some(3.0));
        assert!(message.contains("used 0.1 CPUs") && message.contains("3.0"), "{message}");
        let (_, message) = change(|c| c.steal_share = Some(0.08));
        assert!(message.contains("0.1 %") && message.contains("8.0 %"), "{message}");
    }
}
