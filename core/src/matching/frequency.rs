//! How common names are in the world: what a small CRM's own records can't tell.

use super::normalise::{fold, squash};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Of a million people, how many bear a word as a given name and how many as a surname, where it is commonest.
static COMMON_NAMES: LazyLock<HashMap<String, [f64; 2]>> = LazyLock::new(|| {
    let mut names: HashMap<String, [f64; 2]> = HashMap::new();
    for line in include_str!("table/common_names.csv").lines().skip(1) {
        if let [part, name, per_million] = line.split(',').collect::<Vec<_>>()[..] {
            let shares = names.entry(squash(&fold(name))).or_default();
            let share = &mut shares[usize::from(part == "family")];
            *share = share.max(per_million.parse::<f64>().unwrap_or(0.0) / 1e6);
        }
    }
    names
});

/// One of so many people has the surname and this initial.
const INITIALS: f64 = 16.0;

/// The share of people who bear a name, by its key `given|family`, in either order; 0 where it isn't known to be common. A single
/// letter is an initial.
pub fn share_of_name(key: &str) -> f64 {
    let Some((one, other)) = key.split_once('|') else { return 0.0 };
    let shares = |word: &str| match word.len() {
        1 => [1.0 / INITIALS, 0.0],
        _ => COMMON_NAMES.get(word).copied().unwrap_or_default(),
    };
    let ([given, family], [turned_given, turned_family]) = (shares(one), shares(other));
    (given * turned_family).max(turned_given * family)
}

/// Whether a squashed word is a given name that many bear.
pub fn is_common_given_name(word: &str) -> bool {
    COMMON_NAMES.get(word).is_some_and(|[given, _]| *given > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::name::PersonName;

    fn share(name: &str) -> f64 {
        let name = PersonName::parse(name);
        share_of_name(&format!("{}|{}", name.spelt_given[0], name.spelt_family[0]))
    }

    #[test]
    fn common_names_are_known_in_either_order_and_in_their_own_script() {
        assert!(share("John Smith") > 1e-4 && share("Smith John") > 1e-4);
        assert!(share("María García") > 1e-4 && share("Zhang Wei") > 1e-4 && share("김 민준") <= 0.0);
        assert!(share("王 伟") > 1e-4, "Wang Wei as he writes himself");
        assert!(share("Quill Vantongeren") <= 0.0, "neither word is common");
        assert!(share("John Vantongeren") <= 0.0, "one common word doesn't make a name common");
        assert!(share_of_name("j|smith") > share_of_name("john|smith"));
    }
}
