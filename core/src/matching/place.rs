//! Places, made comparable: city, region, country.

use super::normalise::{bounded, fold};

/// A place's parts, folded: city, region, country, with country names in one form.
pub fn places(text: &str) -> Vec<String> {
    bounded(text).split([',', '·', ';']).map(fold).filter(|part| !part.is_empty()).map(|part| country(&part)).collect()
}

/// The city that a place as shown begins with: "Greater Leeds Area" is Leeds. Empty where only a country is shown, as far as can be told.
pub fn city(text: &str) -> String {
    const AROUND: &[&str] =
        &["greater", "area", "metropolitan", "metro", "region", "und", "umgebung", "en", "omgeving", "e", "dintorni", "y", "alrededores", "regiao", "bay"];
    let folded = fold(bounded(text).split([',', '·', ';']).next().unwrap_or(""));
    folded.split(' ').filter(|word| !AROUND.contains(word)).collect()
}

/// One name for a country of several.
pub fn country(folded: &str) -> String {
    match folded {
        "uk" | "gb" | "great britain" | "regno unito" | "reino unido" | "verenigd koninkrijk" => "united kingdom",
        "us" | "usa" | "united states of america" | "stati uniti" | "estados unidos" | "verenigde staten" => "united states",
        "de" | "deutschland" | "germania" | "alemanha" | "alemania" | "duitsland" => "germany",
        "nl" | "the netherlands" | "nederland" | "paesi bassi" | "holland" | "paises bajos" | "paises baixos" => "netherlands",
        "it" | "italia" | "italie" => "italy",
        "es" | "espana" | "spagna" | "spanje" | "espanha" => "spain",
        "fr" | "francia" | "frankrijk" | "franca" => "france",
        "br" | "brasil" | "brasile" | "brazilie" => "brazil",
        "pt" | "portogallo" => "portugal",
        "pl" | "polska" | "polonia" => "poland",
        other => other,
    }
    .to_owned()
}
