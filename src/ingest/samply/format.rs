//! The part of the processed profile format that is read.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

/// A profile, or one of the processes inside it.
#[derive(Deserialize)]
pub(super) struct Profile {
    pub meta: Meta,
    #[serde(default)]
    pub libs: Vec<Lib>,
    /// The tables of all threads, in newer versions.
    #[serde(default)]
    pub shared: Shared,
    pub threads: Vec<Thread>,
    #[serde(default)]
    pub processes: Vec<Profile>,
}

#[derive(Deserialize)]
pub(super) struct Meta {
    /// Between samples, in ms.
    pub interval: f64,
    #[serde(rename = "sampleUnits", default)]
    pub units: Option<Units>,
}

#[derive(Deserialize)]
pub(super) struct Units {
    #[serde(rename = "threadCPUDelta", default)]
    pub cpu: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Lib {
    pub name: String,
    #[serde(default)]
    pub path: String,
    /// Build id in hexadecimal, on Linux.
    #[serde(rename = "codeId", default)]
    pub code_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shared {
    #[serde(default)]
    pub string_array: Vec<String>,
    #[serde(default)]
    pub resource_table: ResourceTable,
    #[serde(default)]
    pub func_table: FuncTable,
    #[serde(default)]
    pub frame_table: FrameTable,
    #[serde(default)]
    pub stack_table: StackTable,
}

#[derive(Default, Deserialize)]
pub(super) struct ResourceTable {
    #[serde(default)]
    pub lib: Vec<Number>,
}

#[derive(Default, Deserialize)]
pub(super) struct FuncTable {
    #[serde(default)]
    pub name: Vec<Number>,
    #[serde(default)]
    pub resource: Vec<Number>,
}

#[derive(Default, Deserialize)]
pub(super) struct FrameTable {
    #[serde(default)]
    pub address: Vec<Number>,
    #[serde(default)]
    pub func: Vec<Number>,
}

#[derive(Default, Deserialize)]
pub(super) struct StackTable {
    #[serde(default)]
    pub prefix: Vec<Number>,
    #[serde(default)]
    pub frame: Vec<Number>,
}

/// A thread. Its tables are empty where they are shared.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Thread {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub process_name: String,
    pub pid: Id,
    pub tid: Id,
    pub samples: Samples,
    #[serde(default)]
    pub string_array: Vec<String>,
    #[serde(default)]
    pub resource_table: ResourceTable,
    #[serde(default)]
    pub func_table: FuncTable,
    #[serde(default)]
    pub frame_table: FrameTable,
    #[serde(default)]
    pub stack_table: StackTable,
}

#[derive(Deserialize)]
pub(super) struct Samples {
    pub stack: Vec<Number>,
    /// How many samples each is; `null` for one each.
    #[serde(default)]
    pub weight: Option<Vec<Number>>,
    /// CPU time since the thread's previous sample.
    #[serde(rename = "threadCPUDelta", default)]
    pub cpu: Option<Vec<Number>>,
}

/// An index, address or count; `None` for `null` and for negative numbers, which both stand for
/// nothing in this format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number(pub Option<u64>);

impl Number {
    /// As an index.
    pub(super) fn index(self) -> Option<usize> {
        self.0.and_then(|number| usize::try_from(number).ok())
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl Visitor<'_> for Visit {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or null")
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Number, E> {
                Ok(Number(Some(number)))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number(u64::try_from(number).ok()))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Number, E> {
                // A cast to an integer saturates.
                Ok(Number((number >= 0.0).then_some(number as u64)))
            }
            fn visit_unit<E: Error>(self) -> Result<Number, E> {
                Ok(Number(None))
            }
        }
        deserializer.deserialize_any(Visit)
    }
}

/// A process or thread id. samply writes text, `1234` or, after an exec, `1234.1`; other writers
/// of this format numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(pub i32);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl Visitor<'_> for Visit {
            type Value = Id;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a process or thread id")
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Id, E> {
                Ok(Id(i32::try_from(number).unwrap_or(0)))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Id, E> {
                Ok(Id(i32::try_from(number).unwrap_or(0)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Id, E> {
                let number = text.split('.').next().unwrap_or_default();
                Ok(Id(number.parse().unwrap_or(0)))
            }
        }
        deserializer.deserialize_any(Visit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ids_come_in_several_dresses() {
        let numbers: Vec<Number> =
            serde_json::from_str("[1,-1,null,2.5,18446744073709551615]").unwrap();
        let numbers: Vec<_> = numbers.into_iter().map(|n| n.0).collect();
        assert_eq!(numbers, [Some(1), None, None, Some(2), Some(u64::MAX)]);
        let ids: Vec<Id> = serde_json::from_str(r#"[7,"30893.1","x",-3]"#).unwrap();
        assert_eq!(ids, [Id(7), Id(30893), Id(0), Id(-3)]);
    }
}
