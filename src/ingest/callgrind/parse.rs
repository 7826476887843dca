//! From the text of a file to its graph of calls.

use super::FormatError;
use super::calls::{Arc, Calls, Function, Node};
use super::text::{Name, Text, name};
use crate::model::{Event, FastMap, Recording};

/// Reads a file.
pub(super) fn parse(bytes: &[u8]) -> Result<Calls, FormatError> {
    let mut reader = Reader::default();
    // What has no object.
    reader.calls.objects.push(String::new());
    let mut text = Text::new(bytes);
    // Written by a process that was killed, or not text at all.
    let first = Text::new(bytes).line();
    if !first.iter().all(|&byte| byte == b'\t' || (b' '..0x7f).contains(&byte)) {
        return Err(FormatError::Foreign);
    }
    for number in 1.. {
        let read = match text.first() {
            None => break,
            Some(b'0'..=b'9' | b'+' | b'-' | b'*') => reader.numbers(&mut text),
            Some(_) => reader.line(text.line()),
        };
        read.map_err(|wrong| match wrong {
            Wrong::Line => FormatError::Line { number },
            Wrong::File(error) => error,
        })?;
    }
    reader.finish()
}

/// What is wrong: the line, or all of it.
enum Wrong {
    Line,
    File(FormatError),
}

/// What the line after a line stands for.
#[derive(Clone, Copy, Default)]
enum Next {
    /// Costs of an instruction.
    #[default]
    Cost,
    /// What calls of a node cost in all, and where they were made.
    Call(Node),
    /// Where a jump is made.
    Jump,
}

