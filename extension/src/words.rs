//! Words on the screen, from the browser's own `_locales`. No English in code.

use inlay_core::api::ProblemKind;

/// Looks words up by key.
pub struct Words<'a>(pub &'a dyn Fn(&str, &[String]) -> String);

impl Words<'_> {
    /// A message.
    pub fn get(&self, key: &str) -> String {
        (self.0)(key, &[])
    }

    /// A message with its `$1`, `$2` … filled in.
    pub fn with(&self, key: &str, values: &[&str]) -> String {
        let values: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
        (self.0)(key, &values)
    }

    /// What happened, and what to do, in the reader's language.
    pub fn problem(&self, kind: ProblemKind) -> (String, String) {
        let name = serde_json::to_value(kind).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
        (self.get(&format!("problem_{name}")), self.get(&format!("remedy_{name}")))
    }
}

/// The messages of a language, for tests.
#[cfg(test)]
pub(crate) fn of_language(language: &str) -> impl Fn(&str, &[String]) -> String + use<> {
    let path = format!("{}/static/_locales/{language}/messages.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("a locale");
    let messages: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    move |key, values| {
        let mut message = messages[key]["message"].as_str().unwrap_or_else(|| panic!("no words for {key}")).to_owned();
        for (place, value) in values.iter().enumerate() {
            message = message.replace(&format!("${}", place + 1), value);
        }
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_words_in_every_language() {
        use ProblemKind as P;
        let kinds = [
            P::WrongSetupCode,
            P::TooManyTries,
            P::ConsentDenied,
            P::SignInExpired,
            P::UnknownApp,
            P::OtherOrg,
            P::NoWorkspace,
            P::NoSeat,
            P::NotSignedIn,
            P::NotAdmin,
            P::ConnectionRevoked,
            P::ApiDisabled,
            P::ApiBudgetSpent,
            P::ApiShareSpent,
            P::SalesforceUnavailable,
            P::SalesforceRefused,
            P::CountsDontAddUp,
            P::Unreadable,
            P::OutOfRange,
            P::NotFound,
            P::NotConfirmed,
            P::WritebackOff,
            P::WriteUntested,
            P::NotesOnly,
            P::TooLate,
            P::StorageFull,
            P::ImportRuns,
            P::OtherKey,
            P::PieceOutOfPlace,
            P::AlreadyThere,
            P::OriginRefused,
            P::ServerBroken,
            P::ServerUnreachable,
            P::NoServer,
        ];
        for language in ["en", "it", "pt", "nl", "es"] {
            let messages = of_language(language);
            for kind in kinds {
                let (message, remedy) = Words(&messages).problem(kind);
                assert!(!message.is_empty() && !remedy.is_empty(), "{language} {kind:?}");
            }
        }
    }
}
