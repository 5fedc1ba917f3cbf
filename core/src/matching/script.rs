//! Names in Han and Hangul, read as those who bear them do: letter by letter, Han is read as Mandarin and 김 as Gim.

use super::normalise::fold;
use std::borrow::Cow;
use std::sync::LazyLock;

/// Korean surnames, a syllable each, as Koreans write them in Latin letters.
const KOREAN_SURNAMES: &[(char, &str)] = &[
    ('김', "kim"),
    ('이', "lee"),
    ('박', "park"),
    ('최', "choi"),
    ('정', "jung"),
    ('강', "kang"),
    ('조', "cho"),
    ('윤', "yoon"),
    ('장', "jang"),
    ('임', "lim"),
    ('한', "han"),
    ('오', "oh"),
    ('서', "seo"),
    ('신', "shin"),
    ('권', "kwon"),
    ('황', "hwang"),
    ('안', "ahn"),
    ('송', "song"),
    ('류', "ryu"),
    ('유', "yoo"),
    ('홍', "hong"),
    ('배', "bae"),
    ('백', "baek"),
    ('노', "roh"),
    ('문', "moon"),
    ('손', "son"),
    ('양', "yang"),
    ('허', "heo"),
    ('전', "jeon"),
    ('구', "koo"),
];
/// Syllables of given names that Koreans write otherwise than the state does: Hyunju, not Hyeonju.
const KOREAN_SYLLABLES: &[(char, &str)] = &[
    ('현', "hyun"),
    ('정', "jung"),
    ('영', "young"),
    ('성', "sung"),
    ('경', "kyung"),
    ('준', "jun"),
    ('선', "sun"),
    ('희', "hee"),
    ('우', "woo"),
    ('훈', "hoon"),
    ('철', "chul"),
    ('석', "seok"),
    ('순', "soon"),
    ('숙', "sook"),
    ('형', "hyung"),
    ('병', "byung"),
    ('중', "joong"),
    ('기', "ki"),
    ('규', "kyu"),
    ('광', "kwang"),
    ('국', "kook"),
    ('길', "kil"),
    ('권', "kwon"),
    ('건', "kun"),
    ('강', "kang"),
    ('근', "keun"),
    ('율', "yul"),
    ('연', "yeon"),
    ('윤', "yoon"),
    ('범', "bum"),
    ('춘', "chun"),
    ('필', "phil"),
    ('룡', "ryong"),
    ('량', "ryang"),
];

/// Japanese given names, surnames and rarer given names in Han, and how they are read: of several readings the commonest.
static JAPANESE: LazyLock<[Readings; 3]> = LazyLock::new(|| {
    let of = |part: &'static str| {
        let rows = include_str!("table/japanese_names.csv").lines().filter_map(move |line| line.strip_prefix(part)?.strip_prefix(',')?.split_once(','));
        Readings(rows.collect())
    };
    [of("given"), of("family"), of("rare")]
});

/// Names and their readings, in the order of the names.
struct Readings(Vec<(&'static str, &'static str)>);

impl Readings {
    fn get(&self, name: &str) -> Option<&'static str> {
        self.0.binary_search_by_key(&name, |(known, _)| *known).ok().map(|place| self.0[place].1)
    }
}

/// Surnames of Chinese people with which surnames of Japanese begin: 金子涵 is Jin Zihan.
const ALSO_CHINESE: &str = "金高林田石江安白平水方武和丁丸古元成西東東小大三千井谷池戸森原関陸馬黄";

/// A Japanese given name and surname as they are read, if they are one: 林 alone is Chinese, too, as 林浩 is, 佐藤 is not.
fn read(given: &str, family: &str) -> Option<(String, String)> {
    let [givens, families, rare] = &*JAPANESE;
    let (is_long, read) = (family.chars().count() >= 2, families.get(family)?);
    match givens.get(given) {
        Some(given_read) if is_long || given.chars().count() >= 2 => Some((given_read.to_owned(), read.to_owned())),
        // Rarer ones are Chinese names, too: only a surname of two letters tells.
        None if is_long => Some((rare.get(given).unwrap_or(given).to_owned(), read.to_owned())),
        _ => None,
    }
}

