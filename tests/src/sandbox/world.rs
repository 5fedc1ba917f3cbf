//! The seeded world: believable people and companies, each row a pure function of seed and index, so that a million
//! of them need no memory. What the CRM has of them: `object`.
#![allow(clippy::explicit_auto_deref, reason = "where the element itself is a reference, inference needs the star")]

use super::dice::Dice;
use super::name::{COMPANY_ENDS, COMPANY_STEMS, FUNCTIONS, LANDS, Land, RANKS, TRADES};
use inlay_core::matching::normalise::fold;
use inlay_core::matching::script::japanese_parts;
use inlay_core::model::object::Object;

/// Sizes and seed of a world.
#[derive(Debug, Clone, Copy)]
pub struct World {
    /// Everything follows from it.
    pub seed: u64,
    /// How many contacts; the other objects follow.
    pub contacts: u64,
}

/// A person of the world, in the CRM or not.
#[derive(Debug, Clone)]
pub struct Person {
    /// Country and naming.
    pub land: &'static Land,
    /// Given name as the CRM has it.
    pub given: String,
    /// A nickname or romanised form, or the given name itself.
    pub nickname: String,
    /// Family name with particles.
    pub family: String,
    /// Title.
    pub title: String,
    /// City and region.
    pub city: (&'static str, &'static str),
    /// The address part of the profile.
    pub slug: String,
}

/// A company of the world.
#[derive(Debug, Clone)]
pub struct Company {
    /// Country.
    pub land: &'static Land,
    /// Name without legal form.
    pub name: String,
    /// Legal form.
    pub form: &'static str,
    /// Registrable domain under `.example`.
    pub domain: String,
    /// Industry.
    pub industry: &'static str,
    /// City and region.
    pub city: (&'static str, &'static str),
    /// Head-count.
    pub employees: u64,
}

/// 1 November 2026, midnight UTC: the world's last change.
pub const NEWEST: i64 = 1_793_491_200;

impl World {
    /// How many rows an object has.
    pub fn count(&self, object: Object) -> u64 {
        match object {
            Object::Contact => self.contacts,
            Object::Account => (self.contacts * 15 / 100).max(20),
            Object::Lead => self.contacts / 4,
            Object::Opportunity => self.contacts / 5,
            Object::OpportunityContactRole => self.contacts / 4,
            Object::User => (20 + self.contacts / 2000).min(400),
            Object::UserRole => 12,
        }
    }

    /// A person by kind of people and index.
    pub fn person(&self, kind: u64, index: u64) -> Person {
        let mut dice = Dice::new(self.seed, kind, index);
        let land = dice.pick_common(LANDS);
        let names = dice.pick_common(land.given);
        let (given, nickname) = names.split_once('/').unwrap_or((names, names));
        let mut family = family_name(&mut dice, land);
        if land.doubled && dice.chance(60) {
            family = format!("{family} {}", family_name(&mut dice, land));
        } else if dice.chance(3) {
            family = format!("{family}-{}", family_name(&mut dice, land));
        }
        if !land.particles.is_empty() && dice.chance(20) {
            family = format!("{} {family}", dice.pick(land.particles));
        }
        let title = format!("{} {}", dice.pick(RANKS), dice.pick(FUNCTIONS)).replace("Chief", "Chief Officer,");
        let city = *dice.pick(land.cities);
        let slug = format!("{}-{:x}", romanised(given, &family).replace(' ', "-"), kind << 32 | index | 0x1000_0000);
        Person { land, given: given.into(), nickname: nickname.into(), family, title, city, slug }
    }

    /// A company by index. Names differ as far as the tables reach.
    pub fn company(&self, index: u64) -> Company {
        let mut dice = Dice::new(self.seed, 77, index);
        let land = dice.pick_common(LANDS);
        let (stems, ends, trades) = (COMPANY_STEMS.len() as u64, COMPANY_ENDS.len() as u64, TRADES.len() as u64);
        let spread = index.wrapping_mul(7919).wrapping_add(self.seed % 1000) % (stems * ends * trades);
        let (trade, industry) = TRADES[(spread % trades) as usize];
        let head = format!("{}{}", COMPANY_STEMS[(spread / trades % stems) as usize], COMPANY_ENDS[(spread / trades / stems) as usize]);
        let round = index / (stems * ends * trades);
        let city = *dice.pick(land.cities);
        let name = if round == 0 { format!("{head} {trade}") } else { format!("{head} {trade} {}", city.0) };
        let domain = format!("{}{}.example", fold(&name).replace(' ', "-"), if round > 1 { round.to_string() } else { String::new() });
        Company { land, name, form: *dice.pick(land.forms), domain, industry, city, employees: 10 + dice.below(40) * dice.below(200) }
    }

    /// The account of a contact.
    pub fn account_of(&self, contact: u64) -> u64 {
        let mut dice = Dice::new(self.seed, 78, contact);
        let accounts = self.count(Object::Account);
        dice.below(accounts).min(dice.below(accounts))
    }

    /// The contact that a lead shows too: one lead in sixteen; half of those are converted.
    pub fn contact_of_lead(&self, lead: u64) -> Option<(u64, bool)> {
        (lead % 16 == 5).then(|| (lead * 3 % self.contacts.max(1), lead % 32 == 5))
    }

    /// An id of an object by index.
    pub fn id(prefix: &str, index: u64) -> String {
        const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut tail = [b'0'; 9];
        let mut number = index + 1;
        for place in (0..9).rev() {
            tail[place] = DIGITS[(number % 62) as usize];
            number /= 62;
        }
        let short = format!("{prefix}5g0{}", std::str::from_utf8(&tail).expect("ASCII"));
        inlay_core::model::id::RecordId::parse(&short).expect("15 characters").to_string()
    }

    /// The index that an id of this world was made from.
    pub fn index(id: &str) -> Option<u64> {
        let tail = id.get(6..15).filter(|_| id.get(3..6) == Some("5g0"))?;
        let number = tail.bytes().try_fold(0_u64, |number, byte| {
            let digit = match byte {
                b'0'..=b'9' => byte - b'0',
                b'A'..=b'Z' => byte - b'A' + 10,
                b'a'..=b'z' => byte - b'a' + 36,
                _ => return None,
            };
            number.checked_mul(62)?.checked_add(u64::from(digit))
        })?;
        number.checked_sub(1)
    }
}

/// A name in Latin letters, as its bearers write it: 淳 藤原 is Jun Fujiwara.
pub fn romanised(given: &str, family: &str) -> String {
    let (given, family) = japanese_parts(given, family);
    fold(&format!("{given} {family}"))
}

fn family_name(dice: &mut Dice, land: &Land) -> String {
    format!("{}{}", dice.pick_common(land.stems), dice.pick(land.ends))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lead_back_to_their_index() {
        for index in [0, 1, 61, 62, 999_999, 123_456_789] {
            assert_eq!(World::index(&World::id("003", index)), Some(index));
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_world() {
        let world = World { seed: 7, contacts: 100 };
        let fields = Object::Contact.fields();
        assert_eq!(world.row(Object::Contact, 5, fields), world.row(Object::Contact, 5, fields));
        assert_ne!(world.row(Object::Contact, 5, fields), world.row(Object::Contact, 6, fields));
    }
}
