//! The world outside: pages that show the same people as LinkedIn would (changed jobs, credentials, nicknames, hidden
//! surnames), strangers among them, and the truth. Shapes follow `tests/fixtures/pages`.

use super::dice::Dice;
use super::org::Org;
use super::server::Sandbox;
use super::world::{Company, Person, World};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use inlay_core::matching::normalise::fold;
use inlay_core::model::object::Object;
use serde::Serialize;
use std::fmt::Write as _;
use std::sync::Arc;

/// What a page shows of one person or company, and which record it is.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// The page.
    pub page: &'static str,
    /// Profile key, as the reader should find it.
    pub key: String,
    /// The name as shown.
    pub name: String,
    /// The record, if the person or company is in the CRM.
    pub record: Option<String>,
    /// What makes it hard.
    pub variant: &'static str,
    #[serde(skip)]
    title: String,
    #[serde(skip)]
    company: String,
    #[serde(skip)]
    location: String,
}

impl Shown {
    /// Title, company and place as shown.
    pub fn details(&self) -> [String; 3] {
        [self.title.clone(), self.company.clone(), self.location.clone()]
    }
}

/// A sample page: its name and the address it stands for.
#[derive(Debug, Clone, Serialize)]
pub struct Sample {
    /// File name.
    pub name: &'static str,
    /// The address on the real site.
    pub url: String,
}

/// How people differ from what the CRM has.
const VARIANTS: [&str; 10] = ["plain", "credentials", "nickname", "plain", "new_job", "hidden_surname", "new_title", "plain_ascii", "plain", "emoji"];
/// Rows of the search page.
const ROWS: u64 = 25;

/// All that is shown of a world.
pub fn shown(world: &World) -> Vec<Shown> {
    let contacts = world.contacts.max(60);
    let spread = |place: u64| (place * 7919 + 13) % contacts % world.contacts;
    let mut all = vec![
        contact(world, "profile.html", spread(1), "credentials"),
        contact(world, "profile-2026.html", spread(2), "plain"),
        contact(world, "sales-lead.html", spread(3), "new_title"),
        contact(world, "messaging.html", spread(4), "plain"),
        stranger(world, "messaging.html", 9001, None),
        account(world, "company.html", spread(5) % world.count(Object::Account)),
        account(world, "sales-account.html", spread(6) % world.count(Object::Account)),
        contact(world, "salesforce-contact.html", spread(1), "plain"),
    ];
    for row in 0..ROWS {
        let next = match row % 25 {
            4 | 9 | 14 | 19 | 24 => stranger(world, "sales-search-people.html", row, None),
            6 | 16 => stranger(world, "sales-search-people.html", row, Some(spread(40 + row))),
            3 | 11 | 21 => lead(world, "sales-search-people.html", (spread(60 + row) % world.count(Object::Lead).max(1)) / 16 * 16 + 1),
            _ => contact(world, "sales-search-people.html", spread(10 + row), VARIANTS[(row % 10) as usize]),
        };
        all.push(next);
    }
    for (place, shown) in all.iter_mut().enumerate() {
        if matches!(shown.page, "sales-search-people.html" | "sales-lead.html") && shown.key.starts_with("in/") {
            shown.key = format!("sales/lead/ACwAAAF{}", 1000 + place);
        }
    }
    all
}

/// A row of the search page that shows a contact as the CRM has it.
pub fn known(world: &World, index: u64) -> Shown {
    let mut shown = contact(world, "sales-search-people.html", index, "plain");
    shown.key = format!("sales/lead/ACwAAAF{}", 50_000 + index);
    shown
}

fn contact(world: &World, page: &'static str, index: u64, variant: &'static str) -> Shown {
    let company = world.company(world.account_of(index));
    let person = world.person(1, index);
    shown_person(page, &person, &company, world, index, variant, Some(World::id("003", index)))
}

fn lead(world: &World, page: &'static str, index: u64) -> Shown {
    let index = index.min(world.count(Object::Lead).saturating_sub(1));
    let fields = ["Company", "LastName"];
    let row = world.row(Object::Lead, index, &fields);
    let person = world.person(3, index);
    let mut shown = shown_person(page, &person, &world.company(0), world, index, "lead", Some(World::id("00Q", index)));
    if row[0].starts_with('[') {
        shown.company.clear();
    } else {
        shown.company.clone_from(&row[0]);
    }
    shown
}

