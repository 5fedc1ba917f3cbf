//! What members ask: look-up, card, status, import now, sign in and out, disconnect.

use super::connection::Link;
use super::ledger::OutboxAsk;
use super::look_up::{account_of, page_of};
use super::{Command, Connection, Workspace, WorkspaceError};
use crate::api::{
    AlertAddress, AuditLine, BackupPiece, Card, CopiedSettings, Export, FindProfiles, LOOK_UP_MAX, Ledger, LookUp, Member, NewLink, OpenOpportunity,
    PersonLink, Preview, ProblemKind, Profiles, Purge, Receipt, Receipts, Role, Session, Settings, Status, TakenSettings, Thresholds, TrackedLink, Verdicts,
    WorkspaceName, Writeback,
};
use crate::matching::candidate::shown_name;
use crate::matching::key::KeyKind;
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::record::Record;
use crate::model::time::Timestamp;
use crate::salesforce::oauth::Identity;
use crate::seal::{Key, base64url, fingerprint};
use crate::store::{log, member, meta, moved};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// A session lasts this long.
const SESSION_SECONDS: i64 = 7 * 24 * 3600;
/// Requests a session may make in a window.
const WINDOW_REQUESTS: u32 = 1_000;
const WINDOW_MILLIS: i64 = 10_000;
/// People named on an account's card.
const PEOPLE_SHOWN: usize = 3;

/// What the directory hands over when an org was connected.
#[derive(Clone, Serialize, Deserialize)]
pub struct HandOver {
    /// The new connection.
    pub connection: Connection,
    /// 32 random bytes, used if the workspace is new.
    pub secret: [u8; 32],
}

/// A question to the workspace, as the worker's routes pass it on.
#[derive(Clone, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each variant's line names its fields")]
pub enum Call {
    /// Take over a connection.
    HandOver(Box<HandOver>),
    /// Open a session for a user whom Salesforce vouched for; 32 random bytes make the token.
    OpenSession { identity: Identity, role: Role, origin: String, random: [u8; 32] },
    /// A piece of a backup, for storage that holds no workspace.
    Restore(Box<BackupPiece>),
    /// Somebody opened a tracked link; whether that counts.
    View { id: String, counts: bool },
    /// Anything else, with a session's token and the origin it comes from.
    Member { token: String, origin: Option<String>, ask: Ask },
}

/// What a signed-in member asks.
#[derive(Clone, Serialize, Deserialize)]
pub enum Ask {
    /// Who of these is in the CRM?
    LookUp(LookUp),
    /// The panel behind a badge.
    Card(String),
    /// For options page and popup.
    Status,
    /// Begin a run now.
    ImportNow,
    /// Ask Salesforce what the connected user may do.
    Preflight,
    /// How sure must a match be?
    Thresholds,
    /// What would other thresholds change?
    Preview(Thresholds),
    /// Put other thresholds in force.
    SetThresholds(Thresholds),
    /// Take the last change of thresholds back.
    TakeThresholdsBack,
    /// What did the admin set?
    Settings,
    /// Put other settings in force.
    SetSettings(Settings),
    /// Send alerts there from now on.
    SetAlerts(AlertAddress),
    /// All that an admin sets, as a file.
    SettingsFile,
    /// Take over what another workspace's file says.
    TakeSettings(Box<CopiedSettings>),
    /// End this session.
    SignOut,
    /// Revoke the connection; data stay.
    Disconnect,
    /// Erase everything, keys included.
    Purge(Purge),
    /// Replace the workspace's key by one of these random bytes.
    RotateKey([u8; 32]),
    /// The next piece of a backup; with what the last piece gave.
    Backup(Option<String>),
    /// Which of the profiles that members saw may be a record?
    Profiles(FindProfiles),
    /// Anything of the outbox.
    Outbox(OutboxAsk),
    /// Make a tracked link: with the server's address, and random bytes to name it.
    MakeLink(NewLink, String, [u8; 16]),
    /// What was done?
    Audit,
    /// The same, as a file.
    AuditFile,
    /// The rows that couldn't be read, as a file.
    RejectsFile,
}

