//! Workflows for GitHub Actions, from `templates/github`.

/// Measures and judges; runs the code of pull requests.
const MEASURE: &str = include_str!("../../../templates/github/perfbase.yml");

/// Writes the comment; runs nothing of a pull request.
const COMMENT: &str = include_str!("../../../templates/github/perfbase-comment.yml");

/// What the workflows have to know of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Project {
    /// The branch that pull requests are merged into.
    pub(super) branch: String,
    /// The workspace's folder below the repository's; empty where they are the same.
    pub(super) folder: String,
    /// Where this program is installed from: nowhere but in its own repository a path.
    pub(super) is_perfbase: bool,
}

/// The workflows' files, relative to the repository, each with its text.
pub(super) fn workflows(project: &Project) -> [(&'static str, String); 2] {
    let version = env!("CARGO_PKG_VERSION");
    let folder = if project.folder.is_empty() { "." } else { &project.folder };
    let prefix = match &*project.folder {
        "" => String::new(),
        folder => format!("{folder}/"),
    };
    let source = match project.is_perfbase {
        true => "--path .".to_owned(),
        false => format!("cargo-perfbase@{version}"),
    };
    let text = MEASURE
        .replace("@BRANCH@", &quoted(&project.branch))
        .replace("@DIRECTORY@", &quoted(folder))
        .replace("@PREFIX@", &prefix)
        .replace("@VERSION@", version)
        .replace("@SOURCE@", &source);
    [
        (".github/workflows/perfbase.yml", text),
        (".github/workflows/perfbase-comment.yml", COMMENT.to_owned()),
    ]
}

/// A text of YAML, in single quotes, in which nothing but these means anything.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn this_project_uses_them_itself() {
        let project = Project { branch: "main".into(), folder: String::new(), is_perfbase: true };
        for (path, text) in workflows(&project) {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
            if std::env::var_os("PERFBASE_UPDATE").is_some_and(|value| value == "1") {
                fs_err::write(&file, &text).unwrap();
            }
            let own = fs_err::read_to_string(&file).unwrap();
            assert_eq!(own, text, "{path}: PERFBASE_UPDATE=1 writes it anew");
        }
    }

    #[test]
    fn what_a_project_is_called_stays_text() {
        let project =
            Project { branch: "it's: #1".into(), folder: "crates/a b".into(), is_perfbase: false };
        let [(_, text), _] = workflows(&project);
        for part in [
            "branches: ['it''s: #1']",
            "working-directory: 'crates/a b'",
            "\n            crates/a b/target/release\n",
            &format!(" cargo-perfbase@{}\n", env!("CARGO_PKG_VERSION")),
        ] {
            assert!(text.contains(part), "{part:?} is not in:\n{text}");
        }
        // `uses: owner/action@hash` is all that has such a sign.
        assert!(!text.contains("@BRANCH@") && !text.contains("@P"), "{text}");
    }
}
