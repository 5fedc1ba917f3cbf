//! Places, made comparable: city, region, country, each at its own level. What only one side shows says nothing against the other.

use super::compare::person::similar;
use super::normalise::{bounded, fold};
use crate::model::evidence::Level;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What places are called, folded, and their one name (ISO 3166, CLDR, GeoNames; `tests/peers/places.py`, `cities.py`).
struct Names {
    /// Countries, by name in their own and other languages.
    countries: HashMap<String, String>,
    /// Countries, by code: two or three letters.
    codes: HashMap<String, String>,
    /// Regions by code and by name in their own and other languages: each that is called so, and its country.
    regions: HashMap<String, Vec<Region>>,
    /// Cities, by name in other languages than English.
    cities: HashMap<String, String>,
    /// Region, where it is known, and country of a city that its name alone tells.
    within: HashMap<String, (String, String)>,
}

/// A region's one name, and its country.
type Region = (String, String);

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let of = |kind: &str| -> HashMap<String, String> {
        let rows = include_str!("table/places.csv").lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(',')?.split_once(','));
        rows.map(|(form, name)| (fold(form), fold(name))).filter(|(form, _)| !form.is_empty()).collect()
    };
    let rows = |table: &'static str| table.lines().skip(1).filter_map(|line| <[&str; 3]>::try_from(line.split(',').collect::<Vec<_>>()).ok());
    let mut regions: HashMap<String, Vec<Region>> = HashMap::new();
    for [form, name, land] in rows(include_str!("table/regions.csv")) {
        let (known, region) = (regions.entry(fold(form)).or_default(), (fold(name), fold(land)));
        if !known.contains(&region) {
            known.push(region);
        }
    }
    let cities = of("city");
    let within = rows(include_str!("table/cities.csv")).map(|[name, region, land]| {
        let name = fold(name);
        (cities.get(&name).cloned().unwrap_or(name), (fold(region), fold(land)))
    });
    Names { countries: of("country"), codes: of("code"), regions, within: within.collect(), cities }
});

/// A place, folded, each part in one form. A code may be that of regions in several countries, or a country's: unless another part, or
/// the city, says which, it stands there as all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The city.
    pub city: String,
    /// Where its name alone says that it is.
    within: Option<&'static Region>,
    regions: Vec<&'static str>,
    /// Parts that are no known region or country.
    others: Vec<String>,
    lands: Vec<&'static str>,
}

impl Place {
    /// A place as a page shows it: "Greater Leeds Area, England, United Kingdom", "Italia".
    pub fn shown(text: &str) -> Self {
        let (mut city, mut parts) = (String::new(), Vec::new());
        for (number, part) in bounded(text).split([',', '·', ';']).map(fold).filter(|part| !part.is_empty()).enumerate() {
            let bare = if number == 0 { without_surroundings(&part) } else { part.clone() };
            let own = one_city(&bare);
            let is_known = is_known(&part) || is_known(&bare);
            if number == 0 && (!is_known || NAMES.within.contains_key(&own)) {
                city = own;
            }
            if number > 0 || is_known {
                parts.push(if self::is_known(&part) { part } else { bare });
            }
        }
        Self::of(city, &parts, None)
    }

    /// A record's city, region and country.
    pub fn stored([city, region, land]: [&str; 3]) -> Self {
        let (city, region, land) = (one_city(&without_surroundings(&fold(city))), fold(region), fold(land));
        // A column for the country holds none of California; a region that is no country may stand in it.
        let country = land_of(&land);
        let parts: Vec<String> = [region, land].into_iter().take(if country.is_some() { 1 } else { 2 }).filter(|part| !part.is_empty()).collect();
        Self::of(city, &parts, country)
    }

    /// A place of a city, of what else is said, and of its country where that is sure.
    fn of(city: String, parts: &[String], country: Option<&'static String>) -> Self {
        let within = NAMES.within.get(&city);
        // What is a country's name and no region's says which country it is.
        let is_sure = |part: &&String| NAMES.countries.contains_key(*part) && !NAMES.regions.contains_key(*part);
        let mut lands: Vec<&'static str> =
            country.or_else(|| parts.iter().find(is_sure).and_then(|part| land_of(part))).into_iter().map(String::as_str).collect();
        let regions = || parts.iter().filter_map(|part| NAMES.regions.get(part)).flatten();
        if lands.is_empty() {
            lands.extend(parts.iter().filter_map(|part| land_of(part)).chain(regions().map(|(_, land)| land)).map(String::as_str));
            lands.sort_unstable();
            lands.dedup();
            // Of several the city tells which: Milano, MI isn't in Michigan.
            if let Some((_, own)) = within.filter(|(_, land)| lands.contains(&land.as_str())) {
                lands = vec![own];
            }
        }
        let named = regions().filter(|(_, land)| lands.contains(&land.as_str())).map(|(name, _)| name.as_str()).collect();
        let others = parts.iter().filter(|part| !is_known(part)).cloned().collect();
        Self { city, within, regions: named, others, lands }
    }

