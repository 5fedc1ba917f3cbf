//! Text to comparable text: letters and digits of one case, phones, domains, profile keys, company names without legal form.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Lower-case ASCII words with single spaces; other scripts are romanised, signs and emoji dropped.
///
/// ```
/// use inlay_core::matching::normalise::fold;
/// assert_eq!(fold("  Łukasz  Żółć-Öz 🎯 "), "lukasz zolc oz");
/// ```
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    let mut push = |byte: u8, folded: &mut String| {
        if byte.is_ascii_alphanumeric() {
            if gap && !folded.is_empty() {
                folded.push(' ');
            }
            gap = false;
            folded.push(byte.to_ascii_lowercase() as char);
        } else if byte != b'\'' && byte != b'.' {
            gap = true;
        }
    };
    for character in text.chars() {
        if character.is_ascii() {
            push(character as u8, &mut folded);
        } else if character.is_alphanumeric() {
            // deunicode ends Han syllables with a space, which parts them as words.
            deunicode::deunicode_char(character).unwrap_or("").bytes().for_each(|byte| push(byte, &mut folded));
        } else if !is_combining(character) && character != '’' {
            push(b' ', &mut folded);
        }
    }
    folded
}

fn is_combining(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

/// A folded word in the one form that its spellings share: umlaut forms (`mueller`, `muller`) and doubled letters fall together.
/// For keys only: what is equal here is still compared in full.
pub fn squash(word: &str) -> String {
    let bytes = word.as_bytes();
    let mut squashed = String::with_capacity(word.len());
    for (place, byte) in bytes.iter().enumerate() {
        let after_vowel = place > 0 && matches!(bytes[place - 1], b'a' | b'o' | b'u') && *byte == b'e';
        let doubled = place > 0 && bytes[place - 1] == *byte && byte.is_ascii_alphabetic();
        if !(after_vowel || doubled || *byte == b' ') {
            squashed.push(*byte as char);
        }
    }
    squashed
}

/// The last nine digits of a phone number, which leave out country and trunk prefixes; none if there are fewer than seven.
pub fn phone(text: &str) -> Option<String> {
    let main = text.split(['x', 'X', ';', '#']).next().unwrap_or("");
    let digits: String = main.chars().filter_map(|character| character.to_digit(10)).map(|digit| char::from(b'0' + digit as u8)).collect();
    (digits.len() >= 7).then(|| digits[digits.len().saturating_sub(9)..].to_owned())
}

/// An e-mail address in one case; none if it has no two sides.
pub fn email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (local, domain) = text.rsplit_once('@')?;
    (!local.is_empty() && domain.contains('.') && !text.contains(char::is_whitespace)).then_some(text)
}

/// The registrable domain of a web or e-mail address, by the public-suffix list; none for free mail hosts.
pub fn domain(address: &str) -> Option<String> {
    let host = address.trim().to_lowercase();
    let host = host.split_once("://").map_or(host.as_str(), |(_, rest)| rest);
    let host = host.rsplit_once('@').map_or(host, |(_, rest)| rest);
    let host = host.split(['/', '?', '#', ':']).next().unwrap_or("");
    let domain = psl::domain_str(host)?;
    (!FREE_MAIL.contains(&domain)).then(|| domain.to_owned())
}

const FREE_MAIL: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "yahoo.com",
    "yahoo.co.uk",
    "icloud.com",
    "me.com",
    "aol.com",
    "gmx.de",
    "gmx.net",
    "web.de",
    "t-online.de",
    "libero.it",
    "virgilio.it",
    "orange.fr",
    "free.fr",
    "wanadoo.fr",
    "mail.ru",
    "yandex.ru",
    "qq.com",
    "163.com",
    "126.com",
    "uol.com.br",
    "bol.com.br",
    "terra.com.br",
    "ziggo.nl",
    "kpnmail.nl",
    "proton.me",
    "protonmail.com",
    "linkedin.com",
    "facebook.com",
];

/// The profile key in an address or id stored in the CRM, such as `in/dana-okafor` or `company/1035001`.
pub fn profile_key(text: &str) -> Option<String> {
    let text = text.trim();
    let path = match text.split_once("linkedin.com/") {
        Some((_, path)) => path,
        None => text.strip_prefix('/').unwrap_or(text),
    };
    let path = path.split(['?', '#']).next().unwrap_or("").trim_end_matches('/');
    for kind in ["in/", "company/", "sales/lead/", "sales/company/", "school/", "showcase/"] {
        if let Some(rest) = path.strip_prefix(kind) {
            let slug = rest.split(['/', ',']).next().filter(|slug| !slug.is_empty())?;
            return Some(match kind {
                "in/" => format!("in/{}", slug.to_lowercase()),
                "sales/lead/" => format!("sales/lead/{slug}"),
                // The number is the company's, whichever page names it.
                _ => format!("company/{}", slug.to_lowercase()),
            });
        }
    }
    None
}

static LEGAL_FORMS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    include_str!("table/legal_forms.csv").lines().skip(1).filter_map(|line| line.split(',').next()).map(|form| fold(form).replace(' ', "")).collect()
});

