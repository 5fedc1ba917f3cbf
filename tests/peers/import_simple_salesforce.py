"""The same seven objects and columns from the same sandbox org into SQLite, by simple-salesforce's Bulk 2.0 client.

Prints one JSON object: rows, seconds, peak memory in MB. What it stores is neither sealed nor indexed.
"""

import csv
import io
import json
import resource
import sqlite3
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "clients"))
from local import connect  # noqa: E402

config = json.loads(sys.argv[1])
org = connect(config)
store = sqlite3.connect(config["file"])
csv.field_size_limit(1 << 24)

begun, rows = time.perf_counter(), 0
for name, fields in config["objects"].items():
    store.execute(f"CREATE TABLE {name} (Id TEXT PRIMARY KEY, {', '.join(field for field in fields if field != 'Id')})")
    marks = ", ".join("?" * len(fields))
    for page in getattr(org.bulk2, name).query(f"SELECT {', '.join(fields)} FROM {name}", max_records=50_000):
        reader = csv.reader(io.StringIO(page))
        header = next(reader)
        order = [header.index(field) for field in fields]
        values = [[row[place] for place in order] for row in reader]
        store.executemany(f"INSERT OR REPLACE INTO {name} ({', '.join(fields)}) VALUES ({marks})", values)
        rows += len(values)
    store.commit()
seconds = time.perf_counter() - begun
print(json.dumps({"rows": rows, "seconds": seconds, "rows_per_s": rows / seconds, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
