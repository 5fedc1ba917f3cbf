//! What the address of a profile says of a name: sites make it of the name, and leave it when the name changes, or is shown in part.

use super::company::Company;
use super::name::{PersonName, are_nicknames};
use super::normalise::{bounded, squash};
use crate::model::sighting::Sighting;

/// The shortest word of an address that is taken for a name.
const SHORTEST: usize = 3;

/// A person's name as the page shows it, and as the address has it besides.
#[derive(Debug, Clone, Default)]
pub(super) struct Named {
    /// The name that the page shows; with the surname or given name of the address where the page shows an initial.
    pub(super) shown: PersonName,
    /// The name in the address, where it is another form: before marriage, romanised, in full.
    pub(super) also: Option<PersonName>,
    /// The address, where it says anything that the page doesn't.
    pub(super) address: Option<String>,
}

impl Named {
    /// Reads a name and the address beside it. Addresses that share nothing with the name (`in/the-sales-guy`) say nothing.
    pub(super) fn of(sighting: &Sighting) -> Self {
        let shown = PersonName::of(sighting);
        let found = sighting.keys.iter().find_map(|key| Some((key, in_address(key.strip_prefix("in/")?, &shown)?)));
        let Some((key, found)) = found.filter(|(_, found)| found.signature != shown.signature) else { return Self { shown, ..Self::default() } };
        if fills(&shown, &found) {
            return Self { shown: found, also: None, address: Some(key.clone()) };
        }
        let is_latin = |text: &str| text.chars().any(|letter| letter.is_ascii_alphabetic());
        let is_foreign = ![&sighting.name, &sighting.first_name, &sighting.last_name].into_iter().any(|text| is_latin(text));
        let also = Some(found).filter(|found| is_foreign || shares(&shown, found));
        Self { shown, address: also.as_ref().map(|_| key.clone()), also }
    }
}

/// The name in an address, without the number that tells it from others: `dana-okafor-4b1a2`.
fn in_address(slug: &str, shown: &PersonName) -> Option<PersonName> {
    let is_id = slug.starts_with("acoaa") || slug.starts_with("acwaa");
    if is_id || slug.contains('%') {
        return None;
    }
    let mut words: Vec<&str> = bounded(slug).split(['-', '_']).filter(|word| !word.is_empty()).collect();
    let has_digit = |word: &&str| word.bytes().any(|byte| byte.is_ascii_digit());
    while words.len() > 2 && words.last().is_some_and(has_digit) {
        words.pop();
    }
    // A year or a number behind a name: `jurgenvogel84`, `jurgen-vogel2`.
    if let Some(last) = words.last_mut() {
        let bare = last.trim_end_matches(|letter: char| letter.is_ascii_digit());
        if bare.len() >= SHORTEST && last.len() - bare.len() <= 4 {
            *last = bare;
        }
    }
    if words.len() == 2 && words.last().is_some_and(has_digit) {
        words.pop();
    }
    if words.iter().any(has_digit) {
        return None;
    }
    match words[..] {
        [word] => parted(&squash(word), shown),
        _ => Some(PersonName::parse(&words.join(" "))).filter(|name| !name.family.is_empty()),
    }
}

/// An address in one word, parted where a word of the name shown begins or ends it, or the initial of the given name: `jurgenvogel`,
/// `jvogel` and `vogelj` beside "Jürgen V.".
fn parted(whole: &str, shown: &PersonName) -> Option<PersonName> {
    let rest = |word: &str| {
        let rest = whole.strip_prefix(word).or_else(|| whole.strip_suffix(word))?;
        (word.len() >= SHORTEST && rest.len() >= SHORTEST).then(|| rest.to_owned())
    };
    let (given, family) = (shown.given.first().map(|word| squash(word)), shown.family.last().map(|word| squash(word)));
    let by_family = family.as_deref().and_then(|family| Some((rest(family)?, family.to_owned())));
    let by_given = || given.as_deref().and_then(|given| Some((given.to_owned(), rest(given)?)));
    let by_initial = || {
        let given = given.as_deref().filter(|given| given.len() > 1)?;
        let rest = whole.strip_prefix(&given[..1]).or_else(|| whole.strip_suffix(&given[..1]))?;
        // Most words begin with some letter of a name: only a surname that is shown as an initial is sought so.
        let begins = family.as_deref().is_some_and(|family| family.len() == 1 && rest.starts_with(family));
        (begins && rest.len() > SHORTEST).then(|| (given.to_owned(), rest.to_owned()))
    };
    let (given, family) = by_family.or_else(by_given).or_else(by_initial)?;
    Some(PersonName::parse(&format!("{given} {family}")))
}

/// Whether the address has in full what the page shows as an initial, and all else that the page shows.
fn fills(shown: &PersonName, found: &PersonName) -> bool {
    let begins = |short: &String, long: &[String]| long.iter().any(|word| word == short || short.len() == 1 && word.starts_with(short.as_str()));
    let is_in = |short: &[String], long: &[String]| !short.is_empty() && short.iter().all(|word| begins(word, long));
    let initials = |name: &PersonName| name.spelt_given.iter().chain(&name.spelt_family).filter(|word| word.len() == 1).count();
    initials(shown) > initials(found) && is_in(&shown.spelt_given, &found.spelt_given) && is_in(&shown.spelt_family, &found.spelt_family)
}

