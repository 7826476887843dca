//! What must hold of a workflow that strangers can start.

use serde_json::Value;

use crate::project::Project;

const FILES: [&str; 2] = ["perfbase.yml", "perfbase-comment.yml"];

fn workflows() -> [Value; 2] {
    let project = Project::new("");
    project.commit();
    project.init();
    FILES.map(|file| project.workflow(file))
}

fn steps(workflow: &Value) -> Vec<&Value> {
    let jobs = workflow["jobs"].as_object().expect("jobs");
    jobs.values().flat_map(|job| job["steps"].as_array().expect("steps")).collect()
}

#[test]
fn they_are_as_github_wants_them() {
    let schema = include_str!("schemastore/github-workflow.json");
    let schema: Value = serde_json::from_str(schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for (file, workflow) in FILES.iter().zip(workflows()) {
        let errors: Vec<String> =
            validator.iter_errors(&workflow).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{file}");
        // It is not a schema that takes everything.
        let mut wrong = workflow;
        wrong["jobs"]["another"] = serde_json::json!({ "runs-on": "x", "stepps": [] });
        assert!(!validator.is_valid(&wrong));
    }
}

#[test]
fn the_project_has_its_own() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows");
    let read = |name: &str| -> Value {
        let text = std::fs::read_to_string(folder.join(name)).expect("it is there");
        serde_saphyr::from_str(&text).expect("YAML")
    };
    let [_, comment] = workflows();
    assert_eq!(read("perfbase-comment.yml"), comment);
    // All actions are pinned, those of other workflows as well.
    for file in ["perfbase.yml", "perfbase-comment.yml", "ci.yml"] {
        assert_pinned(&read(file));
    }
}

fn assert_pinned(workflow: &Value) {
    for action in steps(workflow).iter().filter_map(|step| step["uses"].as_str()) {
        let (name, hash) = action.split_once('@').expect("a version");
        let is_hash = hash.len() == 40 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        assert!(is_hash && name.starts_with("actions/"), "{action}");
    }
}

#[test]
fn nothing_of_a_pull_request_becomes_code() {
    let workflows = workflows();
    for workflow in &workflows {
        assert_pinned(workflow);
        let scripts = steps(workflow);
        let scripts: Vec<&str> = scripts.iter().filter_map(|step| step["run"].as_str()).collect();
        assert!(!scripts.is_empty());
        for script in scripts {
            // It would be put in before the shell reads it.
            assert!(!script.contains("${{"), "{script}");
        }
        assert_eq!(workflow["permissions"], serde_json::json!({}), "what a job may, it says");
        assert!(workflow["concurrency"]["group"].is_string());
        let text = workflow.to_string();
        assert!(!text.contains("secrets.") && !text.contains("pull_request_target"), "{text}");
    }
    let [measure, comment] = &workflows;
    let of = |workflow: &Value, job: &str| workflow["jobs"][job]["permissions"].clone();
    assert_eq!(of(measure, "measure"), serde_json::json!({ "contents": "read" }));
    assert_eq!(
        of(comment, "comment"),
        serde_json::json!({ "actions": "read", "pull-requests": "write" })
    );
    assert_eq!(steps(measure)[0]["with"]["persist-credentials"], false);
    // What may write runs nothing that it fetched.
    assert_eq!(comment["on"].as_object().map(serde_json::Map::len), Some(1));
    assert_eq!(comment["on"]["workflow_run"]["workflows"][0], measure["name"]);
    for step in steps(comment) {
        assert!(!step["uses"].as_str().unwrap_or_default().contains("checkout"));
    }
}
