"""Splink 5 finds the duplicates of a table: reads records.csv of a folder (id, cluster and the set's own columns), trains as its
notebooks of these sets do, joins connected components, writes one line of JSON: the best pairwise F1 over five thresholds."""

import json
import logging
import sys
import time
from collections import Counter
from math import comb

import pandas
import splink.comparison_library as compare
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

logging.getLogger("splink").setLevel(logging.ERROR)
folder, name = sys.argv[1], sys.argv[2]
records = pandas.read_csv(f"{folder}/records.csv", dtype=str, keep_default_na=True, na_values=[""])
records = records.where(records.notna(), None)
records["whole_name"] = records["first_name"].fillna("") + " " + records["last_name"].fillna("")
names = compare.ForenameSurnameComparison("first_name", "last_name", forename_surname_concat_col_name="whole_name")
exact = lambda column: compare.ExactMatch(column).configure(term_frequency_adjustments=True)
birth = compare.DateOfBirthComparison("birth_date", input_is_string=True)
sets = {
    "historical_50k": (
        [names, birth, compare.PostcodeComparison("postal_code"), exact("city"), exact("title")],
        [block_on("substr(first_name,1,3)", "substr(last_name,1,4)"), block_on("last_name", "birth_date"), block_on("first_name", "birth_date"),
         block_on("postal_code", "first_name"), block_on("postal_code", "last_name"), block_on("birth_date", "city"),
         block_on("substr(postal_code,1,3)", "birth_date"), block_on("substr(postal_code,1,3)", "first_name"), block_on("substr(postal_code,1,3)", "last_name")],
    ),
    "FEBRL4": (
        [compare.NameComparison("first_name"), compare.NameComparison("last_name"), birth, compare.LevenshteinAtThresholds("national_id", [1, 2]),
         exact("city"), compare.LevenshteinAtThresholds("postal_code", [1]), exact("street")],
        [block_on("first_name", "last_name"), block_on("national_id"), block_on("birth_date"), block_on("postal_code", "last_name"), block_on("street"),
         block_on("postal_code", "first_name"), block_on("substr(last_name,1,3)", "city")],
    ),
    "fake_1000": (
        [compare.NameComparison("first_name"), compare.NameComparison("last_name"), birth, exact("city"), compare.EmailComparison("email")],
        [block_on("first_name", "last_name"), block_on("last_name"), block_on("first_name"), block_on("birth_date"), block_on("email")],
    ),
}
comparisons, rules = sets[name]
if name == "FEBRL4":
    records["birth_date"] = records["birth_date"].str.replace(r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3", regex=True)
begun = time.time()
api = DuckDBAPI()
settings = SettingsCreator(link_type="dedupe_only", unique_id_column_name="id", comparisons=comparisons, blocking_rules_to_generate_predictions=rules)
linker = Linker(api.register(records, table_name="records"), settings)
linker.training.estimate_probability_two_random_records_match([block_on("first_name", "last_name", "birth_date"), block_on("birth_date", "last_name")], recall=0.6)
linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=7)
for rule in (block_on("birth_date"), block_on("first_name", "last_name")):
    linker.training.estimate_parameters_using_expectation_maximisation(rule)
pairs = linker.inference.predict(threshold_match_probability=0.01)
truth = dict(zip(records["id"], records["cluster"]))
together = lambda values: sum(comb(count, 2) for count in Counter(values).values())
best = 0.0
for threshold in (0.5, 0.8, 0.9, 0.95, 0.99):
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold).as_pandas_dataframe()
    told, right = together(clusters["cluster_id"]), together(zip(clusters["cluster_id"], clusters["id"].map(truth)))
    best = max(best, 2 * right / (told + together(truth.values())))
print(json.dumps({"f1_pairs": round(best, 4), "seconds": round(time.time() - begun, 1)}))
