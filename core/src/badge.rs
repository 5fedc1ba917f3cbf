//! Badge: from a verdict to what is drawn beside a name. Says what, not how: words come from the locales, looks from the sheet.

use crate::api::{Band, Verdict};
use crate::model::object::Object;

/// What a badge says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// In CRM.
    In,
    /// Perhaps: one press confirms or rejects.
    Unsure,
    /// The page's layout isn't understood.
    Paused,
    /// The server is being asked.
    Asking,
}

/// The one fact that helps to decide, on a wide badge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// Nothing to add.
    Nothing,
    /// Whose record it is.
    Owner(String),
    /// Whom it might be: name and company.
    Question(String, String),
}

/// A badge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// What it says.
    pub state: State,
    /// Lead, contact or account: shape, letter, colour.
    pub object: Option<Object>,
    /// Beside whose name it stands.
    pub name: String,
    /// More, where there is room.
    pub fact: Fact,
}

impl Badge {
    /// Drawn at once, filled in when the answer comes.
    pub fn asking(name: &str) -> Self {
        Self { state: State::Asking, object: None, name: name.to_owned(), fact: Fact::Nothing }
    }

    /// Drawn where the layout isn't understood: never a wrong badge.
    pub fn paused() -> Self {
        Self { state: State::Paused, object: None, name: String::new(), fact: Fact::Nothing }
    }

    /// The badge of a verdict; none where nothing is to be drawn.
    pub fn of(name: &str, verdict: &Verdict) -> Option<Self> {
        let matched = verdict.matched.as_ref()?;
        let (state, fact) = match verdict.band {
            Band::Sure if matched.owner.is_empty() => (State::In, Fact::Nothing),
            Band::Sure => (State::In, Fact::Owner(matched.owner.clone())),
            Band::Unsure => (State::Unsure, Fact::Question(matched.name.clone(), matched.company.clone())),
            Band::None => return None,
        };
        Some(Self { state, object: Some(matched.object), name: name.to_owned(), fact })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_match_draws_nothing() {
        let verdict = Verdict { sighting: "in/x".into(), band: Band::None, matched: None };
        assert_eq!(Badge::of("Dana Okafor", &verdict), None);
    }
}
