//! Places, made comparable: city, region, country.

use super::normalise::{bounded, fold};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What countries, states and cities are called, folded, and their one name: by `places.csv` (ISO 3166, CLDR; `tests/peers/places.py`).
struct Names {
    /// Countries, by name in their own and other languages.
    countries: HashMap<String, String>,
    /// Countries, by code: two or three letters.
    codes: HashMap<String, String>,
    /// States and provinces, by code.
    states: HashMap<String, String>,
    /// Cities, by name in other languages than English.
    cities: HashMap<String, String>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let of = |kind: &str| {
        let rows = include_str!("table/places.csv").lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(',')?.split_once(','));
        rows.map(|(form, name)| (fold(form), fold(name))).filter(|(form, _)| !form.is_empty()).collect()
    };
    Names { countries: of("country"), codes: of("code"), states: of("state"), cities: of("city") }
});

static STATE_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| NAMES.states.values().map(String::as_str).collect());

/// A place's parts, folded: city, region, country, each in one form. A code may be a state's or a country's: it stands there as both.
pub fn places(text: &str) -> Vec<String> {
    let parts = bounded(text).split([',', '·', ';']).map(fold).filter(|part| !part.is_empty());
    parts
        .flat_map(|part| {
            let (code, state) = (NAMES.codes.get(&part).cloned(), NAMES.states.get(&part).cloned());
            let known: Vec<String> = code.into_iter().chain(state).collect();
            if known.is_empty() { vec![one_name(&part)] } else { known }
        })
        .collect()
}

/// A record's city, region and country, folded, each in one form.
pub fn stored([city, region, land]: [&str; 3]) -> [String; 3] {
    let (city, region, land) = (fold(city), fold(region), fold(land));
    let region = NAMES.states.get(&region).cloned().unwrap_or(region);
    let land = NAMES.codes.get(&land).or_else(|| NAMES.countries.get(&land)).cloned().unwrap_or(land);
    [NAMES.cities.get(&city).cloned().unwrap_or(city), region, land]
}

/// Whether a folded part is the name of a state or province.
pub fn is_state(part: &str) -> bool {
    STATE_NAMES.contains(part)
}

/// The one name of a country or city of several.
fn one_name(folded: &str) -> String {
    NAMES.countries.get(folded).or_else(|| NAMES.cities.get(folded)).cloned().unwrap_or_else(|| folded.to_owned())
}

/// The city that a place as shown begins with: "Greater Leeds Area" is Leeds. Empty where only a country is shown, as far as can be told.
pub fn city(text: &str) -> String {
    const AROUND: &[&str] =
        &["greater", "area", "metropolitan", "metro", "region", "und", "umgebung", "en", "omgeving", "e", "dintorni", "y", "alrededores", "regiao", "bay"];
    let folded = fold(bounded(text).split([',', '·', ';']).next().unwrap_or(""));
    let bare = folded.split(' ').filter(|word| !AROUND.contains(word)).collect::<Vec<_>>().join(" ");
    NAMES.cities.get(&bare).cloned().unwrap_or(bare).replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_states_and_cities_have_one_name() {
        for (record, page) in [
            (["Toronto", "ON", "CA"], "Ottawa, Ontario, Canada"),
            (["", "", "AU"], "Sydney, New South Wales, Australia"),
            (["Malmö", "", "Sverige"], "Sweden"),
            (["", "", "Magyarország"], "Budapest, Hungary"),
            (["", "", "KOR"], "South Korea"),
            (["", "", "Česko"], "Prague, Czechia"),
            (["", "", "UAE"], "Dubai, United Arab Emirates"),
            (["", "", "Россия"], "Russia"),
        ] {
            let [_, _, land] = stored(record);
            assert!(places(page).contains(&land), "{record:?} {page}: {land} {:?}", places(page));
        }
        assert_eq!(stored(["", "TX", "USA"])[1], "texas");
        assert!(places("Wilmington, DE").contains(&"delaware".to_owned()) && places("Berlin, DE").contains(&"germany".to_owned()));
        for (one, other) in [("København", "Copenhagen"), ("Wien", "Vienna"), ("Москва", "Moscow"), ("München", "Munich"), ("Greater Milan Area", "Milano")]
        {
            assert_eq!(city(one), city(other));
        }
        assert_eq!(stored(["Leeds", "", ""])[0], "leeds");
    }
}
