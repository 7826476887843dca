//! What samply needs for what `cargo perfbase import` does. Its `import` unwinds, and names the
//! kernel's functions; `--unstable-presymbolicate` is taken and does nothing there (0.13.1). The
//! user's functions are addresses until its server is asked for them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::Result;

/// Makes this executable import with samply and ask for all names; a recording and the file to
/// write follow.
pub(crate) const ARGUMENT: &str = "--with-samply";

/// `samply import` as it stands in its manual.
pub(crate) fn import(recording: &Path, profile: &Path) -> Command {
    let mut command = Command::new("samply");
    command.args(["import", "--save-only", "--unstable-presymbolicate", "-o"]);
    command.arg(profile).arg(recording);
    command
}

/// Imports, and asks for every address that is not the kernel's.
pub(crate) fn with_names(arguments: &[String]) -> Result<()> {
    let [recording, profile] = arguments else { return Err("two files are due".into()) };
    let profile = Path::new(profile);
    let status = import(Path::new(recording), profile)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(format!("samply import: {status}").into());
    }
    let question = question(&serde_json::from_slice(&std::fs::read(profile)?)?)?;
    let mut server = Command::new("samply")
        .args(["load", "--no-open"])
        .arg(profile)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let answered = ask(&mut server, &question);
    server.kill()?;
    server.wait()?;
    let answer: Value = serde_json::from_slice(&answered?)?;
    let found = answer["results"][0]["found_modules"].as_object();
    match found.is_some_and(|found| found.values().all(|found| found == true)) {
        true => Ok(()),
        false => Err("samply did not find the executables".into()),
    }
}

/// All addresses of a profile, as its server wants them.
fn question(profile: &Value) -> Result<Vec<u8>> {
    let column = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
    let libraries = column(profile, "libs");
    let is_kernel =
        |library: &Value| library["name"].as_str().is_some_and(|name| name.starts_with("[kernel"));
    let mut wanted = Vec::new();
    for thread in column(profile, "threads") {
        let resources = column(&thread["funcTable"], "resource");
        let of_resources = column(&thread["resourceTable"], "lib");
        let functions = column(&thread["frameTable"], "func");
        for (address, function) in column(&thread["frameTable"], "address").iter().zip(functions) {
            let at = |column: &[Value], index: &Value| {
                index.as_u64().and_then(|index| column.get(index as usize).cloned())
            };
            let library =
                at(&resources, &function).and_then(|resource| at(&of_resources, &resource));
            let known = library.as_ref().and_then(|library| at(&libraries, library));
            if let (Some(address), Some(known)) = (address.as_u64(), known)
                && !is_kernel(&known)
            {
                wanted.push(json!([library, address]));
            }
        }
    }
    if wanted.is_empty() {
        return Err("samply's profile has no address".into());
    }
    let map: Vec<Value> = libraries
        .iter()
        .map(|library| json!([library["debugName"], library["breakpadId"]]))
        .collect();
    let question = json!({ "jobs": [{ "memoryMap": map, "stacks": [wanted] }] });
    Ok(serde_json::to_vec(&question)?)
}

/// The body of the server's answer.
fn ask(server: &mut Child, question: &[u8]) -> Result<Vec<u8>> {
    let output = server.stdout.take().ok_or("samply's output is not there")?;
    let mut address = None;
    for line in BufReader::new(output).lines() {
        let line = line?;
        // The place of the server, with a secret word as its path.
        let place = line.split_once("symbolServer=http%3A%2F%2F").map(|(_, place)| place.trim());
        if let Some(place) = place
            && let Some((host, path)) = place.replace("%3A", ":").split_once("%2F")
        {
            address = Some((host.to_owned(), path.to_owned()));
            break;
        }
    }
    let (host, path) = address.ok_or("samply's server did not tell its address")?;
    let mut stream = TcpStream::connect(&host)?;
    write!(
        stream,
        "POST /{path}/symbolicate/v5 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n",
        question.len()
    )?;
    stream.write_all(question)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let body = answer.split_off(end.ok_or("samply's server did not answer")? + 4);
    // In one chunk or whole: the document is between the outermost braces either way.
    let first = body.iter().position(|&byte| byte == b'{').ok_or("no document")?;
    let last = body.iter().rposition(|&byte| byte == b'}').ok_or("no document")?;
    Ok(body[first..=last].to_vec())
}
