//! Mains or battery.

use super::Source;

/// Where the power comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Power {
    /// Whether it comes from a battery; `None` on a machine without one.
    pub on_battery: Option<bool>,
}

impl Power {
    pub(super) fn read(source: &Source<'_>) -> Self {
        const FOLDER: &str = "/sys/class/power_supply";
        let (mut mains, mut discharging) = (None, None);
        for name in source.names(FOLDER) {
            let file = |file: &str| source.text(&format!("{FOLDER}/{name}/{file}"));
            match file("type").as_deref() {
                Some("Mains" | "USB") => {
                    if let Some(online) = file("online") {
                        mains = Some(mains == Some(true) || online == "1");
                    }
                }
                // A mouse has a battery, too, which says whose it is.
                Some("Battery") if file("scope").as_deref() != Some("Device") => {
                    let is_discharging = file("status").as_deref() == Some("Discharging");
                    discharging = Some(discharging == Some(true) || is_discharging);
                }
                _ => {}
            }
        }
        Self { on_battery: discharging.map(|discharging| discharging && mains != Some(true)) }
    }
}