#[derive(Default)]
struct Reader<'a> {
    calls: Calls,
    /// Which of a line's positions is the address, and how many there are; `None` before they
    /// are stated.
    positions: Option<(usize, usize)>,
    /// Names of a line's columns.
    stated: Vec<String>,
    /// The columns that are kept, instructions first; none before they are stated.
    columns: Vec<usize>,
    /// Numbers of a line, and those of them that are kept.
    row: Vec<u64>,
    kept: Vec<u64>,
    objects: FastMap<&'a [u8], u32>,
    objects_by_number: FastMap<u64, u32>,
    nodes: FastMap<(u32, &'a [u8]), Node>,
    nodes_by_number: FastMap<u64, Node>,
    /// The object that is being described.
    object: u32,
    /// The function that is being described.
    node: Option<Node>,
    /// Object of the next call's function, where it is another one.
    called_object: Option<u32>,
    /// The next call's function.
    called: Option<Node>,
    next: Next,
    /// The positions of the last line that had some.
    last: [u64; 3],
    /// Instructions of the current part so far, and of all parts.
    part: u64,
    all: u64,
    /// Whether costs were read that no sum covers yet.
    open: bool,
    /// What the part's head says that it adds up to at least.
    summary: Option<u64>,
    /// Whether there was any part.
    began: bool,
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: &'a [u8]) -> Result<(), Wrong> {
        match line.first() {
            None | Some(b'#') => Ok(()),
            Some(b'a'..=b'z') => {
                let end = line.iter().position(|byte| !byte.is_ascii_lowercase());
                let Some(end) = end else { return Err(Wrong::Line) };
                let (key, value) = (&line[..end], &line[end + 1..]);
                match line[end] {
                    b'=' => self.specification(key, value),
                    b':' => self.header(key, value),
                    _ => Err(Wrong::Line),
                }
            }
            Some(b' ' | b'\t') if line.trim_ascii().is_empty() => Ok(()),
            Some(_) => Err(Wrong::Line),
        }
    }

    fn header(&mut self, key: &[u8], value: &'a [u8]) -> Result<(), Wrong> {
        let mut value = Text::new(value);
        match key {
            b"version" => match value.number() {
                Some(0 | 1) => {}
                _ => return Err(Wrong::File(FormatError::Foreign)),
            },
            b"pid" => {
                let pid = value.number().and_then(|pid| i32::try_from(pid).ok());
                self.calls.pid = pid.ok_or(Wrong::Line)?;
            }
            b"cmd" => {
                self.calls.command = String::from_utf8_lossy(value.line().trim_ascii()).into_owned()
            }
            b"part" => self.end_of_part()?,
            b"positions" => self.set_positions(value)?,
            b"events" => self.set_events(value)?,
            b"summary" => {
                self.summary = Some(self.sum(value)?);
            }
            b"totals" => {
                let stated = self.sum(value)?;
                if stated != self.part {
                    return Err(Wrong::File(FormatError::Sum { found: self.part, stated }));
                }
                self.open = false;
                self.end_of_part()?;
            }
            // Descriptions, threads, long names of events, and what later versions add.
            _ => {}
        }
        Ok(())
    }

    /// Instructions among the numbers of a sum.
    fn sum(&mut self, mut value: Text<'a>) -> Result<u64, Wrong> {
        let column = self.columns.first().copied().ok_or(Wrong::Line)?;
        let mut sum = 0;
        for at in 0..=column {
            // Zeros at the end may be left out.
            sum = if at < column || !value.is_at_end() {
                value.number().ok_or(Wrong::Line)?
            } else {
                0
            };
        }
        Ok(sum)
    }

    fn set_positions(&mut self, mut value: Text<'a>) -> Result<(), Wrong> {
        let mut address = None;
        let mut count = 0;
        while let Some(word) = value.word() {
            match word {
                b"instr" => address = Some(count),
                b"bb" | b"line" => {}
                _ => return Err(Wrong::Line),
            }
            count += 1;
        }
        if count > self.last.len() {
            return Err(Wrong::Line);
        }
        let address = address.ok_or(Wrong::File(FormatError::NoAddresses))?;
        self.positions = Some((address, count));
        Ok(())
    }

    fn set_events(&mut self, mut value: Text<'a>) -> Result<(), Wrong> {
        /// callgrind has two dozen at most.
        const MOST: usize = 64;
        let mut events = Vec::new();
        while let Some(word) = value.word() {
            events.push(String::from_utf8_lossy(word).into_owned());
        }
        if events.len() > MOST {
            return Err(Wrong::Line);
        }
        let first = events.iter().position(|event| event == "Ir");
        let first = first.ok_or(Wrong::File(FormatError::NoInstructions))?;
        if self.began && events != self.stated {
            return Err(Wrong::File(FormatError::Events));
        }
        let known = |column: &usize| {
            let name = &events[*column];
            let is_first = events.iter().position(|event| event == name) == Some(*column);
            is_first && Event::from_name(name).is_some()
        };
        let columns = std::iter::once(first).chain((0..events.len()).filter(known));
        self.columns = columns.collect();
        self.calls.events = self.columns.iter().map(|&column| events[column].clone()).collect();
        self.calls.costs.set_width(self.columns.len());
        self.row = vec![0; events.len()];
        (self.stated, self.began) = (events, true);
        Ok(())
    }

    /// Parts follow each other; each has to add up.
    fn end_of_part(&mut self) -> Result<(), Wrong> {
        let summary = self.summary.take();
        if let Some(stated) = summary.filter(|&stated| stated < self.part) {
            return Err(Wrong::File(FormatError::Sum { found: self.part, stated }));
        }
        if std::mem::take(&mut self.open) && summary != Some(self.part) {
            return Err(Wrong::File(FormatError::Cut));
        }
        self.all = self.all.saturating_add(self.part);
        if self.all > Recording::MAX_WEIGHT {
            return Err(Wrong::File(FormatError::Weight));
        }
        self.part = 0;
        Ok(())
    }

    fn specification(&mut self, key: &[u8], value: &'a [u8]) -> Result<(), Wrong> {
        match key {
            b"ob" => self.object = self.object(value)?,
            b"cob" => self.called_object = Some(self.object(value)?),
            b"fn" => {
                self.node = Some(self.node(self.object, value)?);
                (self.called_object, self.called) = (None, None);
            }
            b"cfn" => {
                let object = self.called_object.unwrap_or(self.object);
                self.called = Some(self.node(object, value)?);
            }
            b"calls" => {
                let called = self.called.take().ok_or(Wrong::Line)?;
                self.called_object = None;
                self.next = Next::Call(called);
            }
            b"jump" | b"jcnd" => self.next = Next::Jump,
            // Source files.
            _ => {}
        }
        Ok(())
    }

    fn object(&mut self, text: &'a [u8]) -> Result<u32, Wrong> {
        let (number, path) = match name(text).ok_or(Wrong::Line)? {
            Name::Number(number, None) => {
                return self.objects_by_number.get(&number).copied().ok_or(Wrong::Line);
            }
            Name::Number(number, Some(path)) => (Some(number), path),
            Name::Text(path) => (None, path),
        };
        let objects = &mut self.calls.objects;
        let object = *self.objects.entry(path).or_insert_with(|| {
            objects.push(String::from_utf8_lossy(path).into_owned());
            (objects.len() - 1) as u32
        });
        if let Some(number) = number {
            self.objects_by_number.insert(number, object);
        }
        Ok(object)
    }

    /// A function in a context. Names of contexts are only read for their numbers.
    fn node(&mut self, object: u32, text: &'a [u8]) -> Result<Node, Wrong> {
        let nodes = &mut self.calls.nodes;
        let mut new = || {
            nodes.push(Function { object, instructions: 0 });
            (nodes.len() - 1) as Node
        };
        Ok(match name(text).ok_or(Wrong::Line)? {
            Name::Number(number, _) => *self.nodes_by_number.entry(number).or_insert_with(&mut new),
            Name::Text(name) => *self.nodes.entry((object, name)).or_insert_with(&mut new),
        })
    }

    /// A line of positions and costs.
    fn numbers(&mut self, text: &mut Text<'a>) -> Result<(), Wrong> {
        let (address, count) = self.positions.ok_or(Wrong::File(FormatError::NoAddresses))?;
        for last in &mut self.last[..count] {
            *last = text.position(*last).ok_or(Wrong::Line)?;
        }
        let address = self.last[address];
        let next = std::mem::take(&mut self.next);
        if matches!(next, Next::Jump) {
            text.line();
            return Ok(());
        }
        let node = self.node.ok_or(Wrong::Line)?;
        if self.columns.is_empty() {
            return Err(Wrong::File(FormatError::NoInstructions));
        }
        for number in &mut self.row {
            // Zeros at the end may be left out.
            *number = if text.is_at_end() { 0 } else { text.number().ok_or(Wrong::Line)? };
        }
        if !text.is_at_end() {
            return Err(Wrong::Line);
        }
        text.line();
        self.kept.clear();
        self.kept.extend(self.columns.iter().map(|&column| self.row[column]));
        let instructions = self.kept[0];
        let function = &mut self.calls.nodes[node as usize];
        // Names may be defined below another object than their own. What is described here is in
        // this one.
        function.object = self.object;
        match next {
            Next::Call(to) => self.calls.arcs.push(Arc { address, from: node, to, instructions }),
            _ => {
                function.instructions = function.instructions.saturating_add(instructions);
                self.part = self.part.saturating_add(instructions);
                self.open = true;
                let full = Wrong::File(FormatError::TooLarge);
                self.calls.costs.push(node, address, &self.kept).ok_or(full)?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Calls, FormatError> {
        match self.end_of_part() {
            Ok(()) if self.began => {}
            Ok(()) | Err(Wrong::Line) => return Err(FormatError::Foreign),
            Err(Wrong::File(error)) => return Err(error),
        }
        self.calls.settle();
        Ok(self.calls)
    }
}
