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

/// A folded word in the one form that its spellings share: umlaut forms (`mueller`, `muller`), `y` and `i`, `x` and `ks`, and
/// doubled letters fall together.
pub fn squash(word: &str) -> String {
    let mut squashed = String::with_capacity(word.len());
    let mut before = ' ';
    for letter in word.chars() {
        let is_umlaut = letter == 'e' && matches!(before, 'a' | 'o' | 'u');
        before = letter;
        let spelt = match letter {
            ' ' => continue,
            'e' if is_umlaut => continue,
            'x' => {
                if !squashed.ends_with('k') {
                    squashed.push('k');
                }
                's'
            }
            'y' => 'i',
            other => other,
        };
        if !(spelt.is_ascii_alphabetic() && squashed.ends_with(spelt)) {
            squashed.push(spelt);
        }
    }
    squashed
}

/// The consonants of a folded word, as scripts without vowels write it: `khalid` and `khld` share them. Empty for one alone.
pub fn consonants(word: &str) -> String {
    let kept: String = squash(&word.replace("kh", "h")).chars().filter(|letter| !matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'w')).collect();
    if kept.len() >= 2 { kept } else { String::new() }
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
    let label = domain.split('.').next().unwrap_or("");
    (!FREE_MAIL.contains(&domain) && !FREE_MAIL_EVERYWHERE.contains(&label)).then(|| domain.to_owned())
}

/// Free mail hosts that have a domain in every country.
const FREE_MAIL_EVERYWHERE: &[&str] =
    &["gmail", "googlemail", "outlook", "hotmail", "live", "msn", "yahoo", "ymail", "gmx", "icloud", "aol", "protonmail", "yandex"];
/// Others, as they are.
const FREE_MAIL: &[&str] = &[
    "163.com",
    "126.com",
    "abv.bg",
    "alice.it",
    "att.net",
    "bigpond.com",
    "bol.com.br",
    "btinternet.com",
    "comcast.net",
    "cox.net",
    "facebook.com",
    "fastmail.com",
    "free.fr",
    "hetnet.nl",
    "home.nl",
    "interia.pl",
    "iol.pt",
    "kpnmail.nl",
    "laposte.net",
    "libero.it",
    "linkedin.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "naver.com",
    "o2.pl",
    "onet.pl",
    "orange.fr",
    "planet.nl",
    "proton.me",
    "qq.com",
    "rediffmail.com",
    "sapo.pt",
    "sbcglobal.net",
    "seznam.cz",
    "sfr.fr",
    "sky.com",
    "skynet.be",
    "t-online.de",
    "talktalk.net",
    "telenet.be",
    "terra.com.br",
    "tin.it",
    "tiscali.it",
    "uol.com.br",
    "verizon.net",
    "virgilio.it",
    "wanadoo.fr",
    "web.de",
    "wp.pl",
    "xs4all.nl",
    "ziggo.nl",
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
    let listed = include_str!("table/legal_forms.csv").lines().skip(1).filter_map(|line| line.split(',').next());
    listed.chain(MORE_FORMS.iter().copied()).map(|form| fold(form).replace(' ', "")).collect()
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
    "liberoprofessionista",
    "lavoratoreautonomo",
    "autonomo",
    "autonoma",
    "contapropria",
    "cuentapropia",
    "freiberuflich",
    "freiberufler",
    "selbststandig",
    "zelfstandig",
    "zelfstandige",
    "zelfstandigondernemer",
    "zzp",
    "zzper",
    "independentconsultant",
    "independentcontractor",
    "consultant",
    "ownbusiness",
    "homemaker",
    "lookingforwork",
    "lookingfornewopportunities",
    "notemployed",
    "pensionato",
    "jubilado",
    "gepensioneerd",
];
/// Legal forms that the list leaves out.
const MORE_FORMS: &[&str] =
    &["aktiebolag", "aktiengesellschaft", "societe anonyme", "societa per azioni", "sociedad anonima", "naamloze vennootschap", "incorporated"];
/// Legal forms that stand before the name.
const LEADING_FORMS: &[&str] = &["ooo", "oao", "zao", "pao", "ao", "too", "chp", "ip", "pt", "uab", "sia"];
/// Words that a name may end with or not.
const TRAILING_WORDS: &[&str] = &["group", "holding", "holdings", "gruppe", "gruppo", "grupo", "groupe", "groep", "worldwide"];
/// Places that daughters are named after, folded.
const PLACES: &[&str] = &[
    "africa",
    "america",
    "americas",
    "apac",
    "asia",
    "australia",
    "austria",
    "belgium",
    "benelux",
    "brasil",
    "brazil",
    "canada",
    "china",
    "deutschland",
    "emea",
    "espana",
    "europe",
    "france",
    "germany",
    "india",
    "ireland",
    "italia",
    "italy",
    "japan",
    "latam",
    "mexico",
    "nederland",
    "netherlands",
    "north",
    "south",
    "poland",
    "polska",
    "portugal",
    "schweiz",
    "spain",
    "switzerland",
    "uk",
    "us",
    "usa",
];
/// Legal forms and words like "group" that are written onto the name, longest first.
const NATIVE_FORMS: &[&str] = &[
    "股份有限公司",
    "有限责任公司",
    "有限公司",
    "株式会社",
    "有限会社",
    "合同会社",
    "주식회사",
    "유한회사",
    "集团",
    "控股",
    "技术",
    "科技",
    "公司",
    "グループ",
];
/// Endings of names that are web addresses too.
const WEB_ENDINGS: &[&str] = &[".com", ".io", ".ai", ".net", ".org", ".co"];

