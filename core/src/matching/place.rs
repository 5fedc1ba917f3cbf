//! Places, made comparable: city, region, country, each at its own level. What only one side shows says nothing against the other.

use super::compare::similar;
use super::normalise::{bounded, fold};
use crate::model::evidence::Level;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What places are called, folded, and their one name (ISO 3166, CLDR, GeoNames; `tests/peers/places.py`, `cities.py`).
struct Names {
    /// Countries, by name in their own and other languages.
    countries: HashMap<String, String>,
    /// Countries, by code: two or three letters.
    codes: HashMap<String, String>,
    /// Regions by code and by name in their own and other languages: their one name, and their country.
    regions: HashMap<String, (String, String)>,
    /// Cities, by name in other languages than English.
    cities: HashMap<String, String>,
    /// Region, where it is known, and country of a city that its name alone tells.
    within: HashMap<String, (String, String)>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let of = |kind: &str| -> HashMap<String, String> {
        let rows = include_str!("table/places.csv").lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(',')?.split_once(','));
        rows.map(|(form, name)| (fold(form), fold(name))).filter(|(form, _)| !form.is_empty()).collect()
    };
    let rows = |table: &'static str| table.lines().skip(1).filter_map(|line| <[&str; 3]>::try_from(line.split(',').collect::<Vec<_>>()).ok());
    let regions = rows(include_str!("table/regions.csv")).map(|[form, name, land]| (fold(form), (fold(name), fold(land)))).collect();
    let cities = of("city");
    let within = rows(include_str!("table/cities.csv")).map(|[name, region, land]| {
        let name = fold(name);
        (cities.get(&name).cloned().unwrap_or(name), (fold(region), fold(land)))
    });
    Names { countries: of("country"), codes: of("code"), regions, within: within.collect(), cities }
});

static REGION_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| NAMES.regions.values().map(|(name, _)| name.as_str()).collect());

/// A place, folded, each part in one form. A code may be a region's or a country's: it stands there as both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The city.
    pub city: String,
    regions: Vec<String>,
    lands: Vec<String>,
}

impl Place {
    /// A place as a page shows it: "Greater Leeds Area, England, United Kingdom", "Italia".
    pub fn shown(text: &str) -> Self {
        let mut place = Self::default();
        for (number, part) in bounded(text).split([',', '·', ';']).map(fold).filter(|part| !part.is_empty()).enumerate() {
            let bare = if number == 0 { without_surroundings(&part) } else { part.clone() };
            let city = one_city(&bare);
            let is_known = place.add(&part) | (bare != part && place.add(&bare));
            if number == 0 && (!is_known || NAMES.within.contains_key(&city)) {
                place.city = city;
            } else if !is_known {
                place.regions.push(part);
            }
        }
        place
    }

    /// A record's city, region and country.
    pub fn stored([city, region, land]: [&str; 3]) -> Self {
        let mut place = Self { city: one_city(&without_surroundings(&fold(city))), ..Self::default() };
        for part in [fold(region), fold(land)] {
            if !part.is_empty() && !place.add(&part) {
                place.regions.push(part);
            }
        }
        // A column for the country holds none of California.
        if let Some(named) = NAMES.codes.get(&fold(land)).or_else(|| NAMES.countries.get(&fold(land))) {
            place.lands = vec![named.clone()];
            if fold(region).is_empty() {
                place.regions.clear();
            }
        }
        place
    }

    /// Adds a country or region; false if it is none that is known.
    fn add(&mut self, part: &str) -> bool {
        let land = NAMES.codes.get(part).or_else(|| NAMES.countries.get(part));
        let region = NAMES.regions.get(part);
        if let Some((region, _)) = region {
            self.regions.push(region.clone());
        }
        self.lands.extend(land.into_iter().chain(region.map(|(_, land)| land)).cloned());
        land.is_some() || region.is_some()
    }

    /// Whether nothing is known of it.
    pub fn is_empty(&self) -> bool {
        self.city.is_empty() && self.regions.is_empty() && self.lands.is_empty()
    }

    /// How well two places agree: the same city; a city and its region, or the region alone; a place and its country, or two cities of a
    /// region; two cities of a country; two places that can't be one. What one of them doesn't show isn't compared.
    pub fn compare(&self, other: &Self) -> Level {
        if self.is_empty() || other.is_empty() {
            return Level::NotCompared;
        }
        let (cities, both) = ((&self.city, &other.city), !self.city.is_empty() && !other.city.is_empty());
        let is_same = both && (cities.0 == cities.1 || holds(cities.0, cities.1) || holds(cities.1, cities.0));
        // Where the name is the same, what isn't said isn't made up: Cambridge is in two countries.
        let of = |place: &Self| if is_same { (place.regions.clone(), place.lands.clone()) } else { place.told() };
        let ((own_regions, own_lands), (regions, lands)) = (of(self), of(other));
        let known = |regions: &[String]| regions.iter().filter(|region| REGION_NAMES.contains(region.as_str())).cloned().collect::<Vec<_>>();
        let parts_region = parts(&known(&own_regions), &known(&regions));
        match () {
            () if parts(&own_lands, &lands) => Level::Differs,
            () if is_same && parts_region => Level::Faint,
            () if is_same => Level::Equal,
            () if both && similar(cities.0, cities.1) => Level::Close,
            () if meets(&own_regions, &regions) => {
                if both {
                    Level::Partial
                } else {
                    Level::Close
                }
            }
            () if !both && !parts_region => {
                if meets(&own_lands, &lands) {
                    Level::Partial
                } else {
                    Level::NotCompared
                }
            }
            () if meets(&own_lands, &lands) => Level::Faint,
            () => Level::Differs,
        }
    }

