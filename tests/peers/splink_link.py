"""Splink 5 on the same people or companies, as well as it can: cleaned and romanised names, nickname and legal-form tables,
term frequencies, a dozen blocking rules, EM on the data itself. Reads records.csv and sightings.csv of a folder, writes
answers.csv: the best candidate of each sighting, however unlikely."""

import logging
import resource
import sys
import time

import pandas
import splink.comparison_level_library as level
import splink.comparison_library as compare
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

logging.getLogger("splink").setLevel(logging.ERROR)
started = time.time()
folder, kind = sys.argv[1], sys.argv[2]
read = lambda name: pandas.read_csv(f"{folder}/{name}.csv", dtype=str, keep_default_na=True, na_values=[""]).where(lambda frame: frame.notna(), None)
records, sightings = read("records"), read("sightings")


def name(column, *more):
    return compare.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            level.NullLevel(column),
            level.ExactMatchLevel(column, term_frequency_adjustments=True),
            *more,
            level.JaroWinklerLevel(column, 0.92),
            level.JaroWinklerLevel(column, 0.88),
            level.ElseLevel(),
        ],
    )


custom = lambda sql, label: level.CustomLevel(sql, label_for_charts=label)
if kind in ("person", "link"):
    comparisons = [
        name("first", custom("nick_l = nick_r", "nickname"), custom("first_l = last_r and last_l = first_r", "swapped"), custom("substr(first_l,1,1) = substr(first_r,1,1) and least(length(first_l), length(first_r)) = 1", "initial")),
        name("last", custom("family_l like '%' || last_r || '%' or family_r like '%' || last_l || '%'", "contained"), custom("first_l = last_r and last_l = first_r", "swapped"), custom("substr(last_l,1,1) = substr(last_r,1,1) and least(length(last_l), length(last_r)) = 1", "initial")),
        name("company", custom("past_l = company_r or past_r = company_l", "past"), custom("company_l like company_r || '%' or company_r like company_l || '%'", "contained")),
        name("title"),
        compare.ExactMatch("city").configure(term_frequency_adjustments=True),
        compare.ExactMatch("country").configure(term_frequency_adjustments=True),
        compare.ExactMatch("email"),
        compare.ExactMatch("phone"),
    ]
    rules = [
        block_on("last", "nick"), block_on("last", "substr(first,1,1)"), block_on("company", "nick"), block_on("company", "last"), block_on("email"), block_on("phone"),
        block_on("company", "substr(first,1,1)", "substr(last,1,1)"), block_on("title", "city", "nick"), block_on("first", "city", "substr(last,1,1)"), block_on("profile"),
        "l.first = r.last and l.last = r.first", block_on("substr(last,1,5)", "first"), block_on("company", "title", "city"),
    ]
    if kind == "link":
        rules = [block_on("last", "nick"), block_on("company", "last"), block_on("company", "nick"), block_on("email"), "l.first = r.last and l.last = r.first"]
    training = [block_on("last", "first"), block_on("company", "title")]
    deterministic = [block_on("first", "last", "company"), block_on("email"), block_on("first", "last", "city", "title")]
else:
    comparisons = [
        name("company", custom("company_l like company_r || '%' or company_r like company_l || '%'", "contained")),
        compare.ExactMatch("domain"),
        compare.ExactMatch("city").configure(term_frequency_adjustments=True),
        compare.ExactMatch("country").configure(term_frequency_adjustments=True),
        compare.ExactMatch("industry").configure(term_frequency_adjustments=True),
    ]
    rules = [block_on("company"), block_on("domain"), block_on("token", "city"), block_on("substr(company,1,6)", "country"), block_on("token", "industry"), block_on("substr(company,1,9)")]
    training = [block_on("company"), block_on("domain")]
    deterministic = [block_on("company", "city"), block_on("domain")]

settings = SettingsCreator(link_type="link_only", unique_id_column_name="id", comparisons=comparisons, blocking_rules_to_generate_predictions=rules, retain_intermediate_calculation_columns=False)
api = DuckDBAPI()
linker = Linker([api.register(sightings, table_name="a_sightings"), api.register(records, table_name="b_records")], settings)
linker.training.estimate_probability_two_random_records_match(deterministic, recall=0.6)
linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=7)
for rule in training:
    linker.training.estimate_parameters_using_expectation_maximisation(rule)
pairs = linker.inference.predict(threshold_match_probability=0).as_pandas_dataframe()
flip = pairs["source_dataset_l"].str.contains("b_records")
pairs["sighting"] = pairs["id_l"].where(~flip, pairs["id_r"])
pairs["record"] = pairs["id_r"].where(~flip, pairs["id_l"])
best = pairs.sort_values("match_weight", ascending=False).drop_duplicates("sighting")
best[["sighting", "record", "match_probability"]].to_csv(f"{folder}/answers.csv", index=False)
pairs[["sighting", "record"]].to_csv(f"{folder}/pairs.csv", index=False)
print(f"{time.time() - started:.1f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}")