/// A Japanese name of two fields, in either order, as it is read; any other as it is.
pub fn japanese_parts<'a>(first: &'a str, last: &'a str) -> (Cow<'a, str>, Cow<'a, str>) {
    let (first, last) = (first.trim(), last.trim());
    if first.is_ascii() && last.is_ascii() {
        return (first.into(), last.into());
    }
    match read(first, last).or_else(|| read(last, first)) {
        Some((given, family)) => (given.into(), family.into()),
        None => (first.into(), last.into()),
    }
}

/// A Japanese name as it is read, the given name first; any other as it is. Mostly its words stand in one.
pub fn japanese(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return text.into();
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let found = match words[..] {
        [one, other] => read(one, other).or_else(|| read(other, one)),
        [whole] => whole.char_indices().skip(1).find_map(|(place, _)| {
            let (family, given) = whole.split_at(place);
            let (length, is_chinese_too) = (whole.chars().count(), whole.starts_with(|first| ALSO_CHINESE.contains(first)));
            read(given, family).filter(|_| JAPANESE[0].get(given).is_some() || place > 3 && length <= 5 && (length > 3 || !is_chinese_too))
        }),
        _ => None,
    };
    found.map_or(text.into(), |(given, family)| format!("{given} {family}").into())
}

/// A name of two to four Hangul syllables, or a surname alone, with the surname as Koreans write it: 김 is Kim, not Gim.
pub fn korean(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let surname = |letter: Option<char>| letter.and_then(|letter| KOREAN_SURNAMES.iter().find(|(known, _)| *known == letter)).map(|(_, read)| *read);
    let length = text.chars().count();
    // The surname stands behind where it alone is one syllable: 현주 이.
    if let Some((given, family)) = text.split_once(' ').filter(|(given, family)| given.chars().count() > 1 && family.chars().count() == 1)
        && let Some(read) = surname(family.chars().next()).filter(|_| given.chars().all(is_hangul))
    {
        return format!("{read} {}", korean_given(given)).into();
    }
    let mut letters = text.chars();
    match surname(letters.next()) {
        Some(read) if length <= 5 && letters.as_str().chars().all(|letter| is_hangul(letter) || letter == ' ') => {
            format!("{read} {}", korean_given(&letters.as_str().replace(' ', ""))).into()
        }
        _ => text.into(),
    }
}

/// A given name in Hangul as Koreans write it, and as the state does where that is another; any other as it is.
pub fn korean_given(text: &str) -> Cow<'_, str> {
    if text.is_empty() || !text.chars().all(is_hangul) {
        return text.into();
    }
    let read =
        |letter: char| KOREAN_SYLLABLES.iter().find(|(known, _)| *known == letter).map_or_else(|| fold(&letter.to_string()), |(_, read)| (*read).to_owned());
    let (own, state) = (text.chars().map(read).collect::<String>(), text.chars().map(|letter| fold(&letter.to_string())).collect::<String>());
    if own == state { own.into() } else { format!("{own} {state}").into() }
}

fn is_hangul(letter: char) -> bool {
    ('\u{ac00}'..='\u{d7a3}').contains(&letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn korean_names_are_read_as_koreans_write_them() {
        for (shown, expected) in
            [("김민지", "kim minji"), ("이 현주", "lee hyunju"), ("현주 이", "lee hyunju"), ("최지우", "choi jiwoo jiu"), ("박", "park "), ("Kim", "Kim")]
        {
            assert_eq!(korean(shown), expected);
        }
        assert_eq!((korean_given("지우"), korean_given("Jiu")), ("jiwoo jiu".into(), "Jiu".into()));
    }

    #[test]
    fn japanese_names_are_read_as_in_japan_and_chinese_ones_as_in_china() {
        for (shown, expected) in [
            ("伊藤 智子", "Tomoko Ito"),
            ("智子 伊藤", "Tomoko Ito"),
            ("伊藤智子", "Tomoko Ito"),
            ("佐藤未知", "未知 Sato"),
            ("林 伟", "林 伟"),
            ("林浩", "林浩"),
            ("林 明", "林 明"),
            ("金子涵", "金子涵"),
            ("森 智子", "Tomoko Mori"),
            ("Dana Okafor", "Dana Okafor"),
        ] {
            assert_eq!(japanese(shown), expected);
        }
        assert_eq!(japanese_parts("大輔", "田中"), ("Daisuke".into(), "Tanaka".into()));
        assert_eq!(japanese_parts("田中", "大輔"), ("Daisuke".into(), "Tanaka".into()));
        assert_eq!(japanese_parts("伟", "王"), ("伟".into(), "王".into()));
    }
}
