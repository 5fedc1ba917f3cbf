//! Other details, made comparable: streets, postal codes, tickers, head-counts, dates, numbers that are codes.

use super::normalise::{bounded, fold};
use crate::model::evidence::{Field, Level};
use rapidfuzz::distance::osa;

/// The fields of a record that hold such details.
pub const STORED: [(Field, &[&str]); 6] = [
    (Field::Street, &["BillingStreet", "Street"]),
    (Field::PostalCode, &["BillingPostalCode", "MailingPostalCode", "PostalCode"]),
    (Field::Ticker, &["TickerSymbol"]),
    (Field::Employees, &["NumberOfEmployees"]),
    (Field::BirthDate, &["Birthdate"]),
    (Field::NationalId, &["NationalId"]),
];

/// A detail as it is compared; none if there is nothing in it.
pub fn normalised(field: Field, text: &str) -> Option<String> {
    let folded = fold(bounded(text));
    let normalised = match field {
        Field::Street => folded,
        Field::Employees => head_count(text)?.to_string(),
        Field::BirthDate => folded.chars().filter(char::is_ascii_digit).collect(),
        _ => folded.replace(' ', ""),
    };
    (!normalised.is_empty()).then_some(normalised)
}

/// Compares two normalised details of one field.
pub fn compare(field: Field, page: &str, crm: &str) -> Level {
    if page == crm {
        return Level::Equal;
    }
    match field {
        Field::Street => streets(page, crm),
        Field::Employees => counts(page, crm),
        Field::BirthDate if page.len() == 8 && crm.len() == 8 => dates(page, crm),
        _ => codes(page, crm),
    }
}

/// A number of people, or the middle of a range such as "51-200".
fn head_count(text: &str) -> Option<u64> {
    let digits: String = text.chars().filter(|letter| !matches!(letter, ',' | '.' | ' ' | '\u{a0}')).collect();
    let numbers: Vec<u64> = digits.split(|letter: char| !letter.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
    match numbers[..] {
        [] => None,
        [one] => Some(one),
        [low, high, ..] => Some(u64::midpoint(low, high)),
    }
}

fn counts(page: &str, crm: &str) -> Level {
    let count = |text: &str| text.parse::<f64>().unwrap_or(0.0).max(1.0);
    let ratio = count(page).max(count(crm)) / count(page).min(count(crm));
    match () {
        () if ratio <= 1.3 => Level::Close,
        () if ratio <= 3.0 => Level::Partial,
        () => Level::Differs,
    }
}

/// The house number and a word of the street tell; "Street" and "St." don't.
fn streets(page: &str, crm: &str) -> Level {
    let number = |street: &str| street.split(' ').find(|word| word.starts_with(|letter: char| letter.is_ascii_digit())).map(str::to_owned);
    let shares =
        page.split(' ').any(|word| word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_alphabetic()) && crm.split(' ').any(|other| other == word));
    let has_same_number = number(page).is_some() && number(page) == number(crm);
    match (shares, has_same_number) {
        (true, true) => Level::Close,
        (true, false) => Level::Partial,
        _ => Level::Differs,
    }
}

/// Year, month and day in eight digits: a slip, or a part that agrees.
fn dates(page: &str, crm: &str) -> Level {
    if osa::distance(page.chars(), crm.chars()) <= 1 {
        return Level::Close;
    }
    let equal = usize::from(page[..4] == crm[..4]) + usize::from(page[4..6] == crm[4..6]) + usize::from(page[6..] == crm[6..]);
    match equal {
        2 => Level::Partial,
        1 if page[..4] == crm[..4] => Level::Faint,
        _ => Level::Differs,
    }
}

/// Codes: a slip in a long one, or the same beginning.
fn codes(page: &str, crm: &str) -> Level {
    let shorter = page.len().min(crm.len());
    let common = page.bytes().zip(crm.bytes()).take_while(|(a, b)| a == b).count();
    match () {
        () if shorter >= 5 && page.len().abs_diff(crm.len()) <= 1 && osa::distance(page.chars(), crm.chars()) <= 1 => Level::Close,
        () if shorter >= 3 && page.len() == crm.len() && osa::distance(page.chars(), crm.chars()) <= 1 => Level::Partial,
        () if common >= 3 => Level::Partial,
        () => Level::Differs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(field: Field, page: &str, crm: &str) -> Level {
        let normal = |text: &str| normalised(field, text).expect("there is something");
        compare(field, &normal(page), &normal(crm))
    }

    #[test]
    fn details_agree_in_part() {
        assert_eq!(level(Field::Street, "12 Harbour Row", "12, Harbour Row"), Level::Equal);
        assert_eq!(level(Field::Street, "12 Harbour Row", "12 Harbour Rd."), Level::Close);
        assert_eq!(level(Field::Street, "12 Harbour Row", "14 Harbour Row"), Level::Partial);
        assert_eq!(level(Field::Street, "12 Harbour Row", "12 Mill Lane"), Level::Differs);
        assert_eq!(level(Field::Employees, "51-200 employees", "120"), Level::Close);
        assert_eq!(level(Field::Employees, "10,001+", "12"), Level::Differs);
        assert_eq!(level(Field::PostalCode, "TQ13 8DF", "tq13 8dg"), Level::Close);
        assert_eq!(level(Field::PostalCode, "4223", "4224"), Level::Partial);
        assert_eq!(level(Field::BirthDate, "1630-08-01", "1630-08-11"), Level::Close);
        assert_eq!(level(Field::BirthDate, "1630-08-01", "1630-05-11"), Level::Faint);
        assert_eq!(level(Field::BirthDate, "1630-08-01", "1730-08-11"), Level::Differs);
        assert_eq!(normalised(Field::Employees, "unknown"), None);
    }
}
