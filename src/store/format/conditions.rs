//! The part of a `capture.json` on the state of the machine.

use serde::{Deserialize, Serialize};

use super::number::Number;
use crate::model;

/// Fields are absent where nothing is known.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Conditions {
    #[serde(skip_serializing_if = "Option::is_none")]
    aslr: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    battery: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    busy_cpus: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_limit: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    governor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    huge_pages: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hypervisor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meanwhile: Option<Meanwhile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pace: Option<Pace>,
    #[serde(skip_serializing_if = "Option::is_none")]
    smt: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steal_share: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    turbo: Option<bool>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Meanwhile {
    #[serde(skip_serializing_if = "Option::is_none")]
    busy_cpus: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steal_share: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    throttled: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct Pace {
    kernel: String,
    latency: Span,
    throughput: Span,
}

#[derive(Serialize, Deserialize)]
struct Span {
    high_ns: Number,
    low_ns: Number,
    typical_ns: Number,
}

impl Span {
    fn of(span: model::Span) -> Self {
        let model::Span { typical_ns, low_ns, high_ns } = span;
        Self { high_ns: Number(high_ns), low_ns: Number(low_ns), typical_ns: Number(typical_ns) }
    }

    fn span(self) -> model::Span {
        let Self { high_ns, low_ns, typical_ns } = self;
        model::Span { typical_ns: typical_ns.0, low_ns: low_ns.0, high_ns: high_ns.0 }
    }
}

/// `None` where nothing is known.
pub(super) fn write(conditions: &model::Conditions) -> Option<Conditions> {
    if conditions.is_empty() {
        return None;
    }
    let c = conditions.clone();
    Some(Conditions {
        aslr: c.aslr,
        battery: c.battery,
        busy_cpus: c.busy_cpus.map(Number),
        clock_source: c.clock_source,
        container: c.container,
        cpu_limit: c.cpu_limit.map(Number),
        governor: c.governor,
        huge_pages: c.huge_pages,
        hypervisor: c.hypervisor,
        meanwhile: c.meanwhile.map(|m| Meanwhile {
            busy_cpus: m.busy_cpus.map(Number),
            steal_share: m.steal_share.map(Number),
            throttled: m.throttled,
        }),
        pace: c.pace.map(|p| Pace {
            kernel: p.kernel,
            latency: Span::of(p.latency),
            throughput: Span::of(p.throughput),
        }),
        smt: c.smt,
        steal_share: c.steal_share.map(Number),
        turbo: c.turbo,
    })
}

pub(super) fn read(c: Conditions) -> model::Conditions {
    model::Conditions {
        governor: c.governor,
        turbo: c.turbo,
        smt: c.smt,
        battery: c.battery,
        hypervisor: c.hypervisor,
        container: c.container,
        cpu_limit: c.cpu_limit.map(|number| number.0),
        clock_source: c.clock_source,
        huge_pages: c.huge_pages,
        aslr: c.aslr,
        busy_cpus: c.busy_cpus.map(|number| number.0),
        steal_share: c.steal_share.map(|number| number.0),
        meanwhile: c.meanwhile.map(|m| model::Meanwhile {
            busy_cpus: m.busy_cpus.map(|number| number.0),
            steal_share: m.steal_share.map(|number| number.0),
            throttled: m.throttled,
        }),
        pace: c.pace.map(|p| model::Pace {
            kernel: p.kernel,
            latency: p.latency.span(),
            throughput: p.throughput.span(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_comes_back_and_nothing_takes_no_room() {
        let all = model::Conditions {
            governor: Some("powersave".into()),
            turbo: Some(true),
            smt: Some(false),
            battery: Some(true),
            hypervisor: Some("KVM".into()),
            container: Some("docker".into()),
            cpu_limit: Some(0.5),
            clock_source: Some("tsc".into()),
            huge_pages: Some("madvise".into()),
            aslr: Some(true),
            busy_cpus: Some(3.25),
            steal_share: Some(0.02),
            meanwhile: Some(model::Meanwhile {
                busy_cpus: Some(0.5),
                steal_share: None,
                throttled: Some(7),
            }),
            pace: Some(model::Pace {
                kernel: "x86-64/1".into(),
                latency: model::Span { typical_ns: 54_750.5, low_ns: 54_000.0, high_ns: 56e3 },
                throughput: model::Span { typical_ns: 79_500.0, low_ns: 78e3, high_ns: 81e3 },
            }),
        };
        let json = serde_json::to_string(&write(&all).unwrap()).unwrap();
        assert_eq!(read(serde_json::from_str(&json).unwrap()), all);
        let keys: Vec<usize> = ["aslr", "busy_cpus", "cpu_limit", "hypervisor", "turbo"]
            .iter()
            .map(|key| json.find(key).unwrap())
            .collect();
        assert!(keys.is_sorted(), "{json}");
        assert!(write(&model::Conditions::default()).is_none());
        let newer = r#"{"governor": "performance", "moon": "full"}"#;
        let some = read(serde_json::from_str(newer).unwrap());
        assert_eq!((some.governor.as_deref(), some.smt), (Some("performance"), None));
    }
}
