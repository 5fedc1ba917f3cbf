//! Moments as HTTP and SOQL write them.

use crate::model::time::Timestamp;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// RFC 9110, 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
const HTTP: &[BorrowedFormatItem<'_>] = format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
/// As REST writes a date-time: `2026-11-22T09:30:00.000+0000`.
const REST: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3][offset_hour sign:mandatory][offset_minute]");
const SOQL: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

/// Reads a `Date` header.
///
/// ```
/// use inlay_core::model::time::Timestamp;
/// use inlay_core::salesforce::moment;
/// assert_eq!(moment::of_http("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Timestamp(784_111_777_000)));
/// assert_eq!(moment::of_http("yesterday"), None);
/// ```
pub fn of_http(text: &str) -> Option<Timestamp> {
    let moment = PrimitiveDateTime::parse(text, HTTP).ok()?;
    Some(Timestamp(moment.assume_utc().unix_timestamp() * 1000))
}

/// Reads a date-time of a REST reply.
///
/// ```
/// use inlay_core::model::time::Timestamp;
/// use inlay_core::salesforce::moment;
/// assert_eq!(moment::of_rest("1994-11-06T09:49:37.000+0100"), Some(Timestamp(784_111_777_000)));
/// assert_eq!(moment::of_rest(""), None);
/// ```
pub fn of_rest(text: &str) -> Option<Timestamp> {
    OffsetDateTime::parse(text, REST).ok().map(|moment| Timestamp(moment.unix_timestamp() * 1000))
}

/// A date-time literal of SOQL; never quoted there.
pub fn to_soql(moment: Timestamp) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(moment.0.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    moment.format(SOQL).unwrap_or_default()
}