/// Booking.com is Booking.
fn without_web_ending(word: &str) -> &str {
    let word = word.trim_end_matches(',');
    WEB_ENDINGS.iter().find_map(|ending| word.strip_suffix(ending)).filter(|rest| rest.len() >= 3).unwrap_or(word)
}

/// What parts a name from another name of the same company: the first words of such marks, and the marks.
const ALIAS_WORDS: &[&str] = &["dba", "d/b/a", "t/a", "trading", "aka", "a/k/a", "formerly", "previously"];
const ALIAS_MARKS: &[&str] = &[" dba ", " d/b/a ", " t/a ", " trading as ", " aka ", " a/k/a ", " formerly known as ", " formerly ", " previously "];

/// A company name, made comparable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Company {
    /// Words without legal forms.
    pub words: Vec<String>,
    /// The words in one, squashed: what equal companies share.
    pub clean: String,
    /// The name of the house without the places that its daughters are named after: `adp` of ADP Canada.
    pub house: String,
    /// Other names that it goes by: in brackets, after "dba", "formerly".
    pub also: Vec<String>,
}

impl Company {
    /// Reads a name. Generic employers (self-employed, stealth, `[not provided]`) are no company at all.
    pub fn parse(name: &str) -> Self {
        let (own, others) = without_aliases(name);
        let words = company_words(&own);
        let clean = squash(&words.concat());
        let also = others.iter().map(|other| squash(&company_words(other).concat())).filter(|other| other.len() >= 2 && *other != clean).collect();
        let places = words.iter().rev().take_while(|word| PLACES.contains(&word.as_str())).count();
        let house = squash(&words[..words.len() - places].concat());
        Self { words, clean, house, also }
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

/// Words of a name without legal forms, "and" and "the"; none of a generic employer's.
fn company_words(name: &str) -> Vec<String> {
    let is_ascii = name.is_ascii();
    let native = if is_ascii { name.to_owned() } else { NATIVE_FORMS.iter().fold(name.to_owned(), |name, form| name.replace(form, " ")) };
    let native = if is_ascii || fold(&native).is_empty() { name.to_owned() } else { native };
    // Syllables of one word stay one: 阿里巴巴 is alibaba, not "a li ba ba".
    let whole = |word: &str| if word.chars().any(|letter| letter >= '\u{2e80}') { fold(word).replace(' ', "") } else { without_web_ending(word).to_owned() };
    let bare: Vec<String> = native.split_whitespace().map(whole).collect();
    let folded = fold(&bare.join(" ").replace('&', " and "));
    let mut words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    if GENERIC_EMPLOYERS.contains(&words.concat().as_str()) {
        return Vec::new();
    }
    words.retain(|word| *word != "and" && *word != "the");
    strip_legal_forms(&mut words);
    if words.len() > 1 && LEADING_FORMS.contains(&words[0]) {
        words.remove(0);
    }
    while words.len() > 1 && words.last().is_some_and(|word| TRAILING_WORDS.contains(word)) {
        words.pop();
    }
    words.into_iter().map(str::to_owned).collect()
}

/// A name parted from the other names in it. What stands in square brackets alone is the name.
fn without_aliases(name: &str) -> (String, Vec<String>) {
    let is_mark = |word: &str| ALIAS_WORDS.iter().any(|mark| word.eq_ignore_ascii_case(mark));
    if !name.contains('(') && !name.split([' ', ',']).any(is_mark) {
        return (name.to_owned(), Vec::new());
    }
    let mut others = Vec::new();
    let mut own = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('(') {
        let (inside, after) = after.split_once(')').unwrap_or((after, ""));
        own.push_str(before);
        own.push(' ');
        others.push(inside.to_owned());
        rest = after;
    }
    own.push_str(rest);
    let lower = format!(" {} ", own.to_lowercase().replace(',', " , "));
    for mark in ALIAS_MARKS {
        if let Some((before, after)) = lower.split_once(mark).filter(|(before, after)| !before.trim().is_empty() && !after.trim().is_empty()) {
            others.push(after.to_owned());
            let before = before.trim().trim_end_matches(',');
            own.clear();
            own.push_str(before);
            break;
        }
    }
    let strip = |text: String| ALIAS_MARKS.iter().fold(format!(" {} ", text.to_lowercase()), |text, mark| text.replace(mark, " ")).trim().to_owned();
    let others = others.into_iter().map(strip).filter(|other| !other.is_empty()).collect();
    if own.trim().is_empty() { (name.to_owned(), Vec::new()) } else { (own, others) }
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

/// The city that a place as shown begins with: "Greater Leeds Area" is Leeds. Empty where only a country is shown, as far as can be told.
pub fn city(text: &str) -> String {
    const AROUND: &[&str] =
        &["greater", "area", "metropolitan", "metro", "region", "und", "umgebung", "en", "omgeving", "e", "dintorni", "y", "alrededores", "regiao", "bay"];
    let folded = fold(text.split([',', '·', ';']).next().unwrap_or(""));
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
