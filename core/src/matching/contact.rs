//! Contact details, made comparable: phone numbers, e-mail addresses, domains, profile keys.

use super::normalise::{fold, squash};
use std::collections::HashSet;
use std::sync::LazyLock;

/// The last nine digits of a phone number, which leave out country and trunk prefixes; none if there are fewer than seven.
pub fn phone(text: &str) -> Option<String> {
    let main = text.split(['x', 'X', ';', '#']).next().unwrap_or("");
    let digits: String = main.chars().filter_map(|character| character.to_digit(10)).map(|digit| char::from(b'0' + digit as u8)).collect();
    (digits.len() >= 7).then(|| digits[digits.len().saturating_sub(9)..].to_owned())
}

/// The longest e-mail address there is (RFC 5321, 4.5.3.1.3).
const LONGEST_ADDRESS: usize = 254;

/// An e-mail address in one case; none if it has no two sides, or is longer than any address.
pub fn email(text: &str) -> Option<String> {
    let text = Some(text.trim()).filter(|text| text.len() <= LONGEST_ADDRESS)?.to_lowercase();
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
    (!FREE_MAIL.contains(domain) && !FREE_MAIL_EVERYWHERE.contains(&label)).then(|| domain.to_owned())
}

/// The registrable domain of a website; none of a page on a site where everybody has one.
pub fn website(address: &str) -> Option<String> {
    let path = address.trim().split_once("://").map_or(address.trim(), |(_, rest)| rest).split_once('/').map_or("", |(_, path)| path);
    domain(address).filter(|domain| path.is_empty() || !SHARED_SITES.contains(&domain.split('.').next().unwrap_or("")))
}

/// The first part of a domain, squashed: `northwind` of north-wind.co.uk.
pub fn label(domain: &str) -> String {
    squash(&fold(domain.split('.').next().unwrap_or("")))
}

/// What a domain is called, where that is long enough for a name.
pub fn brand(domain: &str) -> Option<String> {
    Some(label(domain)).filter(|label| label.len() >= SHORTEST_BRAND)
}

/// Letters of a web address that may be a company's name.
pub(super) const SHORTEST_BRAND: usize = 4;

/// Sites on which companies have pages.
const SHARED_SITES: &[&str] = &[
    "facebook",
    "instagram",
    "linkedin",
    "twitter",
    "x",
    "youtube",
    "tiktok",
    "linktr",
    "google",
    "wixsite",
    "medium",
    "github",
    "pinterest",
    "whatsapp",
    "amazon",
    "etsy",
    "yelp",
    "tripadvisor",
    "crunchbase",
    "xing",
];

/// Free mail hosts that have a domain in every country.
const FREE_MAIL_EVERYWHERE: &[&str] =
    &["gmail", "googlemail", "outlook", "hotmail", "live", "msn", "yahoo", "ymail", "gmx", "icloud", "aol", "protonmail", "yandex"];
/// Others, as they are.
static FREE_MAIL: LazyLock<HashSet<&str>> = LazyLock::new(|| include_str!("table/free_mail.csv").lines().skip(1).collect());

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_domains_and_keys() {
        assert_eq!(phone("+44 (0)20 7946 0142 x12"), Some("079460142".into()));
        assert_eq!(phone("0044 20 7946 0142"), Some("079460142".into()));
        assert_eq!(phone("112"), None);
        assert_eq!(email(" Ada@Northwind.example "), Some("ada@northwind.example".into()));
        assert_eq!(email(&format!("{}@northwind.example", "a".repeat(300))), None);
        assert_eq!(domain("https://www.northwind.co.uk/about"), Some("northwind.co.uk".into()));
        assert_eq!(domain("ada@mail.northwind.example"), Some("northwind.example".into()));
        assert_eq!(domain("ada@gmail.com"), None);
        assert_eq!(website("https://www.instagram.com/northwind"), None);
        assert_eq!(website("https://www.instagram.com/"), Some("instagram.com".into()));
        assert_eq!(website("www.northwind.co.uk/about"), Some("northwind.co.uk".into()));
        assert_eq!((brand("north-wind.co.uk"), brand("nw.co.uk")), (Some("northwind".into()), None));
        assert_eq!(profile_key("https://www.linkedin.com/in/Dana-Okafor-4b1a2/?x=1"), Some("in/dana-okafor-4b1a2".into()));
        assert_eq!(profile_key("https://www.linkedin.com/sales/lead/ACwAAAF1000,NAME_SEARCH,x"), Some("sales/lead/ACwAAAF1000".into()));
        assert_eq!(profile_key("https://example.org/in/x"), None);
    }
}
