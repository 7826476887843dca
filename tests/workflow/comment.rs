//! The workflow that comments, with a `gh` that notes what it is asked for.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use crate::project::Project;
use crate::runner::{Job, Runner};

/// Knows of the pull requests in `pulls` and the comments in `comments`, as `--jq` leaves them.
const GH: &str = r#"
echo "$*" >> "$LOG"
case "$*" in
  *repos/owner/project/pulls*) cat "$ANSWERS/pulls" ;;
  *--paginate*issues/*/comments*) cat "$ANSWERS/comments" ;;
  *body=@*) last="${!#}" && cp "${last#body=@}" "$ANSWERS/body" ;;
esac
"#;

struct Commenting {
    project: Project,
    answers: PathBuf,
}

impl Commenting {
    fn new(pulls: &str, comments: &str) -> Self {
        let project = Project::new("");
        project.commit();
        project.init();
        let answers = project.folder().join("answers");
        fs::create_dir_all(&answers).expect("created");
        fs::write(answers.join("pulls"), pulls).expect("written");
        fs::write(answers.join("comments"), comments).expect("written");
        Self { project, answers }
    }

    /// Runs it on what the artifact holds, if there is one.
    fn run(&self, fetch: impl Fn(&std::path::Path) -> bool) -> (Job, String) {
        let workflow = self.project.workflow("perfbase-comment.yml");
        let folder = self.project.folder().join("comment");
        let event = "github.event.workflow_run";
        let mut runner = Runner::new(&folder, self.project.folder(), &[("gh", GH)])
            .with("ANSWERS", self.answers.to_str().expect("it is text"))
            .context(&format!("{event}.id"), "77")
            .context(&format!("{event}.head_sha"), "0123abcd")
            .context(&format!("{event}.head_branch"), "$(touch pwned)`id`;\"x")
            .context(&format!("{event}.head_repository.owner.login"), "stranger");
        let artifact = folder.join("temp/perfbase-comment");
        let job = runner.run(&workflow, |action, with| {
            assert!(action.starts_with("actions/download-artifact@"), "{action}");
            assert_eq!(with["name"], "perfbase-comment");
            fs::create_dir_all(&artifact).expect("created");
            fetch(&artifact)
        });
        assert!(!self.project.folder().join("pwned").exists());
        (job, runner.read("log"))
    }

    fn body(&self) -> String {
        String::from_utf8(fs::read(self.answers.join("body")).expect("it was sent")).expect("UTF-8")
    }
}

fn report(text: &'static str) -> impl Fn(&std::path::Path) -> bool {
    move |folder| fs::write(folder.join("report.md"), text).is_ok()
}

#[test]
fn it_comments_on_the_pull_request_that_github_names() {
    let commenting = Commenting::new("12\n", "");
    let (job, log) = commenting.run(report("## NO-GO\nask @octocat, a@b.c; #99 → `x @ y`\n"));
    assert_eq!(job.status("Comment"), Some(0), "{job:#?}");
    assert!(log.contains("head=stranger:$(touch pwned)`id`;\"x"), "{log}");
    assert!(log.contains("--method POST repos/owner/project/issues/12/comments"), "{log}");
    assert_eq!(
        commenting.body(),
        "<!-- cargo perfbase -->\n## NO-GO\nask @\u{200b}octocat, a@\u{200b}b.c; #99 → `x @ y`\n"
    );
}

#[test]
fn it_keeps_one_comment_up_to_date() {
    let commenting = Commenting::new("12\n", "345\n678\n");
    let (job, log) = commenting.run(report("again\n"));
    assert_eq!(job.status("Comment"), Some(0), "{job:#?}");
    assert!(log.contains("--method PATCH repos/owner/project/issues/comments/345"), "{log}");
    assert!(!log.contains("POST"), "{log}");
}

#[test]
fn what_is_no_report_is_not_sent() {
    // The pull request was closed, or has moved on.
    let (job, log) = Commenting::new("", "").run(report("late"));
    assert_eq!(job.status("Comment"), Some(0), "{job:#?}");
    assert_eq!(log.lines().count(), 1, "{log}");
    // The run ended early.
    let (job, log) = Commenting::new("12\n", "").run(|_| false);
    assert_eq!((job.status("Comment"), log.as_str()), (None, ""));
    // Something else in its place.
    let commenting = Commenting::new("12\n", "");
    let (job, log) =
        commenting.run(|folder| symlink("/etc/hostname", folder.join("report.md")).is_ok());
    assert_eq!(job.status("Comment"), Some(1), "{job:#?}");
    assert!(!log.contains("body=@"), "{log}");
    // Longer than a comment may be, and not all of it text.
    let commenting = Commenting::new("12\n", "");
    let long = [b"\xff\0a\xe2".to_vec(), "→".repeat(400_000).into_bytes()].concat();
    let (job, _) = commenting.run(|folder| fs::write(folder.join("report.md"), &long).is_ok());
    assert_eq!(job.status("Comment"), Some(0), "{job:#?}");
    let body = commenting.body();
    assert!(body.starts_with("<!-- cargo perfbase -->\na→"), "{}", &body[..40]);
    assert!((65_000..65_536).contains(&body.chars().count()), "{}", body.chars().count());
}
