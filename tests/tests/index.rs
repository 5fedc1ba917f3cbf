//! The index of match keys: whatever comes, goes and comes back, it says what a fresh one would.

use inlay_core::model::id::RecordId;
use inlay_core::model::object::Object;
use inlay_core::store::posting::{self, Entries, Entry, Index, bucket_bits, build, find, in_use, stage, staged, tidy, use_index};
use inlay_core::store::{Sql, StoreError, schema};
use inlay_tests::sandbox::dice::Dice;
use inlay_tests::sqlite::Sqlite;
use std::collections::{BTreeMap, BTreeSet};

/// A key's hash of 48 bits; few enough that many records share one.
fn hash(key: u64) -> u64 {
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16
}

fn entry(key: u64, record: u64) -> Entry {
    let id = RecordId::parse(&format!("003{record:012}")).expect("digits");
    Entry::new(hash(key), Object::Contact, &id.pack())
}

fn entries(pairs: &[(u64, u64)]) -> Entries {
    let mut entries = Entries::default();
    entries.extend(pairs.iter().map(|(key, record)| entry(*key, *record)));
    entries
}

/// An index built in one go.
fn built(pairs: &BTreeSet<(u64, u64)>) -> Sqlite {
    let sql = Sqlite::memory();
    schema::migrate(&sql).expect("a fresh database");
    stage(&sql, 1, &entries(&pairs.iter().copied().collect::<Vec<_>>())).expect("it is staged");
    let index = Index { generation: 1, bits: bucket_bits(staged(&sql).expect("a number")) };
    for part in 0..64 {
        build(&sql, index, part).expect("it is built");
    }
    use_index(&sql, index).expect("it takes over");
    tidy(&sql, index).expect("and is alone");
    sql
}

fn amend(sql: &dyn Sql, gone: &Entries, come: &Entries) -> Result<(), StoreError> {
    posting::amend(sql, in_use(sql)?, gone, come)
}

fn told(sql: &dyn Sql, keys: u64) -> BTreeMap<u64, BTreeSet<RecordId>> {
    let hashes: Vec<u64> = (0..keys).map(hash).collect();
    let index = in_use(sql).expect("it is asked").expect("it was built");
    let found = find(sql, index, &hashes, usize::MAX).expect("it is asked");
    found.into_iter().map(|(hash, posting)| (hash, posting.ids.iter().filter_map(RecordId::of_packed).collect())).collect()
}

/// Records with three keys each come, change and go, in steps of one to a thousand; after each some are asked for.
#[test]
fn increments_in_any_order_equal_a_rebuild() {
    for seed in 0..20 {
        let mut dice = Dice::new(seed, 7, 0);
        let keys = 50 + dice.below(3_000);
        let mut records: BTreeMap<u64, [u64; 3]> = (0..dice.below(3_000)).map(|record| (record, [0; 3].map(|_| dice.below(keys)))).collect();
        let pairs = |records: &BTreeMap<u64, [u64; 3]>| records.iter().flat_map(|(record, keys)| keys.map(|key| (key, *record))).collect::<BTreeSet<_>>();
        let sql = built(&pairs(&records));
        for _ in 0..=dice.below(8) {
            let (mut gone, mut come) = (Vec::new(), Vec::new());
            let most = if dice.chance(20) { 1_000 } else { 30 };
            for _ in 0..=dice.below(most) {
                let record = dice.below(4_000);
                if let Some(before) = records.remove(&record) {
                    gone.extend(before.map(|key| (key, record)));
                }
                if dice.chance(70) {
                    let now = [0; 3].map(|_| dice.below(keys));
                    // One that comes again in the same step comes after it went.
                    gone.retain(|pair| !now.map(|key| (key, record)).contains(pair));
                    come.retain(|(_, other)| *other != record);
                    come.extend(now.map(|key| (key, record)));
                    records.insert(record, now);
                } else {
                    come.retain(|(_, other)| *other != record);
                }
            }
            amend(&sql, &entries(&gone), &entries(&come)).expect("it is amended");
            assert_eq!(told(&sql, keys), told(&built(&pairs(&records)), keys), "seed {seed}");
        }
    }
}

/// A thousand changed records cost at most a row for each of the 64 parts, until a part is folded.
#[test]
fn a_change_writes_few_rows() {
    let pairs: BTreeSet<(u64, u64)> = (0..60_000).map(|record| (record * 7 % 20_000, record)).collect();
    let sql = built(&pairs);
    let rows = |sql: &Sqlite| sql.run("SELECT count(*) FROM amendment", Vec::new()).expect("a count").rows[0][0].integer().expect("a number");
    let changed: Vec<(u64, u64)> = pairs.iter().copied().take(1_000).collect();
    amend(&sql, &entries(&changed), &entries(&[])).expect("it is amended");
    assert!((1..=64).contains(&rows(&sql)));
    // As many changes again and again are folded into the buckets, and nothing is left beside them.
    for round in 0..80 {
        let more: Vec<(u64, u64)> = (0..1_000).map(|place| (place, 100_000 + round * 1_000 + place)).collect();
        amend(&sql, &entries(&[]), &entries(&more)).expect("it is amended");
    }
    let bytes = sql.run("SELECT coalesce(sum(length(entries)), 0) FROM amendment", Vec::new()).expect("a sum").rows[0][0].integer().expect("a number");
    assert!(bytes <= 64 * 1_000 * 17, "{bytes} bytes stand beside the buckets");
    assert_eq!(told(&sql, 1)[&hash(0)].len(), pairs.iter().filter(|(key, record)| *key == 0 && !changed.contains(&(*key, *record))).count() + 80);
}