/// Somebody who is not in the CRM; a namesake of a contact if one is named, at another company and place.
fn stranger(world: &World, page: &'static str, index: u64, namesake_of: Option<u64>) -> Shown {
    let other = world.person(50, index);
    let company = world.company(world.count(Object::Account) * 2 + 1000 + index);
    match namesake_of {
        None => shown_person(page, &other, &company, world, index, "stranger", None),
        Some(contact) => {
            let own = world.person(1, contact);
            let place = if own.city == other.city { ("Reykjavík", "Capital Region") } else { other.city };
            let person = Person { city: place, title: other.title.clone(), slug: format!("{}-x", own.slug), ..own };
            let mut shown = shown_person(page, &person, &company, world, index, "namesake", None);
            shown.location = format!("{}, Iceland", place.0);
            shown
        }
    }
}

fn account(world: &World, page: &'static str, index: u64) -> Shown {
    let company = world.company(index);
    Shown {
        page,
        key: if page == "company.html" { format!("company/{}", fold(&company.name).replace(' ', "-")) } else { format!("company/{}", 1_035_000 + index) },
        name: company.name.clone(),
        record: Some(World::id("001", index)),
        variant: "company",
        title: company.industry.into(),
        company: company.domain,
        location: format!("{}, {}, {}", company.city.0, company.city.1, company.land.country),
    }
}

