//! The messages and field numbers of `profile.proto`.
//! <https://github.com/google/pprof/blob/main/proto/profile.proto>

/// `Profile`
pub(super) mod profile {
    pub(in crate::store::pprof) const SAMPLE_TYPE: u32 = 1;
    pub(in crate::store::pprof) const SAMPLE: u32 = 2;
    pub(in crate::store::pprof) const MAPPING: u32 = 3;
    pub(in crate::store::pprof) const LOCATION: u32 = 4;
    pub(in crate::store::pprof) const FUNCTION: u32 = 5;
    pub(in crate::store::pprof) const STRING_TABLE: u32 = 6;
    pub(in crate::store::pprof) const TIME_NANOS: u32 = 9;
    pub(in crate::store::pprof) const DURATION_NANOS: u32 = 10;
    pub(in crate::store::pprof) const PERIOD_TYPE: u32 = 11;
    pub(in crate::store::pprof) const PERIOD: u32 = 12;
    pub(in crate::store::pprof) const COMMENT: u32 = 13;
    pub(in crate::store::pprof) const DEFAULT_SAMPLE_TYPE: u32 = 14;
}

/// `ValueType`
pub(super) mod value_type {
    pub(in crate::store::pprof) const TYPE: u32 = 1;
    pub(in crate::store::pprof) const UNIT: u32 = 2;
}

/// `Sample`
pub(super) mod sample {
    pub(in crate::store::pprof) const LOCATION_ID: u32 = 1;
    pub(in crate::store::pprof) const VALUE: u32 = 2;
    pub(in crate::store::pprof) const LABEL: u32 = 3;
}

/// `Label`
pub(super) mod label {
    pub(in crate::store::pprof) const KEY: u32 = 1;
    pub(in crate::store::pprof) const STR: u32 = 2;
    pub(in crate::store::pprof) const NUM: u32 = 3;
}

/// `Mapping`
pub(super) mod mapping {
    pub(in crate::store::pprof) const ID: u32 = 1;
    pub(in crate::store::pprof) const FILENAME: u32 = 5;
    pub(in crate::store::pprof) const HAS_FUNCTIONS: u32 = 7;
    pub(in crate::store::pprof) const HAS_FILENAMES: u32 = 8;
    pub(in crate::store::pprof) const HAS_LINE_NUMBERS: u32 = 9;
    pub(in crate::store::pprof) const HAS_INLINE_FRAMES: u32 = 10;
}

/// `Location`
pub(super) mod location {
    pub(in crate::store::pprof) const ID: u32 = 1;
    pub(in crate::store::pprof) const MAPPING_ID: u32 = 2;
    pub(in crate::store::pprof) const ADDRESS: u32 = 3;
    pub(in crate::store::pprof) const LINE: u32 = 4;
}

/// `Line`
pub(super) mod line {
    pub(in crate::store::pprof) const FUNCTION_ID: u32 = 1;
    pub(in crate::store::pprof) const LINE: u32 = 2;
}

/// `Function`
pub(super) mod function {
    pub(in crate::store::pprof) const ID: u32 = 1;
    pub(in crate::store::pprof) const NAME: u32 = 2;
    pub(in crate::store::pprof) const SYSTEM_NAME: u32 = 3;
    pub(in crate::store::pprof) const FILENAME: u32 = 4;
    /// Ours: a repeated message [`body`](super::body). pprof's own fields are far from it, and
    /// readers pass over what they do not know.
    pub(in crate::store::pprof) const BODY: u32 = 1001;
}

/// The machine code of a function; ours.
pub(super) mod body {
    /// `fixed64`
    pub(in crate::store::pprof) const HASH: u32 = 1;
    /// `uint32`
    pub(in crate::store::pprof) const SIZE: u32 = 2;
}