    /// Its regions and countries, by its city where they aren't said.
    fn told(&self) -> (Vec<String>, Vec<String>) {
        let (mut regions, mut lands) = (self.regions.clone(), self.lands.clone());
        if let Some((region, land)) = NAMES.within.get(&self.city).filter(|(_, land)| lands.is_empty() || lands.contains(land)) {
            if !regions.iter().any(|region| REGION_NAMES.contains(region.as_str())) && !region.is_empty() {
                regions.push(region.clone());
            }
            if lands.is_empty() {
                lands.push(land.clone());
            }
        }
        (regions, lands)
    }
}

fn meets(one: &[String], other: &[String]) -> bool {
    one.iter().any(|name| other.contains(name))
}

/// Whether both are said, and have nothing in common.
fn parts(one: &[String], other: &[String]) -> bool {
    !one.is_empty() && !other.is_empty() && !meets(one, other)
}

/// Whether a city's name holds the words of another's: Frankfurt am Main, Frankfurt.
fn holds(long: &str, short: &str) -> bool {
    short.len() > 3 && long.len() > short.len() && format!(" {long} ").contains(&format!(" {short} "))
}

fn one_city(folded: &str) -> String {
    NAMES.cities.get(folded).cloned().unwrap_or_else(|| folded.to_owned())
}

/// A folded city without what is said of its surroundings: greater leeds area.
fn without_surroundings(folded: &str) -> String {
    const AROUND: &[&str] = &[
        "greater",
        "area",
        "metropolitan",
        "metro",
        "metroplex",
        "region",
        "und",
        "umgebung",
        "en",
        "omgeving",
        "e",
        "dintorni",
        "y",
        "alrededores",
        "regiao",
        "bay",
    ];
    let bare = folded.split(' ').filter(|word| !AROUND.contains(word)).collect::<Vec<_>>().join(" ");
    if bare.is_empty() { folded.to_owned() } else { bare }
}

/// The city that a place as shown begins with: "Greater Leeds Area" is Leeds. Empty where only a country is shown, as far as can be told.
pub fn city(text: &str) -> String {
    let folded = fold(bounded(text).split([',', '·', ';']).next().unwrap_or(""));
    one_city(&without_surroundings(&folded)).replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(page: &str, record: [&str; 3], expected: Level) {
        let (shown, stored) = (Place::shown(page), Place::stored(record));
        assert_eq!(shown.compare(&stored), expected, "{page} / {record:?}: {shown:?} {stored:?}");
        assert_eq!(stored.compare(&shown), expected, "{record:?} / {page}");
    }

    #[test]
    fn places_are_compared_at_their_own_level() {
        for (page, record, expected) in [
            ("Leeds, England, United Kingdom", ["Leeds", "", "GB"], Level::Equal),
            ("Greater Leeds Area", ["Leeds", "", ""], Level::Equal),
            ("Torino, Piemonte, Italia", ["Turin", "", "Italy"], Level::Equal),
            ("Frankfurt/Main", ["Frankfurt am Main", "", "DE"], Level::Equal),
            ("Padua Metropolitan Area", ["", "", "Italy"], Level::Partial),
            ("Italy", ["Roma", "", ""], Level::Partial),
            ("Turin, Piedmont", ["", "Piemonte", ""], Level::Close),
            ("Paris", ["", "Île-de-France", ""], Level::Close),
            ("Bavaria, Germany", ["", "Bayern", "Deutschland"], Level::Close),
            ("Monza", ["Milano", "", ""], Level::Partial),
            ("Rome, Latium, Italy", ["Milano", "MI", "IT"], Level::Faint),
            ("Paris, France", ["Milano", "", ""], Level::Differs),
            ("Portland, Oregon, United States", ["Portland", "ME", "US"], Level::Faint),
            ("Dublin, Ireland", ["Dublin", "OH", "USA"], Level::Differs),
            ("Somewhere small", ["", "", "Italy"], Level::NotCompared),
            ("Ottawa, Ontario, Canada", ["Toronto", "ON", "CA"], Level::Partial),
            ("Los Angeles, California", ["San Diego", "CA", "US"], Level::Partial),
            ("Wilmington, DE", ["Wilmington", "Delaware", "US"], Level::Equal),
            ("Berlin, DE", ["Berlin", "", "Germany"], Level::Equal),
            ("New York, New York, United States", ["New York", "NY", "US"], Level::Equal),
            ("Москва, Россия", ["Moscow", "", "RU"], Level::Equal),
            ("Sydney, New South Wales, Australia", ["", "NSW", "AU"], Level::Close),
            ("Dubai, United Arab Emirates", ["", "", "UAE"], Level::Partial),
            ("Budapest, Hungary", ["", "", "Magyarország"], Level::Partial),
            ("", ["Leeds", "", ""], Level::NotCompared),
        ] {
            check(page, record, expected);
        }
    }

    #[test]
    fn a_city_has_one_name() {
        for (one, other) in [("København", "Copenhagen"), ("Wien", "Vienna"), ("Москва", "Moscow"), ("München", "Munich"), ("Greater Milan Area", "Milano")]
        {
            assert_eq!(city(one), city(other));
        }
    }
}