fn shown_person(page: &'static str, person: &Person, company: &Company, world: &World, index: u64, variant: &'static str, record: Option<String>) -> Shown {
    let mut dice = Dice::new(world.seed, 60, index);
    let elsewhere = world.company(world.count(Object::Account) * 3 + 77 + dice.below(500));
    let full = format!("{} {}", person.given, person.family);
    let family_initial = person.family.chars().find(|character| character.is_uppercase() || !character.is_ascii()).unwrap_or('X');
    let name = match variant {
        "credentials" => format!("{full}, {}", dice.pick(&["PhD", "MBA, PMP", "CPA"])),
        "nickname" => format!("{} {}", person.nickname, person.family),
        "hidden_surname" => format!("{} {family_initial}.", person.given),
        "emoji" => format!("{full} 🎯 (they/them)"),
        "plain_ascii" => fold(&full).split(' ').map(capital).collect::<Vec<_>>().join(" "),
        _ => full,
    };
    let title = if matches!(variant, "new_title" | "new_job") { format!("Senior {}", person.title) } else { person.title.clone() };
    let company = if variant == "new_job" { elsewhere.name } else { company.name.clone() };
    Shown {
        page,
        key: format!("in/{}", person.slug),
        name,
        record,
        variant,
        title,
        company,
        location: format!("{}, {}, {}", person.city.0, person.city.1, person.land.country),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// The sample pages and their addresses.
pub fn samples(world: &World) -> Vec<Sample> {
    let all = shown(world);
    let key = |page: &str| all.iter().find(|shown| shown.page == page).map_or(String::new(), |shown| shown.key.clone());
    let linkedin = |path: String| format!("https://www.linkedin.com/{path}");
    vec![
        Sample { name: "profile.html", url: linkedin(format!("{}/", key("profile.html"))) },
        Sample { name: "profile-2026.html", url: linkedin(format!("{}/", key("profile-2026.html"))) },
        Sample { name: "company.html", url: linkedin(format!("{}/", key("company.html"))) },
        Sample { name: "sales-lead.html", url: linkedin(format!("{},NAME_SEARCH,fx0", key("sales-lead.html"))) },
        Sample { name: "sales-account.html", url: linkedin(format!("sales/{}", key("sales-account.html"))) },
        Sample { name: "sales-search-people.html", url: linkedin("sales/search/people?query=(fixture)".into()) },
        Sample { name: "messaging.html", url: linkedin("messaging/thread/2-fixture/".into()) },
        Sample {
            name: "salesforce-contact.html",
            url: format!(
                "https://sandbox-org.lightning.force.com/lightning/r/Contact/{}/view",
                all.iter().find(|shown| shown.page == "salesforce-contact.html").and_then(|shown| shown.record.clone()).unwrap_or_default()
            ),
        },
    ]
}

const HEAD: &str = "<meta name=\"viewport\" content=\"width=device-width\"><style nonce=\"__NONCE__\">:root{color-scheme:light dark}body{margin:0;font:14px/1.43 system-ui,sans-serif;background:Canvas;color:CanvasText}.global-nav{position:sticky;top:0;height:52px;border-bottom:1px solid #8886;display:flex;align-items:center;gap:24px;padding:0 24px;background:Canvas;z-index:5}main{max-width:1100px;margin:16px auto;padding:0 16px}a{color:LinkText}.artdeco-card{border:1px solid #8885;border-radius:8px;padding:16px;margin-bottom:12px}.visually-hidden,.a11y-text{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}ol,ul{list-style:none;margin:0;padding:0}h1{font-size:24px;margin:0}code[id*=bpr-guid]{display:none}._vertical-scroll-results_1igybl{max-height:70vh;overflow:auto}.artdeco-list__item{display:block;min-height:84px;padding:10px 0;border-bottom:1px solid #8884;box-sizing:border-box}.artdeco-list__item>div{display:flex;justify-content:space-between}</style>";
const NAV: &str = "<header class=\"global-nav\" id=\"global-nav\"><a href=\"/feed/\">Home</a><a href=\"/messaging/\">Messaging</a><a href=\"/sales/home\">Sales Navigator</a></header>";

fn html(title: &str, main: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\" dir=\"ltr\"><head><meta charset=\"utf-8\"><title>{title}</title>{HEAD}</head><body class=\"render-mode-BIGPIPE ember-application\">{NAV}\n{main}</body></html>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A page as HTML; `__NONCE__` is for the server to fill in.
pub fn render(world: &World, name: &str) -> Option<String> {
    let all = shown(world);
    let of: Vec<&Shown> = all.iter().filter(|shown| shown.page == name).collect();
    let first = of.first()?;
    let [who, title, company, location] = [&first.name, &first.title, &first.company, &first.location].map(|text| escape(text));
    Some(match name {
        "profile.html" => html(
            &format!("(3) {who} | LinkedIn"),
            &format!(
                "<main class=\"scaffold-layout__main\" aria-label=\"{who}\"><section class=\"artdeco-card pv-top-card\" data-member-id=\"901000117\" data-view-name=\"profile-card\"><div class=\"ph5 pb5\"><div class=\"mt2 relative\"><div><span class=\"inline-flex\"><a class=\"ember-view\" href=\"/{key}/overlay/about-this-profile/\" aria-label=\"{who}\"><h1 class=\"inline t-24 v-align-middle break-words\">{who}</h1></a></span><span class=\"dist-value\">· 2nd</span></div><div class=\"text-body-medium break-words\" data-generated-suggestion-target=\"urn:li:fsu_profileActionDelegate:1\">{title} at {company} · calibration people</div></div><ul class=\"pv-text-details__right-panel\"><li><button aria-label=\"Current company: {company}. Click to skip to experience card\" type=\"button\"><span class=\"hoverable-link-text\">{company}</span></button></li></ul><div class=\"mt2\"><span class=\"text-body-small inline t-black--light break-words\">{location}</span> · <a id=\"top-card-text-details-contact-info\" href=\"/{key}/overlay/contact-info/\">Contact info</a></div><button aria-label=\"Message\" type=\"button\">Message</button></div></section><section class=\"artdeco-card\"><h2>Experience</h2><ul><li class=\"artdeco-list__item\">{title} · {company}</li></ul></section></main>",
                key = first.key
            ),
        ),
        "profile-2026.html" => html(
            &format!("{who} | LinkedIn"),
            &format!(
                "<main id=\"workspace\"><section class=\"artdeco-card _92aa1f c0b77d\" componentkey=\"com.linkedin.sdui.profile.card.refACoAAfixture01Topcard\" data-view-name=\"profile-top-card\"><div class=\"_1be33 _7c9af\"><a class=\"ef01ab\" href=\"https://www.linkedin.com/{key}/\" tabindex=\"0\"><h2 class=\"d0c _99af1\">{who}</h2></a><p class=\"_0a1b2\">· 2nd</p></div><p class=\"_44c d9e\">{title} at {company} · calibration people</p><p class=\"_44c e0b\">{location}</p><a class=\"z1\" href=\"https://www.linkedin.com/company/1035001/\"><p>{company}</p></a></section></main>",
                key = first.key
            ),
        ),
        "company.html" => html(
            &format!("{who}: Overview | LinkedIn"),
            &format!(
                "<main class=\"organization-outlet\" aria-label=\"{who}\"><section class=\"artdeco-card org-top-card\"><h1 class=\"org-top-card-summary__title\" title=\"{who}\">{who}</h1><p class=\"org-top-card-summary__tagline\">We do what we do.</p><div class=\"org-top-card-summary-info-list\"><div class=\"org-top-card-summary-info-list__info-item\">{title}</div><div class=\"inline-block\"><div class=\"org-top-card-summary-info-list__info-item\">{location}</div></div></div><a class=\"org-top-card-primary-actions__action\" href=\"https://{company}/\" rel=\"noopener noreferrer\" target=\"_blank\">Visit website</a></section><section class=\"artdeco-card\"><h2>Overview</h2><dl><dt>Website</dt><dd><a href=\"https://{company}/\">https://{company}/</a></dd><dt>Industry</dt><dd>{title}</dd><dt>Headquarters</dt><dd>{location}</dd></dl></section></main>"
            ),
        ),
        "sales-lead.html" => html(
            &format!("{who} | Lead | Sales Navigator"),
            &format!(
                "<main id=\"content-main\"><h1 class=\"a11y-text\">Sales Navigator Lead Page</h1><section class=\"_header_sqh8tm artdeco-card\" data-sn-view-name=\"lead-header\"><div class=\"_lockup_sqh8tm\"><h1 class=\"_headingText_e3b563 _default_1i6ulk\" data-x--lead--name data-anonymize=\"person-name\">{who}</h1><span class=\"_name-sublabel--no-pronunciation_sqh8tm\">2nd</span></div><div class=\"_bodyText_1e5nen\"><span data-anonymize=\"headline\">{title} at {company}</span></div><div class=\"_lockup-caption_sqh8tm\"><div class=\"_bodyText_1e5nen\">{location}</div></div><section id=\"current-role\"><h2>Current role</h2><p data-sn-view-name=\"lead-current-role\"><span data-anonymize=\"job-title\">{title}</span> at <a class=\"ember-view\" data-anonymize=\"company-name\" data-control-name=\"view_company_via_profile_lockup\" href=\"/sales/company/1035001?_ntb=fixture\">{company}</a></p></section></section></main>"
            ),
        ),
        "sales-account.html" => html(
            &format!("{who} | Account | Sales Navigator"),
            &format!(
                "<main id=\"content-main\"><h1 class=\"a11y-text\">Sales Navigator Account Page</h1><section class=\"_header_sqh8tm artdeco-card\" data-x--account--header><div class=\"artdeco-entity-lockup\"><div class=\"artdeco-entity-lockup__title\" data-anonymize=\"company-name\">{who}</div><div class=\"artdeco-entity-lockup__subtitle\"><span data-anonymize=\"industry\">{title}</span> · <span data-anonymize=\"location\">{location}</span></div></div><a data-control-name=\"visit_company_website\" href=\"https://{company}/\" target=\"_blank\" rel=\"noopener\">Visit website</a></section></main>"
            ),
        ),
        "sales-search-people.html" => search(&of),
        "messaging.html" => {
            let other = of.get(1).map_or(String::new(), |shown| escape(&shown.name));
            html(
                "Messaging | LinkedIn",
                &format!(
                    "<main class=\"scaffold-layout__main\" aria-label=\"Messaging\"><h1 class=\"visually-hidden\">Messaging</h1><div class=\"msg-thread artdeco-card\"><div class=\"msg-title-bar\"><div class=\"msg-entity-lockup\"><a class=\"msg-thread__link-to-profile\" href=\"https://www.linkedin.com/{key}/\"><h2 id=\"thread-detail-jump-target\" class=\"msg-entity-lockup__entity-title truncate\">{who}</h2></a><div class=\"msg-entity-lockup__entity-info\">{title} at {company}</div></div></div><ul class=\"msg-s-message-list-content\"><li class=\"msg-s-message-list__event\"><span class=\"msg-s-message-group__name\">{who}</span><p class=\"msg-s-event-listitem__body\">Thanks, please send the spec sheet.</p></li></ul></div><section class=\"artdeco-card\" data-x-message-compose aria-label=\"New InMail to {other}\" role=\"dialog\"><div class=\"artdeco-entity-lockup__title\" data-anonymize=\"person-name\">{other}</div></section></main>",
                    key = first.key
                ),
            )
        }
        "salesforce-contact.html" => html(
            &format!("{who} | Contact | Salesforce"),
            &format!(
                "<main class=\"slds-template__container\"><one-record-home-flexipage2 data-target-selection-name=\"sfdc:RecordPage.Contact_Record_Page\"><h1><div class=\"entityNameTitle\">Contact</div><lightning-formatted-name>{who}</lightning-formatted-name></h1></one-record-home-flexipage2></main>"
            ),
        ),
        _ => return None,
    })
}

fn search(rows: &[&Shown]) -> String {
    let mut list = String::new();
    for (place, shown) in rows.iter().enumerate() {
        let [who, title, company, location] = [&shown.name, &shown.title, &shown.company, &shown.location].map(|text| escape(text));
        let id = shown.key.trim_start_matches("sales/lead/");
        let company = if place % 4 == 0 {
            company
        } else {
            format!("<a data-anonymize=\"company-name\" data-control-name=\"view_company_via_result_name\" href=\"/sales/company/1035002\">{company}</a>")
        };
        let row = format!(
            "<div class=\"flex justify-space-between full-width\" data-x-search-result=\"LEAD\" data-scroll-into-view=\"urn:li:fs_salesProfile:({id},NAME_SEARCH,fx{place})\"><div class=\"artdeco-entity-lockup artdeco-entity-lockup--size-4\"><div class=\"artdeco-entity-lockup__content\"><div class=\"artdeco-entity-lockup__title\"><a class=\"ember-view link--mercado\" data-control-name=\"view_lead_panel_via_search_lead_name\" href=\"/sales/lead/{id},NAME_SEARCH,fx{place}?_ntb=fixture\"><span data-anonymize=\"person-name\">{who}</span></a><span class=\"artdeco-entity-lockup__badge\"><span class=\"a11y-text\">2nd degree connection</span><span class=\"artdeco-entity-lockup__degree\" aria-hidden=\"true\">·&nbsp;2nd</span></span></div><div class=\"artdeco-entity-lockup__subtitle ember-view t-14\"><span data-anonymize=\"title\">{title}</span><span aria-hidden=\"true\" class=\"separator--middot\"> · </span> {company} <button aria-expanded=\"false\" aria-label=\"See more\" class=\"entity-hovercard__a11y-trigger p0 b0\" type=\"button\"></button></div><div class=\"artdeco-entity-lockup__caption\"><span class=\"t-12\" data-anonymize=\"location\">{location}</span></div><div class=\"artdeco-entity-lockup__metadata\" data-anonymize=\"job-title\">1 year {} months in role</div></div></div><div><button type=\"button\">Save</button></div></div>",
            place % 11
        );
        // The first rows are there at once, the others when they come into sight.
        let _ = if place < 12 {
            write!(list, "<li class=\"artdeco-list__item pl3 pv3\" data-i=\"{place}\">{row}</li>")
        } else {
            write!(
                list,
                "<li class=\"artdeco-list__item pl3 pv3\" data-i=\"{place}\"><template>{row}</template><div class=\"search-results__placeholder\" aria-hidden=\"true\"></div></li>"
            )
        };
    }
    html(
        "Search | Sales Navigator",
        &format!(
            "<main id=\"content-main\"><h1 class=\"a11y-text\">Search results</h1><div class=\"_vertical-scroll-results_1igybl\" id=\"search-results-container\" tabindex=\"0\" role=\"region\" aria-label=\"Search results\"><div class=\"t-14 flex align-items-center\">{} results</div><ol class=\"artdeco-list background-color-white _border-search-results_1igybl\" role=\"list\">{list}</ol></div></main><script nonce=\"__NONCE__\">const box=document.querySelector('#search-results-container');const io=new IntersectionObserver(es=>{{for(const e of es)if(e.isIntersecting){{io.unobserve(e.target);const t=e.target.querySelector('template');if(t)setTimeout(()=>e.target.replaceChildren(t.content.cloneNode(true)),40)}}}},{{root:box,rootMargin:'80px'}});for(const e of document.querySelectorAll('li[data-i]'))io.observe(e)</script>",
            rows.len()
        ),
    )
}

fn world_of(sandbox: &Sandbox) -> World {
    let org: &Org = &sandbox.org.read().expect("no panic holds it");
    org.world
}

/// `GET /sandbox/pages`.
pub async fn list(State(sandbox): State<Arc<Sandbox>>) -> Json<Vec<Sample>> {
    Json(samples(&world_of(&sandbox)))
}

/// `GET /sandbox/page/name`.
pub async fn page(State(sandbox): State<Arc<Sandbox>>, Path(name): Path<String>) -> Response {
    render(&world_of(&sandbox), &name).map_or_else(|| StatusCode::NOT_FOUND.into_response(), |page| Html(page).into_response())
}

/// `GET /sandbox/truth`.
pub async fn truth(State(sandbox): State<Arc<Sandbox>>) -> Json<Vec<Shown>> {
    Json(shown(&world_of(&sandbox)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_page_is_drawn_and_shows_its_people() {
        let world = World { seed: 1, contacts: 1000 };
        for sample in samples(&world) {
            let page = render(&world, sample.name).expect("a sample");
            for shown in shown(&world).iter().filter(|shown| shown.page == sample.name) {
                assert!(page.contains(&escape(&shown.name)), "{} on {}", shown.name, sample.name);
            }
        }
    }
}
