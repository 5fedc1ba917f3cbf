//! Tracked links (spec 78): made for one person, opened through the worker; a visit becomes an activity of who made the link.
//!
//! ```text
//! /l/{address} = Base64(org, link id of 128 random bits) ─▶ the org's workspace ─▶ counted, if a person came who may be counted ─▶ redirect
//! ```

use super::capture::{PATIENCE_SECONDS, shorten};
use super::{Command, Workspace, WorkspaceError};
use crate::api::{Member, NewLink, ProblemKind, TrackedLink};
use crate::matching::candidate::shown_name;
use crate::model::activity::{Activity, ActivityKind};
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::sighting::{Sighting, SightingKind};
use crate::model::time::Timestamp;
use crate::outbox::item::{Item, State};
use crate::outbox::row::cut;
use crate::seal::{base64url, fingerprint};
use crate::store::link::{self, Link};
use crate::store::{activity, log, moved};
use std::collections::{HashMap, HashSet};

/// What is opened again within this time is the same visit.
const VISIT_SECONDS: i64 = 30 * 60;
const URL_MOST: usize = 2_000;
const TITLE_MOST: usize = 200;
/// Links shown on a card.
const SHOWN: usize = 5;
/// Letters of an org's id.
const ORG: usize = 15;

/// The address of a link. Its id is the secret: it outlives every key, as those who have it keep it.
fn address_of(org: &str, id: &[u8; 16]) -> String {
    base64url(&[org.as_bytes(), id].concat())
}

/// The org and the link that an address names, if it has the form of one.
pub fn read_address(address: &str) -> Option<(String, String)> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(address).ok().filter(|bytes| bytes.len() == ORG + 16)?;
    let (org, id) = bytes.split_at(ORG);
    let org = std::str::from_utf8(org).ok().filter(|org| org.bytes().all(|byte| byte.is_ascii_alphanumeric()))?;
    Some((org.to_owned(), base64url(id)))
}

/// Whether who opens a link is a person who may be counted: no robot, no look ahead, no wish not to be followed (GPC, DNT).
pub fn counts(method_is_get: bool, header: impl Fn(&str) -> String) -> bool {
    let agent = header("user-agent").to_lowercase();
    let robots =
        ["bot", "crawl", "spider", "preview", "slurp", "facebookexternalhit", "whatsapp", "scan", "monitor", "curl", "wget", "python", "headless", "http"];
    let is_robot = agent.is_empty() || robots.iter().any(|name| agent.replace("http://", "").replace("https://", "").contains(name));
    let looks_ahead = ["purpose", "sec-purpose", "x-moz", "x-purpose"].iter().any(|name| header(name).to_lowercase().contains("pre"));
    let declines = header("sec-gpc") == "1" || header("dnt") == "1";
    method_is_get && !is_robot && !looks_ahead && !declines
}

