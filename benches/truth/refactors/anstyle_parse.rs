//! `anstyle-parse`: a state machine, generic over who is told.

use super::{Edit, Kind, Program, Refactor, Slow, Truth};

const FILE: &str = "src/lib.rs";
const ADVANCE: &str = "    pub fn advance<P: Perform>(&mut self, performer: &mut P, byte: u8) {";

/// Each byte is a call that takes nanoseconds: work is put in for one in so many only.
const ONE_LINE: &str = "if byte == b'\\n'";
const LINES: u64 = 667;

pub(super) const PROGRAM: Program = Program {
    name: "anstyle-parse",
    subject: Some("anstyle-parse"),
    target: "parse",
    benchmark: "parse::advance_strip",
    // Constant functions cannot have work put in.
    edits: &[
        Edit::Replace("src/state/mod.rs", "pub const fn state_change(", "pub fn state_change("),
        Edit::Replace("src/state/mod.rs", "const fn state_change_(", "fn state_change_("),
    ],
    refactors: &[
        Refactor {
            kind: Kind::Rename,
            edits: &[Edit::All(FILE, "perform_action", "react")],
            truth: Truth {
                renamed: &[(
                    "anstyle_parse::Parser::perform_action",
                    "anstyle_parse::Parser::react",
                )],
                regrouped: &[],
            },
            slow: Slow {
                function: "anstyle_parse::Parser::react",
                file: FILE,
                anchor: "    fn react<P: Perform>(&mut self, performer: &mut P, action: Action, byte: u8) {",
                when: ONE_LINE,
                calls: LINES,
            },
        },
        Refactor {
            kind: Kind::ModuleMove,
            edits: &[
                Edit::Move("src/state", "src/machine"),
                Edit::Replace(
                    FILE,
                    "pub mod state;",
                    "pub mod machine;\npub use machine as state;",
                ),
                Edit::Replace(FILE, "use state::{", "use machine::{"),
            ],
            truth: Truth {
                renamed: &[("anstyle_parse::state", "anstyle_parse::machine")],
                regrouped: &[],
            },
            slow: Slow {
                function: "anstyle_parse::machine::state_change",
                file: "src/machine/mod.rs",
                anchor: "pub fn state_change(state: State, byte: u8) -> (State, Action) {",
                when: ONE_LINE,
                calls: LINES,
            },
        },
        Refactor {
            kind: Kind::CrateMove,
            edits: &[
                Edit::Create(
                    "ansi-states/Cargo.toml",
                    "[package]\nname = \"ansi-states\"\nversion = \"0.0.0\"\nedition = \"2021\"\n",
                ),
                Edit::Move("src/state", "ansi-states/src"),
                Edit::Move("ansi-states/src/mod.rs", "ansi-states/src/lib.rs"),
                Edit::Replace(FILE, "pub mod state;", "pub use ansi_states as state;"),
                Edit::Replace(FILE, "use state::{", "use ansi_states::{"),
                Edit::Append(
                    "Cargo.toml",
                    "\n[dependencies.ansi-states]\npath = \"ansi-states\"\n",
                ),
            ],
            truth: Truth { renamed: &[("anstyle_parse::state", "ansi_states")], regrouped: &[] },
            slow: Slow {
                function: "ansi_states::state_change",
                file: "ansi-states/src/lib.rs",
                anchor: "pub fn state_change(state: State, byte: u8) -> (State, Action) {",
                when: ONE_LINE,
                calls: LINES,
            },
        },
        Refactor {
            kind: Kind::Extract,
            edits: &[
                Edit::Append(
                    FILE,
                    "\nimpl<C> Parser<C>\nwhere\n    C: CharAccumulator,\n{\n    #[inline]\n    fn collect_param(&mut self, byte: u8) {\n",
                ),
                Edit::Cut(
                    FILE,
                    "                if self.params.is_full() {\n                    self.ignoring = true;\n                    return;",
                    "            }\n            Action::Clear => {",
                    FILE,
                ),
                Edit::Append(FILE, "    }\n}\n"),
                Edit::Replace(
                    FILE,
                    "            Action::Param => {\n",
                    "            Action::Param => {\n                self.collect_param(byte);\n",
                ),
            ],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &["anstyle_parse::Parser::perform_action"],
                    &[
                        "anstyle_parse::Parser::perform_action",
                        "anstyle_parse::Parser::collect_param",
                    ],
                )],
            },
            slow: Slow {
                function: "anstyle_parse::Parser::perform_action",
                file: FILE,
                anchor: "    fn perform_action<P: Perform>(&mut self, performer: &mut P, action: Action, byte: u8) {",
                when: ONE_LINE,
                calls: LINES,
            },
        },
        Refactor {
            kind: Kind::Inline,
            edits: &[
                Edit::Append(FILE, "\nimpl<C> Parser<C>\nwhere\n    C: CharAccumulator,\n{\n"),
                Edit::Cut(
                    FILE,
                    "    #[inline]\n    fn process_utf8<P>",
                    "    #[inline]\n    fn perform_state_change<P>",
                    FILE,
                ),
                Edit::Append(FILE, "}\n"),
                Edit::Replace(
                    FILE,
                    "        self.perform_state_change(performer, state, action, byte);\n    }\n\n    #[inline]\n    fn perform_state_change<P>(&mut self, performer: &mut P, state: State, action: Action, byte: u8)\n    where\n        P: Perform,\n    {\n",
                    "",
                ),
            ],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &[
                        "anstyle_parse::Parser::advance",
                        "anstyle_parse::Parser::perform_state_change",
                    ],
                    &["anstyle_parse::Parser::advance"],
                )],
            },
            slow: Slow {
                function: "anstyle_parse::Parser::advance",
                file: FILE,
                anchor: ADVANCE,
                when: ONE_LINE,
                calls: LINES,
            },
        },
        Refactor {
            kind: Kind::Split,
            edits: &[
                Edit::Replace(
                    FILE,
                    "        self.perform_state_change(performer, state, action, byte);",
                    "        self.leave(performer, state, byte);\n        self.enter(performer, state, action, byte);",
                ),
                Edit::Replace(
                    FILE,
                    "    fn perform_state_change<P>(&mut self, performer: &mut P, state: State, action: Action, byte: u8)\n    where\n        P: Perform,\n    {\n        match state {",
                    "    fn leave<P: Perform>(&mut self, performer: &mut P, state: State, byte: u8) {\n        if state == State::Anywhere {\n            return;\n        }\n        match self.state {\n            State::DcsPassthrough => {\n                self.perform_action(performer, Action::Unhook, byte);\n            }\n            State::OscString => {\n                self.perform_action(performer, Action::OscEnd, byte);\n            }\n            _ => (),\n        }\n    }\n\n    #[inline]\n    fn enter<P>(&mut self, performer: &mut P, state: State, action: Action, byte: u8)\n    where\n        P: Perform,\n    {\n        match state {",
                ),
                Edit::Replace(
                    FILE,
                    "                match self.state {\n                    State::DcsPassthrough => {\n                        self.perform_action(performer, Action::Unhook, byte);\n                    }\n                    State::OscString => {\n                        self.perform_action(performer, Action::OscEnd, byte);\n                    }\n                    _ => (),\n                }\n\n",
                    "",
                ),
            ],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &["anstyle_parse::Parser::perform_state_change"],
                    &["anstyle_parse::Parser::leave", "anstyle_parse::Parser::enter"],
                )],
            },
            slow: Slow {
                function: "anstyle_parse::Parser::enter",
                file: FILE,
                anchor: "    fn enter<P>(&mut self, performer: &mut P, state: State, action: Action, byte: u8)\n    where\n        P: Perform,\n    {",
                when: ONE_LINE,
                calls: LINES,
            },
        },
        Refactor {
            kind: Kind::GenericToDyn,
            edits: &[
                Edit::Replace(
                    FILE,
                    "fn perform_action<P: Perform>(&mut self, performer: &mut P, action: Action, byte: u8) {",
                    "fn perform_action(&mut self, performer: &mut dyn Perform, action: Action, byte: u8) {",
                ),
                Edit::Replace(
                    FILE,
                    "fn osc_dispatch<P: Perform>(&self, performer: &mut P, byte: u8) {",
                    "fn osc_dispatch(&self, performer: &mut dyn Perform, byte: u8) {",
                ),
                Edit::Replace(
                    FILE,
                    "    fn process_utf8<P>(&mut self, performer: &mut P, byte: u8)\n    where\n        P: Perform,\n    {",
                    "    fn process_utf8(&mut self, performer: &mut dyn Perform, byte: u8) {",
                ),
            ],
            truth: Truth { renamed: &[], regrouped: &[] },
            slow: Slow {
                function: "anstyle_parse::Parser::perform_action",
                file: FILE,
                anchor: "    fn perform_action(&mut self, performer: &mut dyn Perform, action: Action, byte: u8) {",
                when: ONE_LINE,
                calls: LINES,
            },
        },
        Refactor {
            kind: Kind::FunctionToMethod,
            edits: &[
                Edit::Replace(
                    "src/state/mod.rs",
                    "fn state_change_(state: State, byte: u8) -> u8 {\n    let state_idx = state as usize;",
                    "fn change(self, byte: u8) -> u8 {\n    let state_idx = self as usize;",
                ),
                Edit::Replace(
                    "src/state/mod.rs",
                    "state_change_(State::Anywhere, byte)",
                    "State::Anywhere.change(byte)",
                ),
                Edit::Replace(
                    "src/state/mod.rs",
                    "state_change_(state, byte)",
                    "state.change(byte)",
                ),
                Edit::Replace(
                    "src/state/mod.rs",
                    "#[inline]\nfn change",
                    "impl State {\n#[inline]\nfn change",
                ),
                Edit::Append("src/state/mod.rs", "}\n"),
            ],
            truth: Truth {
                renamed: &[(
                    "anstyle_parse::state::state_change_",
                    "anstyle_parse::state::<impl anstyle_parse::state::definitions::State>::change",
                )],
                regrouped: &[],
            },
            slow: Slow {
                function: "anstyle_parse::state::<impl anstyle_parse::state::definitions::State>::change",
                file: "src/state/mod.rs",
                anchor: "fn change(self, byte: u8) -> u8 {",
                when: ONE_LINE,
                calls: LINES,
            },
        },
    ],
};
