//! The rows of each object: what the CRM has of the world's people and companies.
#![allow(clippy::explicit_auto_deref, reason = "where the element itself is a reference, inference needs the star")]

use super::dice::{Dice, date, datetime};
use super::name::Land;
use super::world::{NEWEST, Person, World};
use inlay_core::matching::normalise::fold;
use inlay_core::model::object::Object;

impl World {
    /// A row in the order of these fields.
    pub fn row(&self, object: Object, index: u64, fields: &[&'static str]) -> Vec<String> {
        match object {
            Object::Contact => self.contact(index, fields),
            Object::Lead => self.lead(index, fields),
            Object::Account => self.account(index, fields),
            Object::Opportunity => self.opportunity(index, fields),
            Object::OpportunityContactRole => self.role(index, fields),
            Object::User => self.user(index, fields),
            Object::UserRole => user_role(index, fields),
        }
    }

    fn owner(&self, dice: &mut Dice) -> String {
        World::id("005", dice.below(self.count(Object::User)))
    }

    fn contact(&self, index: u64, fields: &[&'static str]) -> Vec<String> {
        let person = self.person(1, index);
        let account = self.account_of(index);
        let company = self.company(account);
        let mut dice = Dice::new(self.seed, 2, index);
        let owner = self.owner(&mut dice);
        let email = email_of(&mut dice, &person, &company.domain);
        let (phone, mobile) = (phone(&mut dice, person.land), phone(&mut dice, person.land));
        let stamp = stamp(&mut dice);
        let (opted, no_call, linked, has_account, has_city, has_mobile) =
            (dice.chance(4), dice.chance(3), dice.chance(8), !dice.chance(3), !dice.chance(15), dice.chance(40));
        let description = description(&mut dice);
        let source = source(&mut dice);
        let street = format!(
            "{} {} {}",
            1 + dice.below(200),
            dice.pick(&["Harbour Row", "Mill Lane", "Quay Street", "Station Road"]),
            if dice.chance(5) { "\nFloor 2" } else { "" }
        )
        .trim_end()
        .to_owned();
        collect(fields, |field| match field {
            "Id" => World::id("003", index),
            "AccountId" if has_account => World::id("001", account),
            "FirstName" => person.given.clone(),
            "LastName" => person.family.clone(),
            "Name" => format!("{} {}", person.given, person.family),
            "Title" => person.title.clone(),
            "Department" => person.title.rsplit(' ').next().unwrap_or("").into(),
            "Email" => email.clone(),
            "Phone" => phone.clone(),
            "MobilePhone" if has_mobile => mobile.clone(),
            "MailingStreet" => street.clone(),
            "MailingCity" if has_city => person.city.0.into(),
            "MailingState" if has_city => person.city.1.into(),
            "MailingCountry" => person.land.country.into(),
            "OwnerId" => owner.clone(),
            "Description" => description.clone(),
            "LeadSource" => source.into(),
            "HasOptedOutOfEmail" => opted.to_string(),
            "DoNotCall" => no_call.to_string(),
            "LinkedIn_Profile__c" if linked => format!("https://www.linkedin.com/in/{}", person.slug),
            "IsDeleted" | "IsPersonAccount" => "false".into(),
            "LastActivityDate" => date(stamp - 86_400 * 9),
            _ => times(field, stamp),
        })
    }

    fn lead(&self, index: u64, fields: &[&'static str]) -> Vec<String> {
        let twin = self.contact_of_lead(index);
        let (person, company) = match twin {
            Some((contact, _)) => (self.person(1, contact), self.company(self.account_of(contact))),
            None => (self.person(3, index), self.company(self.count(Object::Account) + index % (self.contacts / 3 + 50))),
        };
        let mut dice = Dice::new(self.seed, 4, index);
        let owner = if dice.chance(10) { World::id("00G", 0) } else { self.owner(&mut dice) };
        let email = email_of(&mut dice, &person, &company.domain);
        let phone = phone(&mut dice, person.land);
        let stamp = stamp(&mut dice);
        let converted = twin.filter(|(_, converted)| *converted).map(|(contact, _)| contact);
        let (has_form, linked, opted) = (dice.chance(50), dice.chance(8), dice.chance(4));
        let (status, source) = (*dice.pick(&["New", "Working", "Nurturing", "Unqualified"]), source(&mut dice));
        collect(fields, |field| match field {
            "Id" => World::id("00Q", index),
            "FirstName" => person.given.clone(),
            "LastName" => person.family.clone(),
            "Company" if has_placeholder_company(index) => "[not provided]".into(),
            "Company" if has_form => format!("{} {}", company.name, company.form),
            "Company" => company.name.clone(),
            "Website" if has_form => format!("https://www.{}", company.domain),
            "Title" => person.title.clone(),
            "Email" => email.clone(),
            "Phone" => phone.clone(),
            "City" => person.city.0.into(),
            "State" => person.city.1.into(),
            "Country" => person.land.country.into(),
            "Industry" => company.industry.into(),
            "Status" if converted.is_some() => "Closed - Converted".into(),
            "Status" => status.into(),
            "LeadSource" => source.into(),
            "OwnerId" => owner.clone(),
            "IsConverted" => converted.is_some().to_string(),
            "ConvertedContactId" => converted.map(|contact| World::id("003", contact)).unwrap_or_default(),
            "ConvertedAccountId" => converted.map(|contact| World::id("001", self.account_of(contact))).unwrap_or_default(),
            "ConvertedDate" => converted.map(|_| date(stamp)).unwrap_or_default(),
            "LinkedIn_Profile__c" if linked => format!("https://www.linkedin.com/in/{}/", person.slug),
            "HasOptedOutOfEmail" => opted.to_string(),
            "IsDeleted" | "IsUnreadByOwner" | "DoNotCall" => "false".into(),
            _ => times(field, stamp),
        })
    }

    fn account(&self, index: u64, fields: &[&'static str]) -> Vec<String> {
        let company = self.company(index);
        let mut dice = Dice::new(self.seed, 5, index);
        let owner = self.owner(&mut dice);
        let phone = phone(&mut dice, company.land);
        let stamp = stamp(&mut dice);
        let (has_form, has_site, has_parent) = (dice.chance(60), !dice.chance(12), dice.chance(4));
        let kind = *dice.pick(&["Customer", "Prospect", "Partner", "Former customer"]);
        let revenue = dice.below(900) * 100_000;
        let postal = format!("{:05}", dice.below(99_999));
        let description = description(&mut dice);
        let rating = *dice.pick(&["Hot", "Warm", "Cold", ""]);
        collect(fields, |field| match field {
            "Id" => World::id("001", index),
            "Name" if has_form => format!("{} {}", company.name, company.form),
            "Name" => company.name.clone(),
            "Website" if has_site => format!("https://www.{}/", company.domain),
            "Phone" => phone.clone(),
            "Industry" => company.industry.into(),
            "Type" => kind.into(),
            "AnnualRevenue" => revenue.to_string(),
            "NumberOfEmployees" => company.employees.to_string(),
            "BillingCity" | "ShippingCity" => company.city.0.into(),
            "BillingState" | "ShippingState" => company.city.1.into(),
            "BillingCountry" | "ShippingCountry" => company.land.country.into(),
            "BillingPostalCode" => postal.clone(),
            "BillingStreet" => format!("{} Harbour Row", index % 90 + 1),
            "OwnerId" => owner.clone(),
            "ParentId" if has_parent && index > 0 => World::id("001", index / 2),
            "Description" => description.clone(),
            "Rating" => rating.into(),
            "Ownership" => "Private".into(),
            "IsDeleted" | "IsPersonAccount" => "false".into(),
            _ => times(field, stamp),
        })
    }

    fn opportunity(&self, index: u64, fields: &[&'static str]) -> Vec<String> {
        let mut dice = Dice::new(self.seed, 6, index);
        let account = self.account_of(index * 5 % self.contacts.max(1));
        let owner = self.owner(&mut dice);
        let stamp = stamp(&mut dice);
        let (stage, closed, won) = *dice.pick(STAGES);
        let amount = (1 + dice.below(960)) * 500;
        let close = stamp + (dice.below(200) as i64) * 86_400;
        collect(fields, |field| match field {
            "Id" => World::id("006", index),
            "AccountId" => World::id("001", account),
            "Name" => format!("{} {}", self.company(account).name, ["renewal 2027", "framework", "retrofit", "spare parts"][(index % 4) as usize]),
            "Amount" => format!("{amount}.0"),
            "CurrencyIsoCode" => ["EUR", "GBP", "USD"][(account % 3) as usize].into(),
            "CloseDate" => date(close),
            "StageName" => stage.into(),
            "IsClosed" => closed.to_string(),
            "IsWon" => won.to_string(),
            "OwnerId" => owner.clone(),
            "Type" => "New Business".into(),
            "IsDeleted" => "false".into(),
            _ => times(field, stamp),
        })
    }

    fn role(&self, index: u64, fields: &[&'static str]) -> Vec<String> {
        let mut dice = Dice::new(self.seed, 7, index);
        let stamp = stamp(&mut dice);
        let role = *dice.pick(&["Decision Maker", "Economic Buyer", "Influencer", "Evaluator", ""]);
        let opportunity = index % self.count(Object::Opportunity).max(1);
        collect(fields, |field| match field {
            "Id" => World::id("00K", index),
            "OpportunityId" => World::id("006", opportunity),
            "ContactId" => World::id("003", opportunity * 5 % self.contacts.max(1)),
            "IsPrimary" => (index == opportunity).to_string(),
            "Role" => role.into(),
            "IsDeleted" => "false".into(),
            _ => times(field, stamp),
        })
    }

    fn user(&self, index: u64, fields: &[&'static str]) -> Vec<String> {
        let mut dice = Dice::new(self.seed, 8, index);
        let (given, family) = match index {
            0 => ("Ines".to_owned(), "Maduro".to_owned()),
            1 => ("Tom".to_owned(), "Visser".to_owned()),
            _ => {
                let person = self.person(9, index);
                (person.given, person.family)
            }
        };
        let stamp = stamp(&mut dice);
        collect(fields, |field| match field {
            "Id" => World::id("005", index),
            "FirstName" => given.clone(),
            "LastName" => family.clone(),
            "Name" => format!("{given} {family}"),
            "Email" | "Username" => user_name(index),
            "Title" => "Account Executive".into(),
            "Department" => "Sales".into(),
            "UserType" => "Standard".into(),
            "IsActive" => (index < 3 || !index.is_multiple_of(9)).to_string(),
            "UserRoleId" => World::id("00E", index % 12),
            _ => times(field, stamp),
        })
    }
}

/// The login name of a user.
pub fn user_name(index: u64) -> String {
    match index {
        0 => "ines.maduro@sandbox-org.example".into(),
        1 => "tom.visser@sandbox-org.example".into(),
        _ => format!("user{index}@sandbox-org.example"),
    }
}

/// Stages: name, closed, won.
pub const STAGES: &[(&str, bool, bool)] = &[
    ("Prospecting", false, false),
    ("Qualification", false, false),
    ("Proposal", false, false),
    ("Negotiation", false, false),
    ("Closed Won", true, true),
    ("Closed Lost", true, false),
];

fn has_placeholder_company(index: u64) -> bool {
    index % 67 == 13
}

fn collect(fields: &[&'static str], value: impl Fn(&str) -> String) -> Vec<String> {
    fields.iter().map(|field| value(field)).collect()
}
fn email_of(dice: &mut Dice, person: &Person, domain: &str) -> String {
    let local = fold(&format!("{} {}", person.given, person.family)).replace(' ', ".");
    match dice.below(100) {
        0..15 => String::new(),
        15..25 => format!("{local}{}@mailbox.example", dice.below(90)),
        25..45 => format!("{}{}@{domain}", local.get(..1).unwrap_or("x"), local.split('.').next_back().unwrap_or("")),
        _ => format!("{local}@{domain}"),
    }
}

fn phone(dice: &mut Dice, land: &Land) -> String {
    if dice.chance(12) { String::new() } else { format!("{} {} {} {:04}", land.dial, 20 + dice.below(79), 100 + dice.below(900), dice.below(10_000)) }
}

fn source(dice: &mut Dice) -> &'static str {
    *dice.pick(&["Web", "Partner Referral", "Trade Show", "Purchased List", ""])
}

fn description(dice: &mut Dice) -> String {
    match dice.below(20) {
        0 => "Said: \"call back in March\", then hung up.\nSecond line, with a comma.".into(),
        1 => "Met at the fair 🎯, likes \u{200f}שלום and =SUM(A1)".into(),
        2 => "<img src=x onerror=alert(1)>".into(),
        _ => String::new(),
    }
}

fn stamp(dice: &mut Dice) -> i64 {
    NEWEST - dice.below(3 * 365 * 86_400) as i64
}

fn user_role(index: u64, fields: &[&'static str]) -> Vec<String> {
    collect(fields, |field| match field {
        "Id" => World::id("00E", index),
        "Name" => [
            "CEO",
            "VP Sales",
            "Sales EMEA",
            "Sales Americas",
            "Sales APAC",
            "Inside Sales",
            "Field Sales",
            "Partners",
            "Marketing",
            "Support",
            "Finance",
            "Operations",
        ][(index % 12) as usize]
            .into(),
        "ParentRoleId" if index > 0 => World::id("00E", (index - 1) / 3),
        _ => times(field, NEWEST),
    })
}

fn times(field: &str, stamp: i64) -> String {
    match field {
        "SystemModstamp" | "LastModifiedDate" => datetime(stamp),
        "CreatedDate" => datetime(stamp - 40 * 86_400),
        _ => String::new(),
    }
}
