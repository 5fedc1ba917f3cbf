//! Text to comparable text: letters and digits of one case, and the spellings that fall together.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Lower-case ASCII words with single spaces; other scripts are romanised, signs and emoji dropped.
///
/// ```
/// use inlay_core::matching::normalise::fold;
/// assert_eq!(fold("  Łukasz  Żółć-Öz 🎯 "), "lukasz zolc oz");
/// ```
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    let mut push = |byte: u8, folded: &mut String| {
        if byte.is_ascii_alphanumeric() {
            if gap && !folded.is_empty() {
                folded.push(' ');
            }
            gap = false;
            folded.push(byte.to_ascii_lowercase() as char);
        } else if byte != b'\'' && byte != b'.' {
            gap = true;
        }
    };
    for character in text.chars() {
        if character.is_ascii() {
            push(character as u8, &mut folded);
        } else if character.is_alphanumeric() {
            let romanised = han(character).or_else(|| deunicode::deunicode_char(character)).unwrap_or("");
            // Koreans mostly write `sung`, `jung`, `hyun` where the official romanisation has `eo`.
            let is_closed = ('\u{ac00}'..='\u{d7a3}').contains(&character) && !(character as u32 - 0xac00).is_multiple_of(28);
            let vowel = if is_closed { romanised.find("eo") } else { None };
            // deunicode ends Han syllables with a space, which parts them as words.
            romanised.bytes().enumerate().for_each(|(place, byte)| match vowel {
                Some(vowel) if place == vowel => {}
                Some(vowel) if place == vowel + 1 => push(b'u', &mut folded),
                // Signs for sounds that Latin has no letter of part no words.
                _ if byte.is_ascii_alphanumeric() || byte == b' ' => push(byte, &mut folded),
                _ => {}
            });
        } else if !is_combining(character) && character != '’' {
            push(b' ', &mut folded);
        }
    }
    folded
}

/// Letters of Chinese names that deunicode reads otherwise than they are read in names; each reading ends the word, as its own do.
static HAN: LazyLock<HashMap<char, String>> = LazyLock::new(|| {
    let rows = include_str!("table/han.csv").lines().skip(1).filter_map(|line| line.split_once(','));
    rows.filter_map(|(letter, reading)| Some((letter.chars().next()?, format!("{reading} ")))).collect()
});

fn han(letter: char) -> Option<&'static str> {
    ('\u{4e00}'..='\u{9fff}').contains(&letter).then(|| HAN.get(&letter))?.map(String::as_str)
}

/// The longest name, title or place that is read, in bytes: longer ones are no names, and would cost what no name costs.
const LONGEST: usize = 240;

/// The beginning of a text that somebody else wrote, cut between characters.
pub fn bounded(text: &str) -> &str {
    let end = (0..=LONGEST.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

fn is_combining(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

/// A folded word in the one form that its spellings share: umlaut forms (`mueller`, `muller`), `y` and `i`, `x` and `ks`, `c` and
/// `k`, `ph` and `f`, and doubled letters fall together.
pub fn squash(word: &str) -> String {
    let mut squashed = String::with_capacity(word.len());
    let mut before = ' ';
    let ends_with = |text: &str, letter: char| text.as_bytes().last().is_some_and(|last| *last as char == letter);
    for letter in word.chars() {
        let follows = std::mem::replace(&mut before, letter);
        let spelt = match letter {
            ' ' => continue,
            'e' if matches!(follows, 'a' | 'o' | 'u') => continue,
            'h' if follows == 'p' => {
                squashed.pop();
                'f'
            }
            'c' => 'k',
            'x' => {
                if !ends_with(&squashed, 'k') {
                    squashed.push('k');
                }
                's'
            }
            'y' => 'i',
            other => other,
        };
        if !(spelt.is_ascii_alphabetic() && ends_with(&squashed, spelt)) {
            squashed.push(spelt);
        }
    }
    squashed
}

/// The consonants of a folded word, as scripts without vowels write it: `khalid` and `khld` share them. Empty for one alone.
pub fn consonants(word: &str) -> String {
    let kept: String = squash(&word.replace("kh", "h")).chars().filter(|letter| !matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'w')).collect();
    if kept.len() >= 2 { kept } else { String::new() }
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_survives_scripts_and_signs() {
        let check = |text: &str, expected: &str| assert_eq!(fold(text), expected, "{text}");
        check("Zoë O'Brien-Ødegård", "zoe obrien odegard");
        check("Straße", "strasse");
        check("Иван Петров", "ivan petrov");
        check("王伟", "wang wei");
        check("广哲 单", "guang zhe shan");
        check("سعيد", "syd");
        check("성현", "sunghyun");
        check("İpek Işık", "ipek isik");
        check("e\u{301}te\u{301}", "ete");
        check("<img onerror>", "img onerror");
        check("", "");
    }

    #[test]
    fn umlaut_forms_share_a_key() {
        assert_eq!(squash(&fold("Müller")), squash(&fold("Mueller")));
        assert_eq!(squash(&fold("Jørgensen")), squash(&fold("Joergensen")));
        assert_eq!(squash("anna"), "ana");
    }
}
