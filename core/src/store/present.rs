//! Which records Salesforce has, while all are compared: one row a page, of packed ids. What is stored and isn't here is swept away.

use super::{Sql, StoreError};
use crate::model::id::{RecordId, Tail};
use std::collections::BTreeSet;

const TAIL: usize = 9;

/// Notes a page's ids. The same page again replaces them.
pub fn note(sql: &dyn Sql, page: u32, mut tails: Vec<Tail>) -> Result<(), StoreError> {
    tails.sort_unstable();
    sql.run("INSERT OR REPLACE INTO present (page, ids) VALUES (?, ?)", vec![i64::from(page).into(), tails.concat().into()])?;
    Ok(())
}

/// Forgets them.
pub fn clear(sql: &dyn Sql) -> Result<(), StoreError> {
    sql.run("DELETE FROM present", Vec::new())?;
    Ok(())
}

/// Those of these ids, of one object, that aren't present. Pages are read one at a time.
pub fn missing(sql: &dyn Sql, ids: &[RecordId]) -> Result<Vec<RecordId>, StoreError> {
    let mut left: BTreeSet<Tail> = ids.iter().map(RecordId::pack).collect();
    let pages = sql.run("SELECT page FROM present", Vec::new())?.rows;
    for page in pages.iter().filter_map(|row| row[0].integer()) {
        let rows = sql.run("SELECT ids FROM present WHERE page = ?", vec![page.into()])?.rows;
        let tails = rows.first().and_then(|row| row[0].blob()).unwrap_or(&[]);
        // Both are sorted: only the part of the page that lies between the first and the last id is looked at.
        let (Some(first), Some(last)) = (left.first(), left.last()) else { break };
        let from = tails.chunks_exact(TAIL).position(|tail| tail >= first.as_slice()).unwrap_or(tails.len() / TAIL);
        let here: Vec<Tail> =
            tails[from * TAIL..].chunks_exact(TAIL).take_while(|tail| *tail <= last.as_slice()).map(|tail| std::array::from_fn(|place| tail[place])).collect();
        for tail in here {
            left.remove(&tail);
        }
    }
    Ok(ids.iter().copied().filter(|id| left.contains(&id.pack())).collect())
}
