//! Card: what stands on the panel behind a badge, in the order of a glance: who, what forbids, how to reach, what is open, why.

use crate::api::{Band, Card, Matched};
use crate::model::evidence::{Evidence, Field, Level};

/// A fact that limits what one may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// The person asked not to be called.
    DoNotCall,
    /// The person opted out of e-mail.
    OptedOut,
}

/// A labelled value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// E-mail address.
    Email,
    /// Mobile phone.
    Mobile,
    /// Phone.
    Phone,
    /// Postal address.
    Address,
    /// Website.
    Website,
    /// Industry.
    Industry,
    /// Owner.
    Owner,
    /// Status or type.
    Status,
    /// Last activity.
    LastActivity,
}

/// What forbids or warns.
pub fn flags(card: &Card) -> Vec<Flag> {
    [(card.do_not_call, Flag::DoNotCall), (card.opted_out, Flag::OptedOut)].into_iter().filter(|(set, _)| *set).map(|(_, flag)| flag).collect()
}

/// The values there are, in the order of the card.
pub fn lines(card: &Card) -> Vec<(Label, &str)> {
    [
        (Label::Website, card.website.as_str()),
        (Label::Email, &card.email),
        (Label::Mobile, &card.mobile),
        (Label::Phone, &card.phone),
        (Label::Address, &card.address),
        (Label::Industry, &card.industry),
        (Label::Owner, &card.owner),
        (Label::Status, &card.status),
        (Label::LastActivity, &card.last_activity),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .collect()
}

/// The two fields that speak most for the match: "Sure match, by email and name".
pub fn reasons(matched: &Matched) -> Vec<Field> {
    let mut speaking: Vec<&Evidence> = matched.evidence.iter().filter(|line| line.bits > 1.0 && line.field != Field::Prior).collect();
    speaking.sort_by(|a, b| b.bits.total_cmp(&a.bits));
    speaking.into_iter().take(2).map(|line| line.field).collect()
}

/// The lines of "Why this match", the weightiest first behind the prior; what wasn't compared comes last.
pub fn why(matched: &Matched) -> Vec<&Evidence> {
    let mut lines: Vec<&Evidence> = matched.evidence.iter().collect();
    lines.sort_by(|a, b| {
        let rank = |line: &Evidence| (line.field != Field::Prior, line.level == Level::NotCompared);
        rank(a).cmp(&rank(b)).then(b.bits.abs().total_cmp(&a.bits.abs()))
    });
    lines
}

/// Whether the card first asks if it is the same person.
pub fn asks(band: Band) -> bool {
    band == Band::Unsure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_values_have_no_line_and_flags_come_with_words() {
        let card = Card { email: "x@y.example".into(), do_not_call: true, ..Card::default() };
        assert_eq!(lines(&card), [(Label::Email, "x@y.example")]);
        assert_eq!(flags(&card), [Flag::DoNotCall]);
    }
}
