"""Every method of `matching.md` section 2 on pairs of company names: reads pairs.csv (a, b, same) and others.csv (names that
stand beside them, for the frequencies of words), writes one line of JSON with the best F1 of each."""

import json
import re
import sys
import unicodedata

import numpy
import pandas
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

folder = sys.argv[1]
pairs = pandas.read_csv(f"{folder}/pairs.csv", dtype=str, keep_default_na=False)
others = pandas.read_csv(f"{folder}/others.csv", dtype=str, keep_default_na=False)["name"].tolist()
truth = pairs["same"].astype(int).to_numpy()
forms = set(pandas.read_csv(f"{folder}/forms.csv", dtype=str, keep_default_na=False)["term"].str.lower().str.replace(r"[^\w]", "", regex=True))


def clean(name):
    name = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter)).lower()
    name = re.sub(r"[\[(].*?[\])]", " ", name).replace("&", " and ")
    words = re.sub(r"[^\w\s]", "", name).split()
    while len(words) > 1 and words[-1] in forms:
        words.pop()
    return " ".join(word for word in words if word != "the") or name


def best(scores):
    cuts = numpy.unique(scores)
    results = []
    for cut in cuts:
        told = scores >= cut
        right = (told & (truth == 1)).sum()
        results.append(2 * right / (told.sum() + truth.sum()))
    return round(float(max(results)), 4)


def cosine(vectorizer, a, b, corpus):
    vectorizer.fit(corpus)
    return numpy.asarray(vectorizer.transform(a).multiply(vectorizer.transform(b)).sum(axis=1)).ravel()


raw = (pairs["a"].tolist(), pairs["b"].tolist())
cleaned = ([clean(name) for name in raw[0]], [clean(name) for name in raw[1]])
corpus_raw, corpus = raw[0] + raw[1] + others, cleaned[0] + cleaned[1] + [clean(name) for name in others]
each = lambda score, sides: numpy.array([score(a, b) for a, b in zip(*sides)])
chars = lambda: TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3))
initials = lambda name: "".join(word[0] for word in name.split())
methods = {
    "exact, cleaned": each(lambda a, b: float(a == b), cleaned),
    "jaro-winkler raw": each(JaroWinkler.similarity, raw),
    "jaro-winkler cleaned": each(JaroWinkler.similarity, cleaned),
    "ratio raw": each(fuzz.ratio, raw),
    "ratio cleaned": each(fuzz.ratio, cleaned),
    "token_sort cleaned": each(fuzz.token_sort_ratio, cleaned),
    "token_set cleaned": each(fuzz.token_set_ratio, cleaned),
    "WRatio cleaned": each(fuzz.WRatio, cleaned),
    "tf-idf char-3 raw": cosine(chars(), *raw, corpus_raw),
    "tf-idf char-3 cleaned": cosine(chars(), *cleaned, corpus),
    "tf-idf word cleaned": cosine(TfidfVectorizer(token_pattern=r"\S+"), *cleaned, corpus),
}
acronym = each(lambda a, b: float(initials(a) == b or initials(b) == a), cleaned)
length = each(lambda a, b: min(len(a), len(b)) / max(len(a), len(b), 1), cleaned)
names = ["jaro-winkler cleaned", "token_sort cleaned", "token_set cleaned", "ratio cleaned", "tf-idf word cleaned", "tf-idf char-3 cleaned", "exact, cleaned"]
features = numpy.column_stack([methods[name] / max(1, methods[name].max()) for name in names] + [acronym, length])
folds = StratifiedKFold(2, shuffle=True, random_state=7)
for name, model in (("logistic, 9 features, 2-fold", LogisticRegression(max_iter=1000)), ("gradient boosting, 9 features, 2-fold", GradientBoostingClassifier(random_state=7))):
    methods[name] = cross_val_predict(model, features, truth, cv=folds, method="predict_proba")[:, 1]
print(json.dumps({name: best(scores) for name, scores in methods.items()}))