    /// Whether nothing is known of it.
    pub fn is_empty(&self) -> bool {
        self.city.is_empty() && self.regions.is_empty() && self.others.is_empty() && self.lands.is_empty()
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
        let is_told = cities.0 != cities.1;
        let parts_region = parts(self.regions(is_told), other.regions(is_told));
        let meet_lands = || meets(self.lands(is_told), other.lands(is_told));
        match () {
            () if parts(self.lands(is_told), other.lands(is_told)) => Level::Differs,
            () if is_same && parts_region => Level::Faint,
            () if is_same => Level::Equal,
            () if both && similar(cities.0, cities.1) => Level::Close,
            () if meets(self.parts(is_told), other.parts(is_told)) => {
                if both {
                    Level::Partial
                } else {
                    Level::Close
                }
            }
            () if !both && !parts_region => {
                if meet_lands() {
                    Level::Partial
                } else {
                    Level::NotCompared
                }
            }
            () if meet_lands() => Level::Faint,
            () => Level::Differs,
        }
    }

    /// Its regions; where none is known, its city; where that is unknown, its countries.
    pub(super) fn districts(&self) -> impl Iterator<Item = &str> {
        let is_placed = self.regions(true).next().is_some();
        let city = Some(self.city.as_str()).filter(|city| !is_placed && !city.is_empty());
        let lands = self.lands(true).filter(move |_| !is_placed && city.is_none());
        self.regions(true).chain(city).chain(lands)
    }

    /// Its regions; if its city may tell, by it, where they aren't said.
    fn regions(&self, is_told: bool) -> impl Iterator<Item = &str> + Clone {
        let told = self.told(is_told).map(|(region, _)| region.as_str()).filter(|region| self.regions.is_empty() && !region.is_empty());
        self.regions.iter().copied().chain(told)
    }

    /// The same, and what else is said that is no country.
    fn parts(&self, is_told: bool) -> impl Iterator<Item = &str> + Clone {
        self.regions(is_told).chain(self.others.iter().map(String::as_str))
    }

    /// Its countries, likewise.
    fn lands(&self, is_told: bool) -> impl Iterator<Item = &str> + Clone {
        let told = self.told(is_told).map(|(_, land)| land.as_str()).filter(|_| self.lands.is_empty());
        self.lands.iter().copied().chain(told)
    }

    /// What its city tells, unless the place itself says otherwise.
    fn told(&self, is_told: bool) -> Option<&'static Region> {
        self.within.filter(|(_, land)| is_told && (self.lands.is_empty() || self.lands.contains(&land.as_str())))
    }
}

fn meets<'p>(mut one: impl Iterator<Item = &'p str>, other: impl Iterator<Item = &'p str> + Clone) -> bool {
    one.any(|name| other.clone().any(|other| other == name))
}

/// Whether both are said, and have nothing in common.
fn parts<'p>(one: impl Iterator<Item = &'p str> + Clone, other: impl Iterator<Item = &'p str> + Clone) -> bool {
    one.clone().next().is_some() && other.clone().next().is_some() && !meets(one, other)
}

/// Whether a city's name begins with the words of another's: Frankfurt am Main, Frankfurt. York isn't New York.
fn holds(long: &str, short: &str) -> bool {
    short.len() > 3 && long.strip_prefix(short).is_some_and(|rest| rest.starts_with(' '))
}

/// The country of a name or code.
fn land_of(part: &str) -> Option<&'static String> {
    NAMES.codes.get(part).or_else(|| NAMES.countries.get(part))
}

/// Whether it is a country or region.
fn is_known(part: &str) -> bool {
    land_of(part).is_some() || NAMES.regions.contains_key(part)
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
            ("Seattle, WA", ["Seattle", "WA", "US"], Level::Equal),
            ("Redmond, Washington", ["Redmond", "WA", ""], Level::Equal),
            ("Redmond, Washington", ["Redmond", "WA", "United States"], Level::Equal),
            ("Perth, Western Australia", ["Perth", "WA", "Australia"], Level::Equal),
            ("Milan, Lombardy, Italy", ["Milano", "MI", "IT"], Level::Equal),
            ("Milano, Lombardia, Italia", ["Milano", "MI", ""], Level::Equal),
            ("Palermo, Sicilia, Italia", ["Palermo", "PA", "Italia"], Level::Equal),
            ("Munich, Bavaria, Germany", ["München", "BY", "DE"], Level::Equal),
            ("Pune, Maharashtra, India", ["Pune", "MH", "IN"], Level::Equal),
            ("Toronto, Ontario, Canada", ["Toronto", "Ont.", "CA"], Level::Equal),
            ("Curitiba, Paraná, Brazil", ["Curitiba", "PR", "BR"], Level::Equal),
            ("Atlanta, Georgia, United States", ["Atlanta", "GA", "US"], Level::Equal),
            ("Tbilisi, Georgia", ["Tbilisi", "", "Georgia"], Level::Equal),
            ("York, England, United Kingdom", ["New York", "", ""], Level::Differs),
            ("Orleans, France", ["New Orleans", "LA", "US"], Level::Differs),
            ("Dublin, OH", ["Dublin", "", "Ireland"], Level::Differs),
            ("New York City", ["New York", "NY", "US"], Level::Equal),
            ("", ["Leeds", "", ""], Level::NotCompared),
        ] {
            check(page, record, expected);
        }
    }

    #[test]
    fn a_city_has_one_name() {
        for (one, other) in [("København", "Copenhagen"), ("Wien", "Vienna"), ("Москва", "Moscow"), ("München", "Munich"), ("Greater Milan Area", "Milano")]
        {
            assert_eq!(Place::shown(one).city, Place::stored([other, "", ""]).city);
        }
    }
}
