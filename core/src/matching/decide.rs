//! Decides: all candidates of a sighting compete, "none of these" among them; one profile gets one record (spec 17, 19).

use super::calibrate::shifted;
use super::weigh::{Model, Weighed};
use crate::api::{Band, Thresholds};
use crate::model::evidence::{Field, Level};
use crate::model::object::Object;
use std::cmp::Ordering;

/// The outcome of one sighting.
#[derive(Debug, Clone)]
pub struct Decision<'c> {
    /// How sure.
    pub band: Band,
    /// The probability that the best is the one.
    pub probability: f64,
    /// The best record.
    pub best: Weighed<'c>,
    /// The next best: a duplicate of the best, or another.
    pub runner_up: Option<Weighed<'c>>,
    /// A member said so.
    pub is_by_hand: bool,
}

impl<'c> Decision<'c> {
    /// A member said so: nothing competes (spec 18).
    pub fn by_hand(best: Weighed<'c>) -> Self {
        Self { band: Band::Sure, probability: 1.0, best, runner_up: None, is_by_hand: true }
    }
}

/// Decides between weighed candidates; none if there are none. The band says whether the best is worth naming. `shift` is by how many
/// bits members' answers move the probability; `in_crm` how likely a sighted one is in the CRM at all.
pub fn decide<'c>(thresholds: &Thresholds, in_crm: f64, shift: f64, mut candidates: Vec<Weighed<'c>>) -> Option<Decision<'c>> {
    candidates.sort_by(best_first);
    let mut candidates = candidates.into_iter();
    let mut best = candidates.next()?;
    let mut others: Vec<Weighed<'c>> = candidates.collect();
    // A Contact beats the Lead that shows the same person, even if the Lead's row agrees a little better.
    if best.candidate.object == Object::Lead
        && let Some(place) =
            others.iter().position(|other| other.candidate.object == Object::Contact && other.candidate.is_duplicate_of(best.candidate) && other.weight > 0.0)
    {
        std::mem::swap(&mut best, &mut others[place]);
        others.sort_by(best_first);
    }
    // Records of one person count together: they don't compete with one another.
    let own: f64 = odds(&best) + others.iter().filter(|other| other.candidate.is_duplicate_of(best.candidate)).map(odds).sum::<f64>();
    let rest: f64 = others.iter().filter(|other| !other.candidate.is_duplicate_of(best.candidate)).map(odds).sum();
    let probability = shifted(own / (own + rest + (1.0 - in_crm)), shift);
    let band = band(thresholds, probability);
    let band = if band == Band::Sure && (has_other_name(&best) || has_better_named(&best, &others)) { Band::Unsure } else { band };
    Some(Decision { band, probability, best, runner_up: others.into_iter().next(), is_by_hand: false })
}

/// Whether a person's surname, or given name, is another than in the CRM, and no address or number tells that it is the same person all
/// the same. A colleague of one given name, and a daughter in the family's firm, look just like somebody who has married: somebody asks.
fn has_other_name(weighed: &Weighed<'_>) -> bool {
    let is = |(field, level): &(Field, Level)| match field {
        Field::ProfileKey | Field::Email | Field::Phone => *level == Level::Equal,
        _ => false,
    };
    let is_other = weighed.levels.iter().any(|(field, level)| *field == Field::Name && matches!(level, Level::Given | Level::Faint));
    weighed.candidate.object != Object::Account && is_other && !weighed.levels.iter().any(is)
}

/// Whether another company has the name that was seen, while this one's is only like it: companies of one group share a website.
fn has_better_named(best: &Weighed<'_>, others: &[Weighed<'_>]) -> bool {
    let rank = |weighed: &Weighed<'_>| match weighed.levels.iter().find(|(field, _)| *field == Field::Name) {
        Some((_, Level::Equal)) => 2,
        Some((_, Level::Close)) => 1,
        _ => 0,
    };
    best.candidate.object == Object::Account && others.iter().any(|other| rank(other) > rank(best))
}

/// The probability of a candidate against "none of these" alone.
pub fn alone(in_crm: f64, weighed: &Weighed<'_>) -> f64 {
    let own = odds(weighed);
    own / (own + 1.0 - in_crm)
}

/// Odds against "none of these", whose own weight is the rest of the prior.
fn odds(weighed: &Weighed<'_>) -> f64 {
    weighed.weight.clamp(-60.0, 60.0).exp2()
}

impl Default for Thresholds {
    /// The shipped model's.
    fn default() -> Self {
        let model = Model::shipped();
        Self { sure: model.sure, unsure: model.unsure, before: None }
    }
}

/// How sure a probability is.
pub fn band(thresholds: &Thresholds, probability: f64) -> Band {
    if probability >= thresholds.sure {
        Band::Sure
    } else if probability >= thresholds.unsure {
        Band::Unsure
    } else {
        Band::None
    }
}