/// An answer.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// To [`Ask::LookUp`].
    Verdicts(Verdicts),
    /// To [`Ask::Card`].
    Card(Box<Card>),
    /// To [`Ask::Status`], [`Ask::ImportNow`], [`Ask::Preflight`] and [`Ask::SetAlerts`].
    Status(Box<Status>),
    /// To [`Ask::Thresholds`], [`Ask::SetThresholds`] and [`Ask::TakeThresholdsBack`].
    Thresholds(Thresholds),
    /// To [`Ask::Settings`] and [`Ask::SetSettings`].
    Settings(Settings),
    /// To [`Ask::TakeSettings`].
    Taken(TakenSettings),
    /// To [`Ask::Preview`].
    Preview(Box<Preview>),
    /// To [`Ask::Purge`]: the shell removes the storage and tells the directory.
    Purged(Box<Receipt>),
    /// To [`Ask::Backup`].
    Backup(Box<BackupPiece>),
    /// To [`Ask::Profiles`].
    Profiles(Box<Profiles>),
    /// To what asks of the outbox are answered with.
    Receipts(Receipts),
    /// To [`OutboxAsk::Ledger`].
    Ledger(Box<Ledger>),
    /// To [`OutboxAsk::Writeback`] and what changes it.
    Writeback(Box<Writeback>),
    /// To [`Ask::Audit`].
    Audit(Vec<AuditLine>),
    /// To [`Ask::AuditFile`], [`Ask::RejectsFile`] and [`Ask::SettingsFile`].
    Export(Box<Export>),
    /// To [`Call::OpenSession`].
    Session(Box<Session>),
    /// To [`Ask::MakeLink`].
    Link(TrackedLink),
    /// To [`Call::View`].
    Redirect {
        /// Where to.
        url: String,
    },
    /// Done, nothing to say.
    Done {},
}

impl Workspace {
    /// Answers a question; commands are carried out after the answer is given.
    pub fn answer(&mut self, now: Timestamp, deployment: &Key, call: Call) -> Result<(Answer, Vec<Command>), WorkspaceError> {
        match call {
            Call::HandOver(hand_over) => {
                self.save_connection(&hand_over.connection)?;
                meta::set(&*self.sql, "next_import", now.0.into())?;
                log::audit(&*self.sql, now, hand_over.connection.identity.user.as_str(), "connected")?;
                self.begin_preflight(now)?;
                Ok((Answer::Done {}, vec![Command::WakeAt(now)]))
            }
            // The shell restores into storage that no machine has opened.
            Call::Restore(_) => Err(ProblemKind::AlreadyThere.into()),
            Call::OpenSession { identity, role, origin, random } => {
                Ok((Answer::Session(Box::new(self.open_session(now, &identity, role, &origin, &random)?)), Vec::new()))
            }
            Call::View { id, counts } => self.view(now, &id, counts).map(|(url, commands)| (Answer::Redirect { url }, commands)),
            Call::Member { token, origin, ask } => {
                let member = self.member(now, &token, origin.as_deref())?;
                self.count_request(now, &token)?;
                self.answer_member(now, deployment, &token, &member, ask)
            }
        }
    }

