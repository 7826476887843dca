//! Chromium, node, and what npm installs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Everything that drives a browser.
pub(crate) struct Tools {
    chromium: PathBuf,
    node: PathBuf,
    /// The scripts, with `node_modules` beside them.
    scripts: PathBuf,
}

/// Scripts and what they need.
const FILES: [&str; 6] = [
    "package.json",
    "package-lock.json",
    "browser.mjs",
    "look-around.mjs",
    "large.mjs",
    "hostile.mjs",
];

impl Tools {
    /// `None` where one is missing, which is said; it fails where tools are required.
    pub(crate) fn find() -> Option<Self> {
        let chromium = ["chromium", "chromium-browser", "google-chrome"]
            .into_iter()
            .find_map(|name| which::which(name).ok());
        let node = which::which("node").ok();
        let (Some(chromium), Some(node), Ok(npm)) = (chromium, node, which::which("npm")) else {
            return left_out("chromium, node or npm is not installed");
        };
        if let Some(why) = too_old(&node) {
            return left_out(&why);
        }
        static INSTALLED: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        match INSTALLED.get_or_init(|| install(&npm)) {
            Ok(scripts) => Some(Self { chromium, node, scripts: scripts.clone() }),
            Err(why) => left_out(why),
        }
    }

    /// Runs a script on a folder with pages; what it prints is shown.
    pub(crate) fn run(&self, script: &str, pages: &Path) {
        let done = Command::new(&self.node)
            .arg(self.scripts.join(script))
            .arg(pages)
            .env("CHROMIUM", &self.chromium)
            .env("TEMPLATES", Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/report"))
            .output()
            .unwrap();
        print!("{}", String::from_utf8_lossy(&done.stdout));
        let complaints = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{script} failed:\n{complaints}");
    }
}

fn left_out<T>(why: &str) -> Option<T> {
    let required = std::env::var_os("PERFBASE_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(!required, "the browser's tools are required: {why}");
    println!("left out: {why}");
    None
}

/// Playwright needs node 18.
fn too_old(node: &Path) -> Option<String> {
    let told = Command::new(node).arg("--version").output().ok()?;
    let version = String::from_utf8_lossy(&told.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next()?.parse::<u32>().ok()?;
    (major < 18).then(|| format!("node {version} is older than 18"))
}

/// `npm ci` by the lock file, once; what is there already is taken.
fn install(npm: &Path) -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    std::fs::create_dir_all(&folder).unwrap();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let lock = std::fs::read(own.join("package-lock.json")).unwrap();
    let installed = folder.join("installed.json");
    let is_there = std::fs::read(&installed).is_ok_and(|known| known == lock);
    for file in FILES {
        std::fs::copy(own.join(file), folder.join(file)).unwrap();
    }
    if is_there {
        return Ok(folder);
    }
    let done = Command::new(npm)
        .current_dir(&folder)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"])
        .output()
        .map_err(|error| format!("npm does not start: {error}"))?;
    if !done.status.success() {
        let why = String::from_utf8_lossy(&done.stderr);
        return Err(format!(
            "`npm ci` in {} failed (it needs the registry once):\n{why}",
            folder.display()
        ));
    }
    std::fs::write(installed, lock).unwrap();
    Ok(folder)
}
