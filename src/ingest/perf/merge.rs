//! Putting chunks together, in the order of the file.

use crate::model::{
    FastMap, Handle as _, Image, ImageId, Location, LocationId, RawSample, Recording, StackId,
    Strings, Thread, ThreadId,
};

use super::chunk::{Chunk, ThreadKey};
use super::files::Files;

/// A recording in the making.
pub(super) struct Merge<'a> {
    recording: Recording,
    files: &'a Files,
    names: &'a Strings,
    /// The file behind each image of the recording.
    pub(super) used: Vec<ImageId>,
    images: FastMap<ImageId, ImageId>,
    locations: FastMap<Location, LocationId>,
    threads: FastMap<ThreadKey, ThreadId>,
    samples: FastMap<(StackId, ThreadId), usize>,
}

impl<'a> Merge<'a> {
    pub(super) fn new(recording: Recording, files: &'a Files, names: &'a Strings) -> Self {
        Self {
            recording,
            files,
            names,
            used: Vec::new(),
            images: FastMap::default(),
            locations: FastMap::default(),
            threads: FastMap::default(),
            samples: FastMap::default(),
        }
    }

    /// Adds the next chunk.
    pub(super) fn add(&mut self, chunk: Chunk) {
        self.recording.health += chunk.health;
        let locations: Vec<LocationId> =
            chunk.locations.iter().map(|&location| self.location(location)).collect();
        let threads: Vec<ThreadId> = chunk.threads.iter().map(|&t| self.thread(t)).collect();
        // Parents come first, so theirs are known already.
        let mut stacks: Vec<StackId> = Vec::with_capacity(chunk.stacks.len());
        for node in chunk.stacks.nodes() {
            let parent = node.parent.map(|parent| stacks[parent.index()]);
            stacks.push(self.recording.stacks.push(parent, locations[node.frame.index()]));
        }
        for sample in chunk.samples {
            let stack = stacks[sample.stack.index()];
            let thread = threads[sample.thread.index()];
            let samples = &mut self.recording.samples;
            let index = *self.samples.entry((stack, thread)).or_insert_with(|| {
                samples.push(RawSample { stack, thread, count: 0, weight: 0 });
                samples.len() - 1
            });
            samples[index].count += sample.count;
            samples[index].weight = samples[index].weight.saturating_add(sample.weight);
        }
    }

    /// The recording.
    pub(super) fn finish(self) -> (Recording, Vec<ImageId>) {
        (self.recording, self.used)
    }

    fn location(&mut self, location: Location) -> LocationId {
        let location = match location {
            Location::Image { image, address } => {
                Location::Image { image: self.image(image), address }
            }
            other => other,
        };
        let locations = &mut self.recording.locations;
        *self.locations.entry(location).or_insert_with(|| {
            locations.push(location);
            LocationId::from_index(locations.len() - 1)
        })
    }

    fn image(&mut self, file: ImageId) -> ImageId {
        *self.images.entry(file).or_insert_with(|| {
            let image: Image = self.files.get(file).clone();
            self.recording.images.push(image);
            self.used.push(file);
            ImageId::from_index(self.used.len() - 1)
        })
    }

    fn thread(&mut self, key: ThreadKey) -> ThreadId {
        *self.threads.entry(key).or_insert_with(|| {
            let name = |id: Option<_>| id.map_or("", |id| self.names.get(id)).to_owned();
            self.recording.threads.push(Thread {
                pid: key.pid,
                tid: key.tid,
                name: name(key.name),
                process: name(key.process),
            });
            ThreadId::from_index(self.recording.threads.len() - 1)
        })
    }
}