    fn answer_member(&mut self, now: Timestamp, deployment: &Key, token: &str, member: &Member, ask: Ask) -> Result<(Answer, Vec<Command>), WorkspaceError> {
        match ask {
            Ask::LookUp(ask) if ask.sightings.len() > LOOK_UP_MAX => Err(ProblemKind::Unreadable.into()),
            Ask::LookUp(ask) => Ok((Answer::Verdicts(self.look_up(&ask)?), Vec::new())),
            Ask::Card(id) => {
                let mut card = self.card(&id)?;
                card.receipts = self.receipts_with(member, &card.record)?;
                card.links = self.links_for(member, &card.record)?;
                card.touch = self.touch_of_colleague(now, member, &card.record)?;
                let writeback = self.writeback()?;
                (card.writes, card.redacts) = (writeback.kinds.into_keys().collect(), writeback.redacts);
                Ok((Answer::Card(Box::new(card)), Vec::new()))
            }
            Ask::Status => Ok((Answer::Status(Box::new(self.status(now, member)?)), Vec::new())),
            Ask::ImportNow => {
                only_admin(member)?;
                meta::set(&*self.sql, "next_import", now.0.into())?;
                meta::set(&*self.sql, "describe_now", 1.into())?;
                log::audit(&*self.sql, now, member.user.as_str(), "import_now")?;
                Ok((Answer::Status(Box::new(self.status(now, member)?)), vec![Command::WakeAt(now)]))
            }
            Ask::Preflight => {
                only_admin(member)?;
                self.begin_preflight(now)?;
                log::audit(&*self.sql, now, member.user.as_str(), "preflight")?;
                Ok((Answer::Status(Box::new(self.status(now, member)?)), vec![Command::WakeAt(now)]))
            }
            Ask::Thresholds => Ok((Answer::Thresholds(self.thresholds()?), Vec::new())),
            Ask::Preview(proposed) => {
                only_admin(member)?;
                Ok((Answer::Preview(Box::new(self.preview(&proposed)?)), Vec::new()))
            }
            Ask::SetThresholds(wanted) => {
                only_admin(member)?;
                Ok((Answer::Thresholds(self.set_thresholds(now, member, &wanted)?), Vec::new()))
            }
            Ask::TakeThresholdsBack => {
                only_admin(member)?;
                Ok((Answer::Thresholds(self.take_thresholds_back(now, member)?), Vec::new()))
            }
            Ask::Purge(ask) => {
                only_admin(member)?;
                // Salesforce is told, too; whether it hears it or not, nothing is left here.
                let revoke = self.connection()?.and_then(|connection| Some(connection.app.revoke(connection.tokens.refresh.as_deref()?)));
                let receipt = self.purge(now, deployment, member, &ask)?;
                Ok((Answer::Purged(Box::new(receipt)), revoke.map(|request| Command::Fetch(self.ask(), request)).into_iter().collect()))
            }
            Ask::RotateKey(secret) => {
                only_admin(member)?;
                self.rotate_key(deployment, &secret)?;
                log::audit(&*self.sql, now, member.user.as_str(), "key_rotated")?;
                Ok((Answer::Done {}, vec![Command::WakeAt(now)]))
            }
            Ask::Backup(cursor) => {
                only_admin(member)?;
                if cursor.is_none() {
                    log::audit(&*self.sql, now, member.user.as_str(), "backup_made")?;
                }
                Ok((Answer::Backup(Box::new(self.backup(now, deployment, cursor.as_deref())?)), Vec::new()))
            }
            Ask::Profiles(ask) => Ok((Answer::Profiles(Box::new(self.find_profiles(&ask)?)), Vec::new())),
            Ask::Outbox(ask) => self.answer_outbox(now, member, ask),
            Ask::Audit => {
                only_admin(member)?;
                Ok((Answer::Audit(self.audit_lines(500)?), Vec::new()))
            }
            Ask::AuditFile => {
                only_admin(member)?;
                log::audit(&*self.sql, now, member.user.as_str(), "audit_exported")?;
                Ok((Answer::Export(Box::new(self.audit_file()?)), Vec::new()))
            }
            Ask::RejectsFile => {
                only_admin(member)?;
                log::audit(&*self.sql, now, member.user.as_str(), "rejects_exported")?;
                Ok((Answer::Export(Box::new(self.rejects_file()?)), Vec::new()))
            }
            Ask::Settings => Ok((Answer::Settings(self.settings()?), Vec::new())),
            Ask::SetSettings(wanted) => {
                only_admin(member)?;
                Ok((Answer::Settings(self.set_settings(now, member, wanted)?), vec![Command::WakeAt(now)]))
            }
            Ask::SetAlerts(wanted) => {
                only_admin(member)?;
                self.set_alerts(now, member, &wanted)?;
                Ok((Answer::Status(Box::new(self.status(now, member)?)), vec![Command::WakeAt(now)]))
            }
            Ask::SettingsFile => {
                only_admin(member)?;
                Ok((Answer::Export(Box::new(self.settings_file()?)), Vec::new()))
            }
            Ask::TakeSettings(copied) => {
                only_admin(member)?;
                Ok((Answer::Taken(self.take_settings(now, member, *copied)?), vec![Command::WakeAt(now)]))
            }
            Ask::MakeLink(ask, base, random) => Ok((Answer::Link(self.make_link(now, member, &ask, &base, &random)?), Vec::new())),
            Ask::SignOut => {
                member::end_session(&*self.sql, &fingerprint(token))?;
                Ok((Answer::Done {}, Vec::new()))
            }
            Ask::Disconnect => {
                only_admin(member)?;
                log::audit(&*self.sql, now, member.user.as_str(), "disconnected")?;
                self.disconnect()?;
                Ok((Answer::Done {}, vec![Command::WakeAt(now)]))
            }
        }
    }

    /// Far above what pages ask for, far below what would starve others.
    fn count_request(&mut self, now: Timestamp, token: &str) -> Result<(), WorkspaceError> {
        if !self.given.is_empty() {
            return Ok(()); // It was counted when it was tried first.
        }
        self.recent.retain(|_, (since, _)| now.0 - since.0 < WINDOW_MILLIS);
        let (_, count) = self.recent.entry(fingerprint(token)).or_insert((now, 0));
        *count += 1;
        if *count > WINDOW_REQUESTS { Err(ProblemKind::TooManyTries.into()) } else { Ok(()) }
    }

