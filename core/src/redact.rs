//! Takes phone numbers and e-mail addresses out of a text before it leaves the browser (spec 48).

/// What stands in their place.
const GONE: &str = "[…]";
/// Digits that make a number a phone number: fewer are dates, prices, sizes.
const DIGITS: usize = 7;

/// The text without e-mail addresses and phone numbers.
///
/// ```
/// use inlay_core::redact::redact;
/// assert_eq!(redact("Mail dana@northwind.example or call +44 20 7946 0958."), "Mail […] or call […].");
/// assert_eq!(redact("From 2026-11-22 on: 48,000 for 80 mm"), "From 2026-11-22 on: 48,000 for 80 mm");
/// ```
pub fn redact(text: &str) -> String {
    let without_mail = text.split_inclusive(char::is_whitespace).map(mail_free).collect::<String>();
    phone_free(&without_mail)
}

/// A word, with what stands around an address kept: brackets, commas, a full stop.
fn mail_free(word: &str) -> String {
    let is_edge = |letter: char| letter.is_whitespace() || "<>()[]{},;:!?\"'".contains(letter);
    let core = word.trim_matches(is_edge).trim_end_matches('.');
    let looks = core.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !domain.starts_with('.'));
    if looks { word.replacen(core, GONE, 1) } else { word.to_owned() }
}

/// Runs of digits, parted by spaces, dots, dashes, slashes or brackets, that are long enough to be called; dates stay.
fn phone_free(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while at < letters.len() {
        let starts = letters[at].is_ascii_digit() || (matches!(letters[at], '+' | '(') && letters.get(at + 1).is_some_and(char::is_ascii_digit));
        let follows_word = at > 0 && letters[at - 1].is_alphanumeric();
        if !starts || follows_word {
            out.push(letters[at]);
            at += 1;
            continue;
        }
        let mut end = at;
        while end < letters.len() && (letters[end].is_ascii_digit() || "+()-./ \u{a0}\u{202f}".contains(letters[end])) {
            end += 1;
        }
        while end > at && !letters[end - 1].is_ascii_digit() {
            end -= 1;
        }
        let run: String = letters[at..end].iter().collect();
        let digits = run.chars().filter(char::is_ascii_digit).count();
        if digits >= DIGITS && !is_date(&run) && !letters.get(end).is_some_and(|letter| letter.is_alphanumeric()) {
            out.push_str(GONE);
        } else {
            out.push_str(&run);
        }
        at = end.max(at + 1);
    }
    out
}

/// Three groups of which one is a year, as in 2026-11-22 or 22/11/2026.
fn is_date(run: &str) -> bool {
    let groups: Vec<&str> = run.split(['-', '/', '.']).collect();
    let is_year = |group: &&str| group.len() == 4 && (group.starts_with("19") || group.starts_with("20"));
    groups.len() == 3 && groups.iter().filter(|group| is_year(group)).count() == 1 && groups.iter().all(|group| group.len() <= 4 && !group.contains(' '))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_that_can_t_be_called_stay() {
        for text in ["order 4711", "€ 48,000.00", "22/11/2026", "version 1.2.3", "room 12-14", "AB1234567"] {
            assert_eq!(redact(text), text);
        }
        for text in ["(020) 7946-0958", "+351 912 345 678", "06 12 34 56 78", "5551234567"] {
            assert_eq!(redact(text), GONE, "{text}");
        }
        assert_eq!(redact("<dana@x.example>, or bo@y.example."), "<[…]>, or […].");
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "[0-9+() .@a-z\\n-]{0,60}") {
            let redacted = redact(&text);
            prop_assert_eq!(redacted.matches('\n').count(), text.matches('\n').count());
        }
    }
}
