"""simple-salesforce, unchanged, against the sandbox org: log in, query, create, update, Bulk 2.0 with several pages, errors.
"""

import json
import sys

from local import connect
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

config = json.loads(sys.argv[1])
org = connect(config)

found = org.query("SELECT Id, Name, Account.Name FROM Contact WHERE MailingCountry != null LIMIT 3")
assert len(found["records"]) == 3, found
everyone = org.query_all("SELECT Id FROM Contact WHERE IsDeleted = false")
assert len(everyone["records"]) == config["contacts"], len(everyone["records"])

made = org.Contact.create({"LastName": "Testperson", "FirstName": "Ada"})
assert made["success"]
assert org.Contact.update(made["id"], {"Title": "Engineer"}) == 204
assert org.Contact.get(made["id"])["Title"] == "Engineer"
assert org.Contact.upsert("Inlay_Key__c/k-2", {"LastName": "Keyed"}) in (200, 201)
assert org.Contact.delete(made["id"]) == 204

for query, error in (("SELEKT Id FROM Contact", SalesforceMalformedRequest), ("SELECT Nope FROM Contact", SalesforceMalformedRequest)):
    try:
        org.query(query)
        raise AssertionError(f"{query} was accepted")
    except error:
        pass
try:
    org.Contact.get("003000000000001AAA")
    raise AssertionError("a record that isn't there was read")
except SalesforceResourceNotFound:
    pass

assert any(field["name"] == "Company" for field in org.Lead.describe()["fields"])
assert org.limits()["DailyApiRequests"]["Max"] > 0

# Several pages, each with its header.
rows = 0
for page in org.bulk2.Contact.query("SELECT Id, LastName, Description FROM Contact", max_records=200):
    rows += sum(1 for _ in __import__("csv").DictReader(__import__("io").StringIO(page)))
assert rows == config["contacts"] + 1, rows

results = org.bulk2.Account.insert(records=[{"Name": "Bulk, One"}, {"Name": 'Bulk "Two"'}])
assert results[0]["numberRecordsProcessed"] == 2 and results[0]["numberRecordsFailed"] == 0, results
print("simple-salesforce: all of the story passed")