    fn disconnect(&mut self) -> Result<(), WorkspaceError> {
        let Some(mut connection) = self.connection()? else { return Ok(()) };
        connection.revoking = connection.tokens.refresh.take().or_else(|| Some(connection.tokens.access.clone()));
        connection.tokens.access.clear();
        connection.link = Link::Disconnected;
        self.save_connection(&connection)?;
        Ok(())
    }

    fn open_session(&mut self, now: Timestamp, identity: &Identity, role: Role, origin: &str, random: &[u8; 32]) -> Result<Session, WorkspaceError> {
        let connection = self.connection()?.ok_or(ProblemKind::NoWorkspace)?;
        if connection.identity.org != identity.org {
            return Err(ProblemKind::OtherOrg.into());
        }
        let known = member::get(&*self.sql, &self.key, identity.user)?;
        let role = if known.is_some_and(|known| known.role == Role::Admin) { Role::Admin } else { role };
        let member = Member { user: identity.user, name: identity.name.clone(), role };
        member::put(&*self.sql, &self.key, &member)?;
        // The org's id stands in the token, so that a request finds its workspace.
        let token = format!("{}.{}", identity.org, base64url(random));
        let expires = now.plus_seconds(SESSION_SECONDS);
        member::open_session(&*self.sql, now, &fingerprint(&token), identity.user, origin, expires)?;
        log::audit(&*self.sql, now, identity.user.as_str(), "signed_in")?;
        Ok(Session { token, expires, member, workspace: name_of(&connection) })
    }

    fn member(&self, now: Timestamp, token: &str, origin: Option<&str>) -> Result<Member, WorkspaceError> {
        let (user, bound) = member::session(&*self.sql, now, &fingerprint(token))?.ok_or(ProblemKind::NotSignedIn)?;
        // A browser names the origin of every request that isn't its own page's; another origin than the session's is a thief.
        if origin.is_some_and(|origin| origin != bound) {
            return Err(ProblemKind::OriginRefused.into());
        }
        member::get(&*self.sql, &self.key, user)?.ok_or_else(|| ProblemKind::NoSeat.into())
    }

    fn status(&self, now: Timestamp, member: &Member) -> Result<Status, WorkspaceError> {
        let connection = self.connection()?.ok_or(ProblemKind::NoWorkspace)?;
        let mut runs = log::runs(&*self.sql, 6)?.into_iter();
        let newest = runs.next();
        let is_admin = member.role == Role::Admin;
        let hidden = self.known()?.into_iter().filter(|known| !known.hidden.is_empty()).map(|known| (known.object, known.hidden)).collect();
        Ok(Status {
            workspace: name_of(&connection),
            member: member.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            broken: connection.problem().map(crate::api::Problem::of),
            broken_since: connection.broken_at,
            is_disconnected: connection.link == Link::Disconnected,
            connected_as: if is_admin { connection.identity.username.clone() } else { String::new() },
            connected: connection.since,
            hidden,
            preflight: if is_admin { Some(self.preflight(&connection)?) } else { None },
            alerts: if is_admin { Some(self.alerts()?) } else { None },
            api: self.api_budget(now)?,
            settings: self.settings()?,
            synced: meta::json(&*self.sql, "synced")?,
            rejects: newest.as_ref().map(|run| log::rejects(&*self.sql, run.number)).transpose()?.unwrap_or_default().into_iter().take(50).collect(),
            run: newest.map(|run| run.report()),
            history: runs.map(|run| run.report()).collect(),
            next_import: Timestamp(meta::integer(&*self.sql, "next_import")?.unwrap_or(0)),
        })
    }