const GENERIC_WORDS: &[&str] = &[
    "group",
    "holding",
    "holdings",
    "international",
    "global",
    "services",
    "service",
    "solutions",
    "company",
    "the",
    "and",
    "of",
    "consulting",
    "systems",
    "technologies",
    "technology",
    "industries",
    "partners",
    "europe",
    "de",
    "la",
    "le",
    "und",
    "et",
    "y",
    "e",
];

const GENERIC_EMPLOYERS: &[&str] = &[
    "selfemployed",
    "freelance",
    "freelancer",
    "independent",
    "stealth",
    "stealthstartup",
    "confidential",
    "retired",
    "unemployed",
    "none",
    "notprovided",
    "na",
    "student",
    "seekingopportunities",
    "opentowork",
    "various",
    "private",
    "libeoprofessionista",
    "autonomo",
    "zzp",
];

/// A company name, made comparable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Company {
    /// Words without legal forms.
    pub words: Vec<String>,
    /// The words in one, squashed: what equal companies share.
    pub clean: String,
}

impl Company {
    /// Reads a name. Generic employers (self-employed, stealth, `[not provided]`) are no company at all.
    pub fn parse(name: &str) -> Self {
        let folded = fold(&name.replace('&', " and "));
        let mut words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
        if GENERIC_EMPLOYERS.contains(&words.concat().as_str()) {
            return Self::default();
        }
        words.retain(|word| *word != "and" && *word != "the");
        strip_legal_forms(&mut words);
        let clean = squash(&words.concat());
        Self { words: words.into_iter().map(str::to_owned).collect(), clean }
    }

    /// Whether there is nothing to compare.
    pub fn is_empty(&self) -> bool {
        self.clean.is_empty()
    }

    /// Words that tell this company from others.
    pub fn distinctive(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str).filter(|word| word.len() >= 3 && !GENERIC_WORDS.contains(word))
    }

    /// First letters of its words.
    pub fn acronym(&self) -> String {
        self.words.iter().filter_map(|word| word.chars().next()).collect()
    }
}

/// At the end only, repeatedly, never to nothing; forms of several words first.
fn strip_legal_forms(words: &mut Vec<&str>) {
    'again: loop {
        for length in (1..=4).rev() {
            if words.len() > length && LEGAL_FORMS.contains(&words[words.len() - length..].concat()) {
                words.truncate(words.len() - length);
                continue 'again;
            }
        }
        return;
    }
}

/// A place's parts, folded: city, region, country, with country names in one form.
pub fn places(text: &str) -> Vec<String> {
    text.split([',', '·', ';']).map(fold).filter(|part| !part.is_empty()).map(|part| country(&part)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_survives_scripts_and_signs() {
        let check = |text: &str, expected: &str| assert_eq!(fold(text), expected, "{text}");
        check("Zoë O'Brien-Ødegård", "zoe obrien odegard");
        check("Straße", "strasse");
        check("Иван Петров", "ivan petrov");
        check("王伟", "wang wei");
        check("İpek Işık", "ipek isik");
        check("e\u{301}te\u{301}", "ete");
        check("<img onerror>", "img onerror");
        check("", "");
    }

    #[test]
    fn umlaut_forms_share_a_key() {
        assert_eq!(squash(&fold("Müller")), squash(&fold("Mueller")));
        assert_eq!(squash(&fold("Jørgensen")), squash(&fold("Joergensen")));
        assert_eq!(squash("anna"), "ana");
    }

    #[test]
    fn phones_domains_and_keys() {
        assert_eq!(phone("+44 (0)20 7946 0142 x12"), Some("079460142".into()));
        assert_eq!(phone("0044 20 7946 0142"), Some("079460142".into()));
        assert_eq!(phone("112"), None);
        assert_eq!(domain("https://www.northwind.co.uk/about"), Some("northwind.co.uk".into()));
        assert_eq!(domain("ada@mail.northwind.example"), Some("northwind.example".into()));
        assert_eq!(domain("ada@gmail.com"), None);
        assert_eq!(profile_key("https://www.linkedin.com/in/Dana-Okafor-4b1a2/?x=1"), Some("in/dana-okafor-4b1a2".into()));
        assert_eq!(profile_key("https://www.linkedin.com/sales/lead/ACwAAAF1000,NAME_SEARCH,x"), Some("sales/lead/ACwAAAF1000".into()));
        assert_eq!(profile_key("https://example.org/in/x"), None);
    }

    #[test]
    fn legal_forms_go_and_names_stay() {
        let check = |name: &str, clean: &str| assert_eq!(Company::parse(name).clean, clean, "{name}");
        check("Northwind Instruments Ltd.", "northwindinstruments");
        check("Northwind Instruments GmbH & Co. KG", "northwindinstruments");
        check("Nordhavn Pumps S.p.A.", "nordhavnpumps");
        check("AG", "ag");
        check("Self-employed", "");
        check("Harbour & Vale", "harbourvale");
    }
}
