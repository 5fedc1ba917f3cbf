//! Conditions of a query: which rows they let through.

use super::dice::date;
use super::org::{Org, Row};
use super::schema::{Spec, kind};
use super::soql::value;
use std::cmp::Ordering;

#[derive(Debug, Clone)]
pub(super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Compare(String, Operator, Vec<Literal>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Unequal,
    Less,
    LessEqual,
    More,
    MoreEqual,
    Like,
    In,
    NotIn,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Null,
    Text(String),
    /// From the first second to the last.
    Days(i64, i64),
}

impl Filter {
    pub(super) fn fields<'a>(&'a self, named: &mut Vec<&'a String>) {
        match self {
            Self::All(filters) | Self::Any(filters) => filters.iter().for_each(|filter| filter.fields(named)),
            Self::Not(filter) => filter.fields(named),
            Self::Compare(field, _, _) => named.push(field),
        }
    }

    /// The ids that a condition on `Id` allows, so that it needs no scan.
    pub(super) fn ids(&self) -> Option<Vec<String>> {
        match self {
            Self::All(filters) => filters.iter().find_map(Self::ids),
            Self::Compare(field, Operator::Equal | Operator::In, values) if field.eq_ignore_ascii_case("Id") => Some(
                values
                    .iter()
                    .filter_map(|value| match value {
                        Literal::Text(id) => Some(id.clone()),
                        Literal::Null | Literal::Days(..) => None,
                    })
                    .collect(),
            ),
            _ => None,
        }
    }

    /// The moment that a row's stamp can't be before, so that rows of the world as it was made needn't be looked at.
    pub(super) fn newer_than(&self) -> Option<String> {
        match self {
            Self::All(filters) => filters.iter().find_map(Self::newer_than),
            Self::Compare(field, Operator::More | Operator::MoreEqual, values) if field == "SystemModstamp" => match values.first() {
                Some(Literal::Text(moment)) => Some(moment.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn matches(&self, org: &Org, spec: &Spec, row: &Row) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.matches(org, spec, row)),
            Self::Any(filters) => filters.iter().any(|filter| filter.matches(org, spec, row)),
            Self::Not(filter) => !filter.matches(org, spec, row),
            Self::Compare(field, operator, literals) => {
                let value = value(org, spec, row, field);
                let is = |literal: &Literal| equals(field, &value, literal);
                match operator {
                    Operator::Equal | Operator::In => literals.iter().any(is),
                    Operator::Unequal | Operator::NotIn => !literals.iter().any(is),
                    Operator::Like => matches!(&literals[0], Literal::Text(pattern) if like(&pattern.to_lowercase(), &value.to_lowercase())),
                    Operator::Less => order(field, &value, &literals[0]) == Some(Ordering::Less),
                    Operator::LessEqual => matches!(order(field, &value, &literals[0]), Some(Ordering::Less | Ordering::Equal)),
                    Operator::More => order(field, &value, &literals[0]) == Some(Ordering::Greater),
                    Operator::MoreEqual => matches!(order(field, &value, &literals[0]), Some(Ordering::Greater | Ordering::Equal)),
                }
            }
        }
    }
}

fn equals(field: &str, value: &str, literal: &Literal) -> bool {
    match literal {
        Literal::Null => value.is_empty(),
        Literal::Text(text) if matches!(kind(field), "id" | "reference") => !value.is_empty() && value.get(..15) == text.get(..15),
        Literal::Text(text) => compare(field, value, text) == Ordering::Equal,
        Literal::Days(..) => order(field, value, literal) == Some(Ordering::Equal),
    }
}

/// Compares with a literal; a span of days is equal to all its days.
fn order(field: &str, value: &str, literal: &Literal) -> Option<Ordering> {
    if value.is_empty() {
        return None;
    }
    match literal {
        Literal::Null => None,
        Literal::Text(text) => Some(compare(field, value, text)),
        Literal::Days(from, to) => {
            let (from, to) = (date(*from), date(*to));
            let day = &value[..10.min(value.len())];
            Some(if day < from.as_str() {
                Ordering::Less
            } else if day > to.as_str() {
                Ordering::Greater
            } else {
                Ordering::Equal
            })
        }
    }
}

/// Compares two values of a field as its kind has it.
pub(super) fn compare(field: &str, a: &str, b: &str) -> Ordering {
    match kind(field) {
        "int" | "currency" => a.parse::<f64>().unwrap_or(f64::MIN).total_cmp(&b.parse::<f64>().unwrap_or(f64::MIN)),
        "datetime" => a.get(..19).unwrap_or(a).cmp(b.get(..19).unwrap_or(b)),
        "id" | "reference" => a.cmp(b),
        _ => a.to_lowercase().cmp(&b.to_lowercase()),
    }
}

fn like(pattern: &str, text: &str) -> bool {
    let mut pattern_rest = pattern.chars();
    match pattern_rest.next() {
        None => text.is_empty(),
        Some('%') => (0..=text.len()).filter(|place| text.is_char_boundary(*place)).any(|place| like(pattern_rest.as_str(), &text[place..])),
        Some(character) => {
            let mut text_rest = text.chars();
            text_rest.next().is_some_and(|next| character == '_' || character == next) && like(pattern_rest.as_str(), text_rest.as_str())
        }
    }
}
