//! Moments as HTTP and SOQL write them.

use crate::model::time::Timestamp;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// RFC 9110, 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
const HTTP: &[BorrowedFormatItem<'_>] = format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
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

/// A date-time literal of SOQL; never quoted there.
pub fn to_soql(moment: Timestamp) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(moment.0.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    moment.format(SOQL).unwrap_or_default()
}
