//! `restore FILE --server URL --setup-code CODE`: a backup from the options page goes into a server that doesn't have the workspace.

use super::{Done, only, option};
use inlay_core::api::{BackupPiece, Problem};
use std::fs::File;
use std::io::{BufRead as _, BufReader};

/// Sends the file's pieces in order.
pub fn run(words: &[String]) -> Done {
    const USE: &str = "restore FILE --server URL --setup-code CODE";
    only(words, &["--server", "--setup-code"], &[])?;
    let file = words.first().filter(|word| !word.starts_with("--")).ok_or(USE)?;
    let (server, setup_code) = (option(words, "--server").ok_or(USE)?, option(words, "--setup-code").ok_or(USE)?);
    let reader = BufReader::new(File::open(file).map_err(|error| format!("{file}: {error}"))?);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let (mut pieces, mut is_whole) = (0_u32, false);
    for (place, line) in reader.lines().enumerate() {
        let line = line.map_err(|error| format!("{file}: {error}"))?;
        let piece: BackupPiece = serde_json::from_str(&line).map_err(|_| format!("{file}, line {}: a piece of a backup was expected", place + 1))?;
        is_whole = piece.next.is_none();
        let mut reply = agent
            .post(&format!("{}/v1/restore", server.trim_end_matches('/')))
            .header("authorization", format!("Bearer {setup_code}"))
            .send_json(piece)
            .map_err(|error| format!("{server}: {error}"))?;
        if !reply.status().is_success() {
            let text = reply.body_mut().read_to_string().unwrap_or_default();
            let told = serde_json::from_str::<Problem>(&text).map_or(text, |problem| format!("{} {}", problem.message, problem.remedy));
            return Err(format!("{file}, line {}: {told}", place + 1));
        }
        pieces += 1;
        if pieces.is_multiple_of(50) {
            eprintln!("  {pieces} pieces …");
        }
    }
    if !is_whole {
        return Err(format!("{file}: the last piece is missing; nothing of it is in use. Download the backup again."));
    }
    println!("restored: {pieces} pieces. Members sign in as before.");
    Ok(())
}