    fn card(&mut self, id: &str) -> Result<Card, WorkspaceError> {
        let id = RecordId::parse(id).map_err(|_| ProblemKind::NotFound)?;
        let connection = self.connection()?.ok_or(ProblemKind::NoWorkspace)?;
        let mut records = HashMap::new();
        // What was merged away, and a lead that became a contact, is shown as what it is now.
        let now = moved::follow(&*self.sql, id)?;
        self.load(&mut records, HashSet::from([id, now]))?;
        let now = self.person_of(&mut records, now)?;
        let record = records.get(&now).or_else(|| records.get(&id)).cloned().ok_or(ProblemKind::NotFound)?;
        let id = record.id;
        let object = record.layout.object;
        if !matches!(object, Object::Lead | Object::Contact | Object::Account) {
            return Err(ProblemKind::NotFound.into());
        }
        let account = match object {
            Object::Account => Some(id),
            _ => RecordId::parse(record.get("AccountId")).ok(),
        };
        let opportunities = self.related(account.map(|account| (KeyKind::OpportunityOfAccount, account)))?;
        let people = self.related((object == Object::Account).then_some((KeyKind::PersonOfAccount, id)))?;
        let referred = opportunities.iter().chain([&record]).filter_map(|record| RecordId::parse(record.get("OwnerId")).ok()).chain(account).collect();
        self.load(&mut records, referred)?;
        let name = |id: &str| RecordId::parse(id).ok().and_then(|id| records.get(&id)).map(|record| record.get("Name").to_owned()).unwrap_or_default();
        let mut open: Vec<&Record> = opportunities.iter().filter(|record| !record.is("IsClosed")).collect();
        open.sort_by_key(|record| (record.get("CloseDate").to_owned(), record.id));
        let company_id = account_of(&record).map(String::from).unwrap_or_default();
        let first = |fields: &[&str]| fields.iter().map(|field| record.get(field)).find(|value| !value.is_empty()).unwrap_or("").to_owned();
        let address = [
            "MailingStreet",
            "BillingStreet",
            "Street",
            "BillingPostalCode",
            "PostalCode",
            "MailingCity",
            "BillingCity",
            "City",
            "MailingCountry",
            "BillingCountry",
            "Country",
        ];
        Ok(Card {
            record: id.to_string(),
            object: Some(object),
            name: shown_name(&record),
            title: record.get("Title").to_owned(),
            company: if object == Object::Lead { record.get("Company").to_owned() } else { name(&company_id) },
            company_link: connection.link_to(&company_id),
            link: connection.link_to(page_of(&record).as_str()),
            do_not_call: record.is("DoNotCall"),
            opted_out: record.is("HasOptedOutOfEmail"),
            email: record.get("Email").to_owned(),
            mobile: record.get("MobilePhone").to_owned(),
            phone: record.get("Phone").to_owned(),
            address: address.iter().map(|field| record.get(field)).filter(|part| !part.is_empty()).map(one_line).collect::<Vec<_>>().join(", "),
            website: record.get("Website").to_owned(),
            industry: record.get("Industry").to_owned(),
            owner: name(record.get("OwnerId")),
            status: first(&["Status", "Type"]),
            last_activity: record.get("LastActivityDate").to_owned(),
            opportunities: open
                .iter()
                .map(|record| OpenOpportunity {
                    name: record.get("Name").to_owned(),
                    stage: record.get("StageName").to_owned(),
                    amount: record.get("Amount").to_owned(),
                    currency: record.get("CurrencyIsoCode").to_owned(),
                    close: record.get("CloseDate").to_owned(),
                    owner: name(record.get("OwnerId")),
                    link: connection.link_to(record.id.as_str()),
                })
                .collect(),
            people_count: people.len() as u32,
            receipts: Vec::new(),
            touch: None,
            links: Vec::new(),
            writes: Vec::new(),
            redacts: false,
            people: people
                .iter()
                .take(PEOPLE_SHOWN)
                .map(|record| PersonLink { name: shown_name(record), title: record.get("Title").to_owned(), link: connection.link_to(record.id.as_str()) })
                .collect(),
        })
    }

    pub(super) fn related(&mut self, key: Option<(KeyKind, RecordId)>) -> Result<Vec<Record>, WorkspaceError> {
        let Some((kind, id)) = key else { return Ok(Vec::new()) };
        let key = (kind, id.to_string());
        let ids = self.postings(std::iter::once(&key))?.into_values().flat_map(|posting| posting.ids).filter_map(|id| RecordId::of_packed(&id)).collect();
        let mut records = HashMap::new();
        self.load(&mut records, ids)?;
        let mut records: Vec<Record> = records.into_values().collect();
        records.sort_by_key(|record| record.id);
        Ok(records)
    }
}

pub(super) fn only_admin(member: &Member) -> Result<(), WorkspaceError> {
    if member.role == Role::Admin { Ok(()) } else { Err(ProblemKind::NotAdmin.into()) }
}

fn name_of(connection: &Connection) -> WorkspaceName {
    WorkspaceName { org: connection.identity.org.clone(), host: connection.app.host.clone(), instance_url: connection.tokens.instance_url.clone() }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
