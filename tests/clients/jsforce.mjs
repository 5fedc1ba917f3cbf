// jsforce, unchanged, against the sandbox org: log in, query, create, update, delete, describe, Bulk 2.0, errors.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.env.INLAY_NODE_MODULES, 'x.js'));
const jsforce = require('jsforce');
const { url, client_id, client_secret, contacts } = JSON.parse(process.argv[2]);

const connection = new jsforce.Connection({ instanceUrl: url, oauth2: { loginUrl: url, clientId: client_id, clientSecret: client_secret }, version: '66.0' });
await connection.authorize({ grant_type: 'client_credentials' });
const me = await connection.identity();
assert.equal(me.organization_id.slice(0, 3), '00D');

const first = await connection.query('SELECT Id, Name, Account.Name, Email FROM Contact WHERE Email != null ORDER BY Name LIMIT 5');
assert.equal(first.records.length, 5);
assert.ok('Account' in first.records[0] || first.records[0].Name);
const all = await connection.query('SELECT Id FROM Contact', { autoFetch: true, maxFetch: 100_000 });
assert.equal(all.records.length, contacts);

const made = await connection.sobject('Contact').create({ LastName: 'Testperson', FirstName: 'Ada', Email: 'ada@test.example' });
assert.ok(made.success);
const changed = await connection.sobject('Contact').update({ Id: made.id, Title: 'Engineer' });
assert.ok(changed.success);
const read = await connection.sobject('Contact').retrieve(made.id);
assert.equal(read.Title, 'Engineer');
const many = await connection.sobject('Contact').create([{ LastName: 'One' }, { FirstName: 'No last name' }], { allOrNone: false });
assert.deepEqual(many.map((one) => one.success), [true, false]);
assert.equal(many[1].errors[0].statusCode, 'REQUIRED_FIELD_MISSING');
const upserted = await connection.sobject('Contact').upsert({ Inlay_Key__c: 'k-1', LastName: 'Keyed' }, 'Inlay_Key__c');
assert.ok(upserted.success);
await connection.sobject('Contact').destroy(made.id);
await assert.rejects(connection.sobject('Contact').retrieve(made.id), /deleted|NOT_FOUND|ENTITY_IS_DELETED/i);

const described = await connection.sobject('Lead').describe();
assert.ok(described.fields.some((field) => field.name === 'ConvertedContactId'));
await assert.rejects(connection.query('SELEKT Id FROM Contact'), (error) => error.errorCode === 'MALFORMED_QUERY');
await assert.rejects(connection.query('SELECT Nope FROM Contact'), (error) => error.errorCode === 'INVALID_FIELD');
await assert.rejects(connection.sobject('Account').create({ Name: 'X', Rating: 'Terrible' }), (error) => error.errorCode === 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST');

// jsforce joins several pages wrongly by itself, so the default page is large, as in real orgs.
const rows = await (await connection.bulk2.query('SELECT Id, Name FROM Contact')).toArray();
assert.equal(rows.length, contacts + 2);
const ingest = await connection.bulk2.loadAndWaitForResults({ object: 'Account', operation: 'insert', input: [{ Name: 'Bulk "One", Ltd', Website: 'a' }, { Name: 'Bulk\nTwo', Website: 'b' }, { Name: '', Website: 'c' }] });
assert.equal(ingest.successfulResults.length, 2);
assert.equal(ingest.failedResults.length, 1);

const limits = await connection.limits();
assert.ok(limits.DailyApiRequests.Max > 0);
console.log('jsforce: all of the story passed');