impl Workspace {
    /// Makes a link for a person; 16 random bytes name it, `base` is the server's address.
    pub(super) fn make_link(&mut self, now: Timestamp, member: &Member, ask: &NewLink, base: &str, random: &[u8; 16]) -> Result<TrackedLink, WorkspaceError> {
        if !self.writeback()?.kinds.contains_key(&ActivityKind::LinkView) {
            return Err(ProblemKind::WritebackOff.into());
        }
        let (url, title) = (ask.url.trim(), ask.title.trim());
        let is_address = url.strip_prefix("https://").is_some_and(|rest| rest.contains('.') && !rest.starts_with('.'));
        if !is_address || url.len() > URL_MOST || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ProblemKind::Unreadable.into());
        }
        let named = RecordId::parse(&ask.record).map_err(|_| ProblemKind::NotFound)?;
        let record = moved::follow(&*self.sql, named)?;
        let mut records = HashMap::new();
        self.load(&mut records, HashSet::from([record]))?;
        let person = records.get(&record).filter(|person| matches!(person.layout.object, Object::Contact | Object::Lead)).ok_or(ProblemKind::NotFound)?;
        let org = self.connection()?.ok_or(ProblemKind::NoWorkspace)?.identity.org;
        let id = base64url(random);
        let address = format!("{}/l/{}", base.trim_end_matches('/'), address_of(&org, random));
        let title = cut(if title.is_empty() { url } else { title }, TITLE_MOST);
        let link = Link { id, address, url: url.to_owned(), title, record, name: shown_name(person), member: member.user, views: 0, viewed: None };
        link::put(&*self.sql, &self.key, &link)?;
        log::audit(&*self.sql, now, member.user.as_str(), "link_made")?;
        Ok(shown(link))
    }

    /// A link was opened: where it leads. If the visit counts and the admin wants that, it becomes an activity.
    pub(super) fn view(&mut self, now: Timestamp, id: &str, counts: bool) -> Result<(String, Vec<Command>), WorkspaceError> {
        let mut link = link::get(&*self.sql, &self.key, id)?.ok_or(ProblemKind::NotFound)?;
        let is_same = link.viewed.is_some_and(|last| now.0 - last.0 < VISIT_SECONDS * 1000);
        let content = self.writeback()?.kinds.get(&ActivityKind::LinkView).copied();
        let Some(content) = content.filter(|_| counts && !is_same) else { return Ok((link.url, Vec::new())) };
        (link.views, link.viewed) = (link.views + 1, Some(now));
        link::put(&*self.sql, &self.key, &link)?;
        // Named by link, visit and moment: a restored workspace counts some visits again.
        let digest = fingerprint(&format!("{}/{}/{}", link.id, link.views, now.0));
        let id: [u8; 16] = std::array::from_fn(|place| digest.as_bytes()[place]);
        let mut activity = Activity {
            id: Activity::id_of(&id),
            kind: ActivityKind::LinkView,
            at: now,
            offset: 0,
            sighting: Sighting { id: link.record.to_string(), kind: Some(SightingKind::Person), name: link.name.clone(), ..Sighting::default() },
            record: Some(link.record),
            subject: link.title.clone(),
            text: link.url.clone(),
            seconds: None,
            direction: None,
            outcome: String::new(),
        };
        shorten(&mut activity, content);
        let on = moved::follow(&*self.sql, link.record)?;
        activity::put(&*self.sql, &self.key, &Item::new(now, link.member, activity, Some(on), State::Waiting, now.plus_seconds(PATIENCE_SECONDS)))?;
        let due = self.outbox_due()?;
        Ok((link.url, due.map(Command::WakeAt).into_iter().collect()))
    }

    /// A member's links for a record.
    pub(super) fn links_for(&self, member: &Member, record: &str) -> Result<Vec<TrackedLink>, WorkspaceError> {
        let mut links = link::of(&*self.sql, &self.key, record, member.user, SHOWN)?;
        // Made for the lead that became this contact, or for a record merged into it.
        for before in RecordId::parse(record).map_or_else(|_| Ok(Vec::new()), |record| moved::became(&*self.sql, record))? {
            links.extend(link::of(&*self.sql, &self.key, before.as_str(), member.user, SHOWN)?);
        }
        Ok(links.into_iter().take(SHOWN).map(shown).collect())
    }
}

fn shown(link: Link) -> TrackedLink {
    TrackedLink { title: link.title, link: link.address, views: link.views, viewed: link.viewed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_people_who_may_be_counted_are() {
        let browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36";
        let count = |agent: &str, more: (&str, &str)| {
            counts(true, |name| {
                if name == "user-agent" {
                    agent.to_owned()
                } else if name == more.0 {
                    more.1.to_owned()
                } else {
                    String::new()
                }
            })
        };
        assert!(count(browser, ("", "")));
        assert!(!counts(false, |_| browser.to_owned()), "HEAD");
        for agent in [
            "",
            "LinkedInBot/1.0 (compatible; Mozilla/5.0; +http://www.linkedin.com)",
            "Slackbot-LinkExpanding 1.0",
            "WhatsApp/2.23",
            "curl/8",
            "Mozilla/5.0 HeadlessChrome/142",
        ] {
            assert!(!count(agent, ("", "")), "{agent}");
        }
        for more in [("sec-gpc", "1"), ("dnt", "1"), ("sec-purpose", "prefetch;prerender"), ("purpose", "preview")] {
            assert!(!count(browser, more), "{more:?}");
        }
    }

    #[test]
    fn an_address_is_read_or_is_none() {
        let address = address_of("00D000000000001", &[7; 16]);
        assert_eq!(read_address(&address), Some(("00D000000000001".into(), base64url(&[7; 16]))));
        for other in ["", "..%2f", &address[1..], &format!("{address}AAAA"), &address_of("../../../../../x", &[7; 16])] {
            assert_eq!(read_address(other), None, "{other}");
        }
    }
}
