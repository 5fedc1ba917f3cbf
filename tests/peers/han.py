"""Writes core/src/matching/table/japanese_names.csv, the readings of Japanese names in Han, and han.csv, the letters that names in Han have
and that are read otherwise than the general table of letters (deunicode) has it.

Japanese names are of gimei (MIT) and Faker (MIT), those of table/japanese_names.csv before all; of several readings the one that
most names have. Readings of Han are of pypinyin (MIT), surnames by hand. Run by hand: python3 tests/peers/han.py DEUNICODE, with
gimei and pypinyin installed; DEUNICODE is a file with a line `letter,reading` of `deunicode::deunicode_char` for each letter of GB 2312."""

import collections
import pathlib
import re
import sys

import gimei
import pypinyin

TABLE = pathlib.Path(__file__).parents[2] / "core/src/matching/table"
# Readings that fewer given names share are rare ones.
SHARED = 7
# Read otherwise in surnames.
SURNAMES = {"曾": "zeng", "单": "shan", "仇": "qiu", "解": "xie", "查": "zha", "任": "ren", "盖": "ge", "区": "ou", "沈": "shen", "尹": "yin", "翟": "zhai",
            "覃": "qin", "冯": "feng", "贾": "jia", "叶": "ye", "葉": "ye", "宁": "ning", "车": "che", "石": "shi", "卜": "bu", "缪": "miao", "曲": "qu", "朴": "piao",
            "晟": "sheng", "茜": "qian", "盛": "sheng", "乐": "le", "朝": "chao", "行": "xing", "长": "chang", "广": "guang", "藏": "zang"}
KANA = {"きゃ": "kya", "きゅ": "kyu", "きょ": "kyo", "しゃ": "sha", "しゅ": "shu", "しょ": "sho", "ちゃ": "cha", "ちゅ": "chu", "ちょ": "cho", "にゃ": "nya", "にゅ": "nyu", "にょ": "nyo",
        "ひゃ": "hya", "ひゅ": "hyu", "ひょ": "hyo", "みゃ": "mya", "みゅ": "myu", "みょ": "myo", "りゃ": "rya", "りゅ": "ryu", "りょ": "ryo", "ぎゃ": "gya", "ぎゅ": "gyu", "ぎょ": "gyo",
        "じゃ": "ja", "じゅ": "ju", "じょ": "jo", "びゃ": "bya", "びゅ": "byu", "びょ": "byo"}
ROWS = {"a": "あいうえお", "ka": "かきくけこ", "sa": "さしすせそ", "ta": "たちつてと", "na": "なにぬねの", "ha": "はひふへほ", "ma": "まみむめも", "ra": "らりるれろ",
        "ga": "がぎぐげご", "za": "ざじずぜぞ", "da": "だぢづでど", "ba": "ばびぶべぼ", "pa": "ぱぴぷぺぽ"}
for row, letters in ROWS.items():
    for letter, vowel in zip(letters, "aiueo"):
        KANA[letter] = row[:-1] + vowel
KANA |= {"し": "shi", "ち": "chi", "つ": "tsu", "ふ": "fu", "じ": "ji", "ぢ": "ji", "づ": "zu", "や": "ya", "ゆ": "yu", "よ": "yo", "わ": "wa", "を": "o", "ん": "n"}


def hepburn(kana):
    """Kana as passports have them: long vowels aren't written."""
    written = re.sub("(" + "|".join(sorted(KANA, key=len, reverse=True)) + ")", lambda found: KANA[found[1]], kana)
    written = re.sub("っ(.)", r"\1\1", written).replace("ー", "")
    return re.sub("(uu|ou|oo)", lambda found: found[1][0], written)


def japanese():
    """Part, name and reading."""
    path = TABLE / "japanese_names.csv"
    own = [tuple(line.split(",")) for line in path.read_text(encoding="utf8").splitlines()[1:]]
    known = {("given" if part == "rare" else part, name): reading for part, name, reading in reversed(own)}
    text = (pathlib.Path(gimei.__file__).parent / "data/names.yml").read_text(encoding="utf8")
    given, family = text.split("last_name:")
    for part, rows in (("given", given), ("family", family)):
        found = re.findall(r"\['([^']+)', '([^']+)'", rows)
        popular = collections.Counter(kana for _, kana in set(found))
        readings = collections.defaultdict(set)
        for name, kana in found:
            readings[name].add(kana)
        for name, kanas in readings.items():
            kana = max(kanas, key=lambda kana: (popular[kana], kana))
            written = hepburn(kana)
            if len(name) > 3 or not written.isascii() or not all("\u4e00" <= letter <= "\u9fff" or letter == "々" for letter in name):
                continue
            if part == "family" or popular[kana] >= SHARED:
                known.setdefault((part, name), written.capitalize())
    kept = {line.partition(",")[2].partition(",")[0] for line in path.read_text(encoding="utf8").splitlines() if line.startswith("given,")}
    rank = lambda part, name: "rare" if part == "given" and name not in kept else part
    return [f"{rank(part, name)},{name},{reading}" for (part, name), reading in known.items()]


def han(path):
    """Letter and reading."""
    general = dict(line.split(",", 1) for line in pathlib.Path(path).read_text(encoding="utf8").splitlines())
    for letter, reading in general.items():
        right = SURNAMES.get(letter) or pypinyin.lazy_pinyin(letter, v_to_u=False)[0].replace("ü", "u").replace("v", "u")
        if right.isascii() and right.isalpha() and right != reading.strip().lower():
            yield f"{letter},{right}"


def write(name, head, rows):
    rows = sorted(set(rows))
    (TABLE / name).write_text(head + "\n" + "\n".join(rows) + "\n", encoding="utf8")
    print(len(rows), "rows in", TABLE / name)


write("han.csv", "letter,reading", han(sys.argv[1]))
write("japanese_names.csv", "part,name,reading", japanese())