/// By weight; then Contact before Lead; then the record changed last; then by id, so that the order never depends on chance.
fn best_first(a: &Weighed<'_>, b: &Weighed<'_>) -> Ordering {
    let is_contact = |weighed: &Weighed<'_>| weighed.candidate.object == Object::Contact;
    let newest = || b.candidate.modified.cmp(&a.candidate.modified);
    b.weight.total_cmp(&a.weight).then_with(|| is_contact(b).cmp(&is_contact(a))).then_with(newest).then_with(|| a.candidate.id.cmp(&b.candidate.id))
}

/// One record ↔ one profile on a page: where two different profiles claim a record, only the better claim can be sure.
/// `same_profile` tells whether two sightings are of one profile.
pub fn one_to_one(decisions: &mut [Option<Decision<'_>>], same_profile: impl Fn(usize, usize) -> bool) {
    for a in 0..decisions.len() {
        for b in a + 1..decisions.len() {
            let (Some(one), Some(other)) = (&decisions[a], &decisions[b]) else { continue };
            if one.band == Band::None || other.band == Band::None {
                continue;
            }
            if one.best.candidate.id != other.best.candidate.id || same_profile(a, b) {
                continue;
            }
            // What a member said is certain.
            let rank = |decision: &Decision<'_>| (decision.is_by_hand, decision.best.weight);
            let loser = if rank(one) >= rank(other) { b } else { a };
            if let Some(decision) = &mut decisions[loser] {
                decision.band = Band::Unsure;
                decision.probability = decision.probability.min(0.5);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::candidate::Candidate;
    use crate::model::id::RecordId;
    use crate::model::object::Object;
    use crate::model::record::{Layout, Record, encode};
    use std::sync::Arc;

    fn candidate(id: &str, name: &str, company: &str) -> Candidate {
        let id = RecordId::parse(id).expect("an id");
        let fields = ["FirstName", "LastName", "Company"].map(str::to_owned).to_vec();
        let layout = Arc::new(Layout { number: 1, object: id.object().expect("known"), fields });
        let (first, last) = name.split_once(' ').expect("two words");
        let record = Record::decode(id, &layout, &encode(1, [first, last, company].into_iter())).expect("fits");
        Candidate { company: crate::matching::company::Company::parse(company).into(), ..Candidate::new(&record, None) }
    }

    fn weighed(candidate: &Candidate, weight: f64) -> Weighed<'_> {
        Weighed { candidate, place: 0, levels: Vec::new(), shared: 1.0, weight }
    }

    #[test]
    fn namesakes_take_certainty_from_each_other() {
        let model = Model::shipped();
        let (one, other) = (candidate("003000000000001", "Dana Okafor", "Northwind"), candidate("003000000000002", "Dana Okafor", "Talus"));
        let alone = decide(&Thresholds::default(), model.person.in_crm, 0.0, vec![weighed(&one, 6.0)]).expect("a match");
        assert_eq!(alone.band, Band::Sure);
        let pair = vec![weighed(&one, 6.0), weighed(&other, 6.0)];
        assert_eq!(decide(&Thresholds::default(), model.person.in_crm, 0.0, pair).expect("a match").band, Band::Unsure);
    }

    #[test]
    fn duplicates_of_one_person_count_together_and_the_contact_wins() {
        let model = Model::shipped();
        let (lead, contact) = (candidate("00Q000000000001", "Dana Okafor", "Northwind"), candidate("003000000000002", "Dana Okafor", "Northwind"));
        let pair = vec![weighed(&lead, 6.1), weighed(&contact, 6.0)];
        let decision = decide(&Thresholds::default(), model.person.in_crm, 0.0, pair).expect("a match");
        assert_eq!((decision.band, decision.best.candidate.object), (Band::Sure, Object::Contact));
        assert_eq!(decision.runner_up.map(|weighed| weighed.candidate.object), Some(Object::Lead));
    }

    #[test]
    fn of_a_group_s_companies_none_is_sure_while_another_has_the_name() {
        let account = |number: u8| Candidate { object: Object::Account, ..candidate(&format!("00100000000000{number}"), "Brescia Grafica", "") };
        let (italia, own) = (account(1), account(2));
        let named = |candidate, level, weight| Weighed { levels: vec![(Field::Name, level)], ..weighed(candidate, weight) };
        let sure = |other: Level| {
            let both = vec![named(&italia, Level::Partial, 9.0), named(&own, other, 2.0)];
            decide(&Thresholds::default(), Model::shipped().company.in_crm, 0.0, both).expect("a match").band
        };
        assert_eq!((sure(Level::Equal), sure(Level::Partial)), (Band::Unsure, Band::Sure));
    }

    #[test]
    fn nothing_likely_is_no_match() {
        let one = candidate("003000000000001", "Dana Okafor", "Northwind");
        let decision = decide(&Thresholds::default(), Model::shipped().person.in_crm, 0.0, vec![weighed(&one, -6.0)]);
        assert_eq!(decision.map(|decision| decision.band), Some(Band::None));
        assert!(decide(&Thresholds::default(), Model::shipped().person.in_crm, 0.0, Vec::new()).is_none());
    }
}
