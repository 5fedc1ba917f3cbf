//! REST queries, for what is too little for a Bulk job or refused by it, and counts of several objects in one call.

use super::http::{Method, Reply, Request, encode_form};
use super::moment::to_soql;
use super::{Api, batch};
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::time::Timestamp;

/// Which rows of an object are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// All that the user may see.
    All,
    /// Those changed since `from` and before `until` (spec 11). The upper bound is fixed before the first page is asked for.
    Changed {
        /// Inclusive.
        from: Timestamp,
        /// Exclusive.
        until: Timestamp,
    },
    /// Those named.
    Named(&'a [RecordId]),
}

/// Ids that fit into an address, which may have 16 kB.
pub const NAMED_MOST: usize = 300;

/// The SOQL text for some fields of an object's rows.
pub fn soql(object: Object, fields: &[String], which: Which) -> String {
    format!("SELECT {} FROM {}{}", fields.join(", "), object.name(), filter(which))
}

fn filter(which: Which) -> String {
    match which {
        Which::All => String::new(),
        Which::Changed { from, until } => format!(" WHERE SystemModstamp >= {} AND SystemModstamp < {}", to_soql(from), to_soql(until)),
        Which::Named(ids) => {
            let list: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
            format!(" WHERE Id IN ({})", list.join(","))
        }
    }
}

/// Asks for the first rows; with `all`, deleted and merged rows are among them.
pub fn first(api: Api, soql: &str, all: bool) -> Request {
    let resource = if all { "queryAll" } else { "query" };
    api.request(Method::Get, &format!("{resource}?{}", encode_form(&[("q", soql)])))
}

/// Asks for the rows that follow, at the address Salesforce gave.
pub fn next(api: Api, address: &str) -> Request {
    api.request_at(Method::Get, address)
}

/// Asks how many rows of each object changed since a moment, or how many there are: one call for all.
pub fn count(api: Api, asks: &[(Object, Option<Timestamp>)]) -> Request {
    let resource = |(object, since): &(Object, Option<Timestamp>)| {
        let filter = since.map(|since| format!(" WHERE SystemModstamp >= {}", to_soql(since))).unwrap_or_default();
        let soql = format!("SELECT COUNT() FROM {}{filter}", object.name());
        format!("queryAll?{}", encode_form(&[("q", &soql)]))
    };
    batch::ask(api, &asks.iter().map(resource).collect::<Vec<_>>())
}

/// Reads the counts, in the order asked; none for one that was refused.
pub fn counts(reply: &Reply, asked: usize) -> Option<Vec<Option<u64>>> {
    Some(batch::told(reply, asked)?.into_iter().map(|told| told?["totalSize"].as_u64()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_include_their_lower_bound_only() {
        let which = Which::Changed { from: Timestamp(1_793_491_200_000), until: Timestamp(1_793_491_201_000) };
        let text = soql(Object::Lead, &["Id".into()], which);
        assert_eq!(text, "SELECT Id FROM Lead WHERE SystemModstamp >= 2026-11-01T00:00:00Z AND SystemModstamp < 2026-11-01T00:00:01Z");
    }

    #[test]
    fn a_refused_count_is_no_zero() {
        let body = r#"{"hasErrors":true,"results":[{"statusCode":200,"result":{"totalSize":3,"done":true,"records":[]}},
            {"statusCode":400,"result":[{"errorCode":"INVALID_TYPE","message":"x"}]}]}"#;
        assert_eq!(counts(&Reply { status: 200, body: body.into(), ..Reply::default() }, 2), Some(vec![Some(3), None]));
        assert_eq!(counts(&Reply { status: 200, body: body.into(), ..Reply::default() }, 3), None);
    }
}