/// Whether two names have a word in common, in one form or another.
fn shares(shown: &PersonName, found: &PersonName) -> bool {
    let spelt = |name: &PersonName| name.spelt_given.iter().chain(&name.spelt_family).filter(|word| word.len() > 1).cloned().collect::<Vec<_>>();
    let (ours, theirs) = (spelt(shown), spelt(found));
    // Written in one: MeganMarberg.
    let in_one = |name: &PersonName| name.spelt_given.concat() + &name.spelt_family.concat();
    in_one(shown) == in_one(found)
        || !shown.joined.is_empty() && shown.joined == found.joined
        || ours.iter().any(|word| theirs.contains(word))
        || shown.words().any(|one| found.words().any(|other| are_nicknames(one, other)))
}

/// The company that an address names, where it is another name than the page shows: `sentinel-milano-assicurazioni` beside "SMA".
pub(super) fn company<'k>(shown: &Company, keys: &'k [String]) -> Option<(&'k String, Company)> {
    let (key, slug) = keys.iter().find_map(|key| Some((key, key.strip_prefix("company/")?)))?;
    let mut words: Vec<&str> = bounded(slug).split('-').filter(|word| !word.is_empty()).collect();
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    // Two of one name are told apart by a number.
    while words.last().is_some_and(|word| is_number(word) && !shown.words.iter().any(|own| own == word)) {
        words.pop();
    }
    let found = if slug.contains('%') { Company::default() } else { Company::parse(&words.join(" ")) };
    (found.clean.len() >= SHORTEST && found.clean != shown.clean).then_some((key, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(shown: &str, slug: &str) -> Named {
        Named::of(&Sighting { name: shown.into(), keys: vec![format!("in/{slug}")], ..Sighting::default() })
    }

    #[test]
    fn initials_are_filled() {
        let family = |shown: &str, slug: &str| named(shown, slug).shown.family.join(" ");
        assert_eq!(family("Jürgen V.", "jurgen-vogel-3442b9fd"), "vogel");
        assert_eq!(family("Jürgen V.", "jurgenvogel"), "vogel");
        assert_eq!(family("Dr. Jürgen V. 🎯", "jurgen-vogel"), "vogel");
        assert_eq!(family("Jürgen V.", "jvogel"), "vogel");
        assert_eq!(family("Jürgen V.", "vogelj84"), "vogel");
        assert_eq!(family("Jürgen V.", "jurgen-vogel2"), "vogel");
        assert_eq!(family("Jürgen V.", "jbrandt"), "v");
        assert_eq!(family("Jürgen V.", "jurgen-brandt-1a2b3c"), "v", "another name, whose surname begins otherwise");
        assert_eq!(family("Jürgen V.", "acoaabcdefghijklmnopqrstuvw"), "v");
        assert_eq!(named("I. Leroy", "isabelle-leroy-14428a8d").shown.given, ["isabelle"]);
        assert_eq!(named("I. Leroy", "isabelleleroy").shown.given, ["isabele"]);
    }

    #[test]
    fn another_form_of_the_name_stands_beside_it() {
        let also = |shown: &str, slug: &str| named(shown, slug).also.map(|name| name.words().collect::<Vec<_>>().join(" "));
        assert_eq!(also("Salomé Alegria", "salome-aranda-2df8c48a").as_deref(), Some("salome aranda"));
        assert_eq!(also("Corrie de Ruiter", "cornelia-deruiter-16478aa3").as_deref(), Some("cornelia deruiter"));
        assert_eq!(also("Ale Nadi", "alessandranadi").as_deref(), Some("alesandra nadi"));
        assert_eq!(also("佐藤 健", "ken-sato-1a2b3c").as_deref(), Some("ken sato"));
        assert_eq!(also("Dana Okafor", "dana-okafor-4b1a2"), None, "the same name");
        assert_eq!(also("Dana Okafor", "the-sales-guy"), None, "no name");
        assert_eq!(also("Dana Okafor", "dokafor1980"), None);
        assert_eq!(also("Dana Okafor", "%e7%8e%8b"), None);
        assert_eq!(also("Dana Okafor", ""), None);
    }

    #[test]
    fn a_companys_address_names_it_too() {
        let also = |shown: &str, slug: &str| company(&Company::parse(shown), &[format!("company/{slug}")]).map(|(_, company)| company.clean);
        assert_eq!(also("SMA", "sentinel-milano-assicurazioni"), Some("sentinelmilanoasikurazioni".into()));
        assert_eq!(also("Northwind", "northwind-2"), None, "the same name, told apart");
        assert_eq!(also("Studio 54", "studio-54"), None);
        assert_eq!(also("Northwind", "1035001"), None, "an id");
    }
}
