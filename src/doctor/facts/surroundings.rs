//! Where this runs: distribution, container, virtual machine, service.

use super::Source;

/// Distributions, by how they name and install packages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// Debian and what is made of it.
    Debian,
    /// Ubuntu and what is made of it.
    Ubuntu,
    /// Fedora, RHEL, CentOS, Rocky, Alma, Amazon Linux.
    Fedora,
    /// Arch and what is made of it.
    Arch,
    /// Alpine.
    Alpine,
    /// openSUSE and SLES.
    Suse,
    /// NixOS.
    Nix,
    /// None of these, or unknown.
    #[default]
    Other,
}

/// What is around this process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The distribution's full name.
    pub distribution: Option<String>,
    /// Its family.
    pub family: Family,
    /// The kind of container, where it is in one.
    pub container: Option<String>,
    /// What virtualises the machine, where something does.
    pub hypervisor: Option<String>,
    /// Whether this is a job of GitHub Actions.
    pub github_actions: bool,
}

impl Surroundings {
    pub(super) fn read(source: &Source<'_>) -> Self {
        let release = source.text("/etc/os-release").or_else(|| source.text("/usr/lib/os-release"));
        let release = release.unwrap_or_default();
        Self {
            distribution: field(&release, "PRETTY_NAME").filter(|name| !name.is_empty()),
            family: family(&release),
            container: container(source),
            hypervisor: hypervisor(source),
            github_actions: (source.variable)("GITHUB_ACTIONS")
                .is_some_and(|value| value == "true"),
        }
    }
}

/// A field of `os-release`, whose values may be in quotes.
fn field(release: &str, name: &str) -> Option<String> {
    let value = release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.trim().trim_matches(['"', '\'']).to_owned())
}

fn family(release: &str) -> Family {
    let id = field(release, "ID").unwrap_or_default();
    let like = field(release, "ID_LIKE").unwrap_or_default();
    // Nearest relatives first: Ubuntu calls itself like Debian, others like both.
    let names = std::iter::once(id.as_str()).chain(like.split_whitespace());
    names
        .map(|name| match name {
            "ubuntu" => Family::Ubuntu,
            "debian" | "raspbian" => Family::Debian,
            "fedora" | "rhel" | "centos" | "rocky" | "almalinux" | "amzn" => Family::Fedora,
            "arch" | "archlinux" | "manjaro" => Family::Arch,
            "alpine" => Family::Alpine,
            "suse" | "opensuse" | "sles" => Family::Suse,
            "nixos" => Family::Nix,
            name if name.starts_with("opensuse") => Family::Suse,
            _ => Family::Other,
        })
        .find(|family| *family != Family::Other)
        .unwrap_or_default()
}

fn container(source: &Source<'_>) -> Option<String> {
    if (source.variable)("KUBERNETES_SERVICE_HOST").is_some() {
        return Some("kubernetes".to_owned());
    }
    if source.exists("/run/.containerenv") {
        return Some("podman".to_owned());
    }
    if source.exists("/.dockerenv") {
        return Some("docker".to_owned());
    }
    source.text("/run/systemd/container").filter(|name| !name.is_empty())
}

/// Names in DMI's vendor and product, and whose they are.
const VENDORS: [(&str, &str); 11] = [
    ("KVM", "KVM"),
    ("QEMU", "KVM"),
    ("VMware", "VMware"),
    ("VirtualBox", "VirtualBox"),
    ("Virtual Machine", "Hyper-V"),
    ("Xen", "Xen"),
    ("Amazon EC2", "Amazon EC2"),
    ("Google", "Google Compute Engine"),
    ("Parallels", "Parallels"),
    ("Apple Virtualization", "Apple Virtualization"),
    ("DigitalOcean", "KVM"),
];

fn hypervisor(source: &Source<'_>) -> Option<String> {
    if source.text("/proc/sys/kernel/osrelease").is_some_and(|text| text.contains("microsoft")) {
        return Some("WSL".to_owned());
    }
    let cpus = source.text("/proc/cpuinfo").unwrap_or_default();
    // x86 says for certain whether there is one; other CPUs do not.
    let flags = cpus.lines().find(|line| line.starts_with("flags"));
    let told = flags.map(|flags| flags.split_whitespace().any(|flag| flag == "hypervisor"));
    if told == Some(false) {
        return None;
    }
    let dmi = ["product_name", "sys_vendor"]
        .map(|file| source.text(&format!("/sys/class/dmi/id/{file}")).unwrap_or_default());
    let is_metal = dmi[0].contains(".metal");
    let vendor = VENDORS.iter().find(|(word, _)| dmi.iter().any(|text| text.contains(word)));
    let vendor = vendor.filter(|_| !is_metal).map(|(_, name)| (*name).to_owned());
    vendor
        .or_else(|| source.text("/sys/hypervisor/type").filter(|kind| !kind.is_empty()))
        .or_else(|| source.exists("/proc/device-tree/hypervisor").then(|| "KVM".to_owned()))
        .or_else(|| {
            const CLOCKS: &str =
                "/sys/devices/system/clocksource/clocksource0/available_clocksource";
            let clocks = source.text(CLOCKS).filter(|_| told == Some(true))?;
            [("kvm-clock", "KVM"), ("hyperv", "Hyper-V"), ("xen", "Xen")]
                .iter()
                .find(|(clock, _)| clocks.contains(clock))
                .map(|(_, name)| (*name).to_owned())
        })
        .or_else(|| (told == Some(true)).then(|| "an unnamed hypervisor".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_are_known_by_their_relatives() {
        for (release, expected) in [
            ("ID=debian\n", Family::Debian),
            ("NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n", Family::Ubuntu),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", Family::Ubuntu),
            ("ID=fedora\n", Family::Fedora),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", Family::Fedora),
            ("ID=arch\n", Family::Arch),
            ("ID=endeavouros\nID_LIKE=arch\n", Family::Arch),
            ("ID=alpine\n", Family::Alpine),
            ("ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n", Family::Suse),
            ("ID=nixos\n", Family::Nix),
            ("ID=plan9\n", Family::Other),
            ("", Family::Other),
        ] {
            assert_eq!(family(release), expected, "{release}");
        }
    }
}
