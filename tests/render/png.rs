//! Pictures as PNG, read by another decoder.

use perfbase::diff::DiffTree;
use perfbase::render::flamegraph::{
    DifferentialOptions, FlamegraphOptions, differential_png, flamegraph_png,
};

use crate::example;

struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Picture {
    fn read(bytes: &[u8]) -> Self {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(info.color_type, png::ColorType::Rgb);
        Self { width: info.width as usize, height: info.height as usize, pixels }
    }

    /// How many pixels of each row have this colour, rows without any left out.
    fn rows_with(&self, color: [u8; 3]) -> Vec<usize> {
        self.pixels
            .chunks_exact(self.width * 3)
            .map(|row| row.chunks_exact(3).filter(|pixel| *pixel == color).count())
            .filter(|&number| number > 0)
            .collect()
    }
}

/// The whole, without what is left free at both sides.
const ROOM: usize = 2400 - 40;

#[test]
fn frames_are_as_wide_as_their_weight() {
    let mut tree = DiffTree::default();
    let mut node = |parent, name: &str, selfs: [f64; 2], totals| {
        let name = tree.names.push(name.into());
        tree.nodes.push(perfbase::diff::DiffNode { parent, name, selfs, totals });
        Some(tree.nodes.len() as u32 - 1)
    };
    let main = node(None, "main", [50.0, 50.0], [75.0, 75.0]);
    node(main, "new", [0.0, 25.0], [0.0, 25.0]);
    node(main, "gone", [25.0, 0.0], [25.0, 0.0]);
    let options = DifferentialOptions { title: "t", unit: Some("ns") };
    let bytes = differential_png(&tree, &options);
    let picture = Picture::read(&bytes);
    assert_eq!(bytes, differential_png(&tree, &options), "the same bytes each time");
    // Two lines above, the whole, two levels, and the edges.
    assert_eq!((picture.width, picture.height), (2400, 2 * 32 + 20 + 3 * 32 + 20));
    let (new, gone) = ([255, 165, 0], [150, 111, 214]);
    for color in [new, gone] {
        let rows = picture.rows_with(color);
        assert_eq!(rows.len(), 31, "as high as a frame");
        // Letters take some of it, the gap one pixel.
        let widest = rows.iter().max().unwrap();
        assert!(widest.abs_diff(ROOM / 4) <= 1, "{widest} of {ROOM}");
    }
    let white = picture.rows_with([255, 255, 255]);
    assert!(white.iter().any(|&n| n.abs_diff(ROOM) <= 1), "equal frames are white: {white:?}");
}

#[test]
fn any_name_can_be_drawn() {
    for name in example::HOSTILE {
        let name = name();
        let profile = example::profile_of(&[(&["main", &name], 90), (&["main"], 10)]);
        let options = FlamegraphOptions::new(&name, Some(("ns", 12.0)));
        let picture = Picture::read(&flamegraph_png(&profile, &options));
        assert_eq!(picture.height, 2 * 32 + 20 + 3 * 32 + 20, "{name:.40}");
    }
}

#[test]
fn nothing_and_deep_stacks_are_pictures_too() {
    let options = DifferentialOptions { title: "empty", unit: None };
    Picture::read(&differential_png(&DiffTree::default(), &options));
    let deep = vec!["f"; 3000];
    let names: Vec<String> = (0..3000).map(|n| format!("f{n}")).collect();
    let distinct: Vec<&str> = names.iter().map(String::as_str).collect();
    for stack in [&deep, &distinct] {
        let profile = example::profile_of(&[(stack, 1)]);
        let bytes = flamegraph_png(&profile, &FlamegraphOptions::new("deep", None));
        let picture = Picture::read(&bytes);
        assert!(picture.height < 402 * 32 + 200 && bytes.len() < 1 << 20, "{}", bytes.len());
    }
}
