//! The programs behind `cargo xtask`.

pub mod bench;
pub mod bench_dedupe;
pub mod bench_import;
pub mod bench_link;
mod bench_look_up;
pub mod bench_match;
pub mod bench_names;
mod bench_writeback;
pub mod demo;
pub mod learn;
pub mod link;
pub mod read;
pub mod restore;
pub mod sandbox;
pub mod serve;
pub mod simulate;
pub mod table;

use std::str::FromStr;

/// What ends a program early: a reason in words.
pub type Done<T = ()> = Result<T, String>;

/// The value of `--name VALUE`.
pub fn option(words: &[String], name: &str) -> Option<String> {
    words.iter().position(|word| word == name).and_then(|place| words.get(place + 1)).cloned()
}

/// A number given as `--name N`.
pub fn number<T: FromStr>(words: &[String], name: &str, otherwise: T) -> Done<T> {
    match option(words, name) {
        None => Ok(otherwise),
        Some(text) => text.replace('_', "").parse().map_err(|_| format!("{name}: `{text}` is not a number")),
    }
}

/// Refuses words that no option of the program is.
pub fn only(words: &[String], with_value: &[&str], alone: &[&str]) -> Done {
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if with_value.contains(&word.as_str()) {
            rest.next().ok_or_else(|| format!("{word} needs a value"))?;
        } else if word.starts_with("--") && !alone.contains(&word.as_str()) {
            return Err(format!("{word} is not an option here; see `cargo xtask`"));
        }
    }
    Ok(())
}
