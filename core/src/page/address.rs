//! Addresses: the most stable signal a page gives (`extension.md` 6.1, 6.5).

use crate::model::id::RecordId;
use crate::model::sighting::PageKind;

/// A page that Inlay knows by its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// What kind of page it is.
    pub kind: PageKind,
    /// The profile key in the address, if it names one person or company; on a Salesforce page the record's id.
    pub key: Option<String>,
}

/// Reads an address; none if Inlay doesn't read such pages.
///
/// ```
/// use inlay_core::page::address::read;
/// let page = read("https://www.linkedin.com/sales/lead/ACwAAAF1000,NAME_SEARCH,x").expect("a lead page");
/// assert_eq!(page.key.as_deref(), Some("sales/lead/ACwAAAF1000"));
/// ```
pub fn read(url: &str) -> Option<Address> {
    let (host, path) = url.strip_prefix("https://")?.split_once('/').unwrap_or((url.strip_prefix("https://")?, ""));
    if is_salesforce(host) {
        return salesforce(path);
    }
    if host != "www.linkedin.com" {
        return None;
    }
    let path = path.split(['?', '#']).next().unwrap_or("").trim_end_matches('/');
    let parts: Vec<&str> = path.split('/').collect();
    let page = |kind, key: Option<String>| Some(Address { kind, key });
    match parts.as_slice() {
        ["in", slug] | ["in", slug, "overlay", ..] if !slug.is_empty() => page(PageKind::Profile, Some(format!("in/{}", decode(slug).to_lowercase()))),
        ["company" | "school" | "showcase", slug, ..] if !slug.is_empty() => page(PageKind::Company, Some(format!("company/{}", decode(slug).to_lowercase()))),
        ["sales", "lead" | "people", id, ..] => {
            page(PageKind::SalesLead, id.split(',').next().filter(|id| !id.is_empty()).map(|id| format!("sales/lead/{id}")))
        }
        ["sales", "company" | "account", id, ..] => page(PageKind::SalesAccount, Some(format!("company/{id}"))),
        ["sales", "search", "people"] | ["sales", "lists", "people", ..] => page(PageKind::SalesSearchPeople, None),
        ["search", "results", "people"] => page(PageKind::PeopleSearch, None),
        ["messaging", ..] => page(PageKind::Messaging, None),
        _ => None,
    }
}

/// Reads an address as people paste it: with or without its scheme, `www` or the language's host.
pub fn pasted(text: &str) -> Option<Address> {
    let text = text.trim();
    let scheme = text.find("://").filter(|end| text[..*end].eq_ignore_ascii_case("https") || text[..*end].eq_ignore_ascii_case("http"));
    let (host, path) = text[scheme.map_or(0, |end| end + 3)..].split_once('/')?;
    let host = host.to_lowercase();
    let is_linkedin = host.strip_suffix("linkedin.com").is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    // Below a profile are its languages and details.
    let path = match path.split(['/', '?', '#']).collect::<Vec<_>>().as_slice() {
        ["in", slug, ..] => format!("in/{slug}"),
        _ => path.to_owned(),
    };
    read(&format!("https://{}/{path}", if is_linkedin { "www.linkedin.com" } else { &host }))
}

/// The profile key in a link, absolute or relative.
pub fn key_of_link(href: &str) -> Option<String> {
    let absolute = if href.starts_with('/') { format!("https://www.linkedin.com{href}") } else { href.to_owned() };
    read(&absolute)?.key
}

fn is_salesforce(host: &str) -> bool {
    [".lightning.force.com", ".my.salesforce.com"].iter().any(|end| host.ends_with(end))
}

fn salesforce(path: &str) -> Option<Address> {
    let path = path.split(['?', '#']).next().unwrap_or("");
    let id = path.split('/').find_map(|part| RecordId::parse(part).ok())?;
    Some(Address { kind: PageKind::SalesforceRecord, key: Some(id.to_string()) })
}

/// Percent-decoding of a slug; broken escapes stay as they are.
fn decode(slug: &str) -> String {
    let bytes = slug.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut place = 0;
    while place < bytes.len() {
        let escape = (bytes[place] == b'%').then(|| slug.get(place + 1..place + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok())).flatten();
        decoded.push(escape.unwrap_or(bytes[place]));
        place += if escape.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expected: Option<(PageKind, Option<&str>)>) {
        let found = read(url).map(|page| (page.kind, page.key));
        assert_eq!(found, expected.map(|(kind, key)| (kind, key.map(str::to_owned))), "{url}");
    }

    #[test]
    fn addresses_tell_kind_and_key() {
        check("https://www.linkedin.com/in/Dana-Okafor-4b1a2/", Some((PageKind::Profile, Some("in/dana-okafor-4b1a2"))));
        check("https://www.linkedin.com/in/zo%C3%AB/?x=1", Some((PageKind::Profile, Some("in/zoë"))));
        check("https://www.linkedin.com/company/1035001/", Some((PageKind::Company, Some("company/1035001"))));
        check("https://www.linkedin.com/sales/company/1035001?_ntb=x", Some((PageKind::SalesAccount, Some("company/1035001"))));
        check("https://www.linkedin.com/sales/search/people?query=(x)&page=2", Some((PageKind::SalesSearchPeople, None)));
        check("https://www.linkedin.com/messaging/thread/2-x/", Some((PageKind::Messaging, None)));
        check("https://x.lightning.force.com/lightning/r/Contact/003000000000001AAA/view", Some((PageKind::SalesforceRecord, Some("003000000000001AAA"))));
        check("https://x.my.salesforce.com/003000000000001", Some((PageKind::SalesforceRecord, Some("003000000000001AAA"))));
        check("https://www.linkedin.com/feed/", None);
        check("https://www.linkedin.com.evil.example/in/x/", None);
        check("http://www.linkedin.com/in/x/", None);
        check("https://evil.example/in/x/", None);
    }

    #[test]
    fn pasted_addresses_are_read_however_they_were_copied() {
        let key = |text| pasted(text).and_then(|page| page.key);
        for text in [
            "https://www.linkedin.com/in/dana/",
            "HTTPS://www.linkedin.com/in/dana/en",
            "linkedin.com/in/dana/details/experience/",
            " linkedin.com/in/Dana ",
            "http://it.linkedin.com/in/dana?x=1",
            "www.LinkedIn.com/in/dana",
        ] {
            assert_eq!(key(text).as_deref(), Some("in/dana"), "{text}");
        }
        for text in ["Dana", "evil-linkedin.com/in/dana", "linkedin.com", "https://evil.example/in/dana"] {
            assert_eq!(key(text), None, "{text}");
        }
    }
}
