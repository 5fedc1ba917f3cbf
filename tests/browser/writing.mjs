// Stories of writing to Salesforce: calls and notes on the card, messages and InMails in their composers, receipts, the ledger.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { badges, connect, consent } from './browser.mjs';
import { DANA, stage } from './stage.mjs';

const { config, tell, browser, open, axe, stopWorker, card, shot, end } = await stage('^writing is off', async (url, files) =>
  url.includes('inmail-to-dana') ? String(await files(url)).replaceAll('Ravi Haddad', 'Dana Okafor') : null,
);
const { context, id } = browser;
const options = await connect(browser, config);
await options.waitForSelector('text=/Done,/', { timeout: 60_000 });

await tell('writing is off until a test run was read back and the admin enables kinds', async () => {
  const page = await open(DANA);
  await card(page);
  assert.equal(await page.locator('inlay-card [data-action=log_call]').count(), 0);
  await page.close();
  await options.click('[data-action=go_writeback]');
  await options.selectOption('#write_call', 'full');
  await options.click('[data-action=save_writeback]');
  await options.waitForSelector('text=Run the test first');
  await options.click('[data-action=test_writing]');
  await options.waitForSelector('text=every row read back', { timeout: 20_000 });
  await axe(options);
  await shot(options, 'options-writeback-test');
  await options.click('[data-action=remove_test]');
  await options.waitForSelector('[data-action=remove_test]', { state: 'detached', timeout: 20_000 });
  for (const kind of ['call', 'note', 'message', 'inmail', 'link_view']) await options.selectOption(`#write_${kind}`, 'full');
  await options.selectOption('#redacts', 'yes');
  await options.click('[data-action=save_writeback]');
  await options.waitForFunction(() => document.querySelector('#write_call option[selected]')?.value === 'full');
  await options.click('[data-action=go_connection]');
});

await tell('the package is installed in Salesforce at a press', async () => {
  await options.click('[data-action=go_writeback]');
  await options.click('[data-action=install_package]');
  await options.waitForSelector('[data-action=remove_package]', { timeout: 60_000 });
  await axe(options);
  await shot(options, 'options-package');
  await options.click('[data-action=go_connection]');
});

let logged = 0;
await tell('a call and a note are logged on the card, each with a receipt; one is skipped', async () => {
  const page = await open(DANA);
  await card(page);
  const panel = page.locator('inlay-card');
  await panel.locator('[data-action=log_call]').click();
  await panel.locator('#outcome').selectOption('message');
  await panel.locator('#minutes').fill('4');
  await panel.locator('#text').fill('<b>Curve</b> sent, call +44 20 7946 0958 🎯');
  await axe(page, 'inlay-card');
  await shot(page, 'card-call');
  await panel.locator('[data-action=save_call]').click();
  await panel.locator('[data-receipt=waiting]').waitFor();
  logged = Date.now();
  for (const title of ['Prefers mornings', 'Not this one']) {
    await panel.locator('[data-action=add_note]').click();
    await panel.locator('#subject').fill(title);
    await panel.locator('[data-action=save_note]').click();
    await panel.locator('[data-receipt=waiting]').nth(title === 'Not this one' ? 2 : 1).waitFor();
  }
  await panel.locator('[data-action^=withdraw]').first().click();
  await page.waitForFunction(() => document.querySelector('inlay-card').shadowRoot.querySelectorAll('[data-receipt=waiting]').length === 2);
  await axe(page, 'inlay-card');
  await shot(page, 'card-receipts');
  await page.close();
});

await tell('an account takes notes, and neither calls nor links', async () => {
  const page = await open('https://www.linkedin.com/company/northwind-instruments/');
  await card(page);
  const panel = page.locator('inlay-card');
  assert.deepEqual(await panel.locator('[data-action=log_call], [data-action=new_link]').count(), 0);
  await panel.locator('[data-action=add_note]').click();
  await panel.locator('#subject').fill('Two plants in Leeds');
  await panel.locator('[data-action=save_note]').click();
  await panel.locator('[data-receipt=waiting]').waitFor();
  await page.close();
});

await tell('a tracked link leads to its document, counts people and not robots, and says so on the card', async () => {
  const page = await open(DANA);
  await card(page);
  const panel = page.locator('inlay-card');
  await panel.locator('[data-action=new_link]').click();
  await panel.locator('#url').fill('http://files.example/curves.pdf');
  await panel.locator('[data-action=save_link]').click();
  await panel.locator('[role=alert]').waitFor();
  await panel.locator('#url').fill('https://files.example/curves.pdf');
  await panel.locator('#link_title').fill('Pump curves');
  await axe(page, 'inlay-card');
  await shot(page, 'card-new-link');
  await panel.locator('[data-action=save_link]').click();
  await panel.getByText('not viewed yet').waitFor();
  const link = await panel.locator('.copy[data-value*="/l/"]').getAttribute('data-value');
  const chrome = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36' };
  const visit = async (address, headers = chrome, method = 'GET') => {
    const { status, headers: told } = await fetch(address, { redirect: 'manual', headers, method });
    return [status, told.get('location')];
  };
  const document = [302, 'https://files.example/curves.pdf'];
  assert.deepEqual(await visit(link, { 'user-agent': 'LinkedInBot/1.0' }), document);
  assert.deepEqual(await visit(link, { ...chrome, 'sec-gpc': '1' }), document);
  assert.deepEqual(await visit(link, chrome, 'HEAD'), document);
  assert.deepEqual(await visit(`${link.slice(0, -4)}AAAA`), [404, null]);
  assert.deepEqual(await visit(link), document);
  assert.deepEqual(await visit(link), document);
  await page.reload();
  await card(page);
  await panel.getByText(/views: 1, last/).waitFor();
  await axe(page, 'inlay-card');
  await shot(page, 'card-links');
  await page.close();
});

/** Where the server is said to be. */
const serverIs = (popup, address) => popup.evaluate((to) => chrome.storage.local.set({ server: JSON.stringify(to) }), address);

await tell('what is logged while the server is away is kept, through a closed tab and a stopped service worker, and sent later', async () => {
  const page = await open(DANA);
  await card(page);
  await page.locator('inlay-card [data-action=add_note]').click();
  const popup = await open(`chrome-extension://${id}/popup.html`);
  const kept = () => popup.evaluate(async () => Object.keys(await chrome.storage.local.get()).filter((key) => key.startsWith('activity:')).length);
  await serverIs(popup, 'http://127.0.0.1:9');
  await page.bringToFront();
  await page.locator('inlay-card #subject').fill('From the train');
  await page.locator('inlay-card [data-action=save_note]').click();
  await page.locator('inlay-card [data-receipt=waiting]').first().waitFor();
  await page.close();
  assert.equal(await kept(), 1);
  await stopWorker(popup);
  await serverIs(popup, config.server);
  const later = await open(DANA);
  await badges(later, 1, 8000);
  for (let round = 0; round < 40 && (await kept()); round += 1) await later.waitForTimeout(100);
  assert.equal(await kept(), 0);
  await later.close();
  await popup.close();
});

/** Nothing more fits on the device. */
const fill = (popup) => popup.evaluate(async () => {
  const left = chrome.storage.local.QUOTA_BYTES - (await chrome.storage.local.getBytesInUse());
  await chrome.storage.local.set({ filler: 'x'.repeat(left - 200) });
});
const THREAD = 'https://www.linkedin.com/messaging/thread/2-fixture/';
/** As the site: what was sent leaves its box. */
const site = (page) => page.evaluate(() => {
  const [form, dialog] = [document.querySelector('form.msg-form'), document.querySelector('[data-x-message-compose]')];
  globalThis.refuses = false;
  form.addEventListener('submit', (event) => (event.preventDefault(), setTimeout(() => !globalThis.refuses && form.querySelector('[role=textbox]').replaceChildren(Object.assign(document.createElement('p'), { textContent: '\u00a0' })), 120)));
  dialog.querySelector('[data-x--compose-send]').addEventListener('click', () => setTimeout(() => dialog.querySelectorAll('input, textarea').forEach((field) => (field.value = '')), 120));
});
/** The member turns to both composers: until then no strip moves the page. */
const composing = async (page) => {
  for (let round = 0; round < 80 && (await page.locator('inlay-strip').count()) < 2; round += 1) {
    for (const box of ['textarea[name=message]', 'form.msg-form [role=textbox]']) await page.locator(box).focus();
    await page.waitForTimeout(100);
  }
  assert.equal(await page.locator('inlay-strip').count(), 2);
};
const write = async (page, text) => {
  await page.locator('form.msg-form [role=textbox]').click();
  await page.keyboard.type(text);
  await page.locator('.msg-form__send-button').click();
};
const strips = (page) => page.evaluate(() => [...document.querySelectorAll('inlay-strip')].map(({ shadowRoot: root }) => ({ on: root.querySelector('[role=switch]')?.ariaChecked, receipts: [...root.querySelectorAll('.receipt')].map(({ dataset }) => dataset.receipt), text: root.textContent })));
const until = async (page, which, wanted) => {
  for (let round = 0; round < 80; round += 1) {
    const seen = (await strips(page))[which]?.receipts ?? [];
    if (JSON.stringify(seen) === JSON.stringify(wanted)) return;
    await page.waitForTimeout(100);
  }
  assert.deepEqual((await strips(page))[which]?.receipts, wanted);
};

await tell('a message is written only if the member turned it on, didn’t skip it, and it was sent', async () => {
  const page = await open(THREAD);
  await composing(page);
  await site(page);
  assert.deepEqual((await strips(page)).map(({ on, text }) => on ?? text), ['false', 'false'], 'off until turned on');
  await axe(page, 'inlay-strip');
  await shot(page, 'strip-off');
  await write(page, 'This stays here');
  await page.waitForTimeout(800);
  await until(page, 0, []);
  await page.locator('inlay-strip [role=switch]').first().click();
  await page.waitForFunction(() => document.querySelector('inlay-strip').shadowRoot.querySelector('[role=switch]').ariaChecked === 'true');
  assert.equal((await strips(page))[1].on, 'false', 'each kind has its own');
  await write(page, 'Here is the curve,\nask dana@northwind-instruments.example');
  await until(page, 0, ['waiting']);
  await page.locator('inlay-strip [data-action=skip]').first().click();
  await page.waitForFunction(() => /This one isn’t written/.test(document.querySelector('inlay-strip').shadowRoot.textContent));
  await write(page, 'Not this one');
  await page.waitForFunction(() => !/This one isn’t written/.test(document.querySelector('inlay-strip').shadowRoot.textContent));
  await until(page, 0, ['waiting']);
  // What the site doesn't send isn't written.
  await page.evaluate(() => (globalThis.refuses = true));
  await write(page, 'The site refuses this');
  await page.waitForTimeout(9000);
  await until(page, 0, ['waiting']);
  await axe(page, 'inlay-strip');
  await shot(page, 'strip-on');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.reload();
  await composing(page);
  await page.waitForFunction(() => document.querySelector('inlay-strip')?.shadowRoot.querySelector('[role=switch]')?.ariaChecked === 'true', null, { timeout: 8000 });
  await until(page, 0, ['waiting']);
  await axe(page, 'inlay-strip');
  await shot(page, 'strip-dark');
  await page.close();
});

await tell('an InMail to somebody unknown is held, one to a contact is written', async () => {
  const send = async (page) => {
    await composing(page);
    await site(page);
    if ((await strips(page))[1].on === 'false') await page.locator('inlay-strip [role=switch]').nth(1).click();
    await page.waitForFunction(() => document.querySelectorAll('inlay-strip')[1].shadowRoot.querySelector('[role=switch]').ariaChecked === 'true');
    await page.fill('input[name=subject]', 'Pumps');
    await page.fill('textarea[name=message]', 'Dear reader, the catalogue.');
    await page.locator('[data-x--compose-send]').click();
  };
  const unknown = await open(THREAD);
  await send(unknown);
  await until(unknown, 1, ['held']);
  await shot(unknown, 'strip-held');
  await unknown.fill('textarea[name=message]', 'Dear reader, once more.');
  await unknown.locator('[data-x--compose-send]').click();
  await until(unknown, 1, ['held', 'held']);
  await unknown.close();
  // Both stand in the side panel until something becomes of them; one is discarded there. The popup counts.
  const panel = await open(`chrome-extension://${id}/panel.html`);
  await panel.setViewportSize({ width: 360, height: 640 });
  await panel.waitForFunction(() => document.querySelectorAll('.inbox [data-receipt=held]').length === 2);
  await axe(panel);
  await shot(panel, 'panel-inbox');
  await panel.locator('.inbox [data-action^=withdraw]').first().click();
  await panel.waitForFunction(() => document.querySelectorAll('.inbox [data-receipt=held]').length === 1);
  await panel.close();
  const popup = await open(`chrome-extension://${id}/popup.html`);
  await popup.setViewportSize({ width: 360, height: 480 });
  await popup.waitForSelector('[data-receipt=held]:has-text("1")');
  await axe(popup);
  await shot(popup, 'popup-inbox');
  await popup.close();
  const page = await open(`${THREAD}?inmail-to-dana`);
  await send(page);
  await until(page, 1, ['waiting']);
  // The tab is closed right after a press: it was sent all the same.
  await page.fill('input[name=subject]', 'Last words');
  await page.fill('textarea[name=message]', 'Closed at once.');
  await page.locator('[data-x--compose-send]').click();
  await page.close();
});

const clickIn = (page, action, which = 0) => page.locator('inlay-strip').nth(which).locator(`[data-action^=${action}]`).last().click();
const says = (page, words, which = 0) => page.waitForFunction(([which, words]) => new RegExp(words).test(document.querySelectorAll('inlay-strip')[which].shadowRoot.textContent), [which, words], { timeout: 8000 });
const thread = async () => {
  const page = await open(THREAD);
  await composing(page);
  await site(page);
  await page.waitForFunction(() => document.querySelector('inlay-strip').shadowRoot.querySelector('[role=switch]')?.ariaChecked === 'true');
  return page;
};

await tell('a message that finds the storage full isn’t lost: the strip says so and keeps it once there is room', async () => {
  const page = await thread();
  const popup = await open(`chrome-extension://${id}/popup.html`);
  await fill(popup);
  await page.bringToFront();
  await write(page, 'In a full house');
  await says(page, 'storage is full');
  await axe(page, 'inlay-strip');
  await shot(page, 'strip-storage-full');
  await popup.evaluate(() => chrome.storage.local.remove('filler'));
  await clickIn(page, 'keep');
  await until(page, 0, ['waiting']);
  assert.doesNotMatch((await strips(page))[0].text, /storage is full/);
  await page.close();
  await popup.close();
});

await tell('a message sent while the page redraws its header is captured', async () => {
  const page = await thread();
  await page.evaluate(() => document.querySelector('.msg-title-bar').remove());
  await page.waitForTimeout(700);
  await write(page, 'The header was redrawn');
  await until(page, 0, ['waiting']);
  await page.close();
});

await tell('a message taken back while the server is away is never written', async () => {
  const page = await thread();
  const popup = await open(`chrome-extension://${id}/popup.html`);
  await serverIs(popup, 'http://127.0.0.1:9');
  await page.bringToFront();
  await write(page, 'Better not');
  await until(page, 0, ['waiting']);
  await clickIn(page, 'withdraw');
  await until(page, 0, ['withdrawing']);
  await serverIs(popup, config.server);
  await clickIn(page, 'skip');
  await until(page, 0, ['withdrawn']);
  await page.close();
  await popup.close();
});

await tell('a page that is left after Enter, which only began a line, has sent nothing', async () => {
  const page = await thread();
  await page.locator('form.msg-form [role=textbox]').click();
  await page.keyboard.type('Only a draft');
  await page.keyboard.press('Enter');
  await page.goto(DANA);
  await page.close();
});

await tell('what is sent after the session ended is kept for its member, and written after the next sign-in', async () => {
  const page = await thread();
  await options.evaluate(async () => {
    const { session } = await chrome.storage.local.get('session');
    const parsed = JSON.parse(session);
    parsed.token = `${parsed.token.split('.')[0]}.expired`;
    await chrome.storage.local.set({ session: JSON.stringify(parsed) });
  });
  await page.bringToFront();
  await write(page, 'Nobody is signed in');
  await says(page, 'signed out');
  await until(page, 0, ['waiting']);
  await axe(page, 'inlay-strip');
  await shot(page, 'strip-signed-out');
  // A page opened meanwhile takes messages, too, and shows no badge.
  const other = await open(THREAD);
  await composing(other);
  assert.equal(await other.locator('inlay-badge').count(), 0);
  await other.close();
  await options.bringToFront();
  await options.reload();
  await options.waitForSelector('[data-action=sign_in]', { timeout: 15_000 });
  await consent(context, () => options.click('[data-action=sign_in]'));
  await options.waitForSelector('[data-action=sign_out]', { timeout: 15_000 });
  await page.bringToFront();
  await clickIn(page, 'skip');
  await says(page, 'This one isn’t written');
  assert.doesNotMatch((await strips(page))[0].text, /signed out/);
  await page.close();
});

await tell('what is held is matched by hand in the ledger, and goes on its way', async () => {
  await options.click('[data-action=go_writeback]');
  await options.click('[data-action="ledger:held"]');
  const row = options.locator('tr', { has: options.locator('[data-receipt=held]') });
  await row.locator('input').fill('Ravi');
  await row.locator('[data-action^="match:"]').click();
  await options.waitForSelector('[role=alert]');
  const page = await open(DANA);
  await card(page);
  const link = await page.locator('inlay-card [data-focus]').getAttribute('href');
  await page.close();
  await row.locator('input').fill(link);
  await axe(options);
  await shot(options, 'options-held');
  await row.locator('[data-action^="match:"]').click();
  await options.waitForSelector('[data-receipt=held]', { state: 'detached', timeout: 8000 });
  await options.click('[data-action="ledger:all"]');
  await options.click('[data-action=go_connection]');
});

await tell('a full storage keeps what was entered in the form and says so', async () => {
  const page = await open(DANA);
  await card(page);
  await page.locator('inlay-card [data-action=add_note]').click();
  const popup = await open(`chrome-extension://${id}/popup.html`);
  await fill(popup);
  await page.bringToFront();
  await page.locator('inlay-card #text').fill('Must not be lost');
  await page.locator('inlay-card [data-action=save_note]').click();
  await page.locator('inlay-card').getByText('storage is full').waitFor();
  assert.equal(await page.locator('inlay-card #text').inputValue(), 'Must not be lost');
  await shot(page, 'card-storage-full');
  await popup.evaluate(() => chrome.storage.local.remove('filler'));
  await page.close();
  await popup.close();
});

await tell('within five minutes it stands in Salesforce, the receipt says so, and the ledger shows all of it', async () => {
  const rows = async (soql) => {
    const { access_token: token } = await (await fetch(`${config.sandbox}/services/oauth2/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials', client_id: config.client_id, client_secret: config.client_secret }) })).json();
    const asked = await fetch(`${config.sandbox}/services/data/v66.0/query?q=${encodeURIComponent(soql)}`, { headers: { authorization: `Bearer ${token}` } });
    return (await asked.json()).records;
  };
  while (Date.now() - logged < 300_000 && (await rows("SELECT Id FROM Task WHERE Subject = 'Call with Dana Okafor'")).length === 0) await options.waitForTimeout(1_000);
  const [call] = await rows("SELECT Subject, Description, Status, TaskSubtype, CallDurationInSeconds, CallDisposition, WhoId, OwnerId, RecordTypeId, Inlay_Key__c FROM Task WHERE Subject = 'Call with Dana Okafor'");
  assert.deepEqual([call.TaskSubtype, call.CallDurationInSeconds, call.CallDisposition, call.Status], ['Call', 240, 'Left a message', 'Completed']);
  const [type] = await rows(`SELECT DeveloperName FROM RecordType WHERE Id = '${call.RecordTypeId}'`);
  assert.deepEqual([type.DeveloperName, call.Inlay_Key__c.length], ['Inlay_Call', 22]);
  assert.equal(call.Description, '<b>Curve</b> sent, call […] 🎯');
  const tasks = async () => (await rows('SELECT Subject, Description FROM Task')).filter(({ Subject }) => /^LinkedIn/.test(Subject)).sort((a, b) => `${a.Subject} ${a.Description}`.localeCompare(`${b.Subject} ${b.Description}`));
  while (Date.now() - logged < 300_000 && (await tasks()).length < 7) await options.waitForTimeout(1_000);
  assert.deepEqual((await tasks()).map(({ Subject, Description }) => [Subject, Description]), [
    ['LinkedIn InMail: Last words', 'Closed at once.'],
    ['LinkedIn InMail: Pumps', 'Dear reader, the catalogue.'],
    ['LinkedIn InMail: Pumps', 'Dear reader, the catalogue.'],
    ['LinkedIn message to Dana Okafor', 'Here is the curve,\nask […]'],
    ['LinkedIn message to Dana Okafor', 'In a full house'],
    ['LinkedIn message to Dana Okafor', 'Nobody is signed in'],
    ['LinkedIn message to Dana Okafor', 'The header was redrawn'],
  ]);
  const page = await open(DANA);
  await card(page);
  await page.waitForFunction(() => document.querySelector('inlay-card').shadowRoot.querySelector('[data-receipt=written]'), null, { timeout: 20_000 });
  const link = await page.locator('inlay-card [data-receipt=written] a').first().getAttribute('href');
  assert.match(link ?? '', /\/00[T2]\w{15}$/);
  await shot(page, 'card-written');
  await page.close();
  const notes = (await rows('SELECT Title FROM Note')).map(({ Title }) => Title).sort();
  assert.deepEqual(notes, ['From the train', 'Prefers mornings', 'Two plants in Leeds']);
  const [onAccount] = await rows("SELECT ParentId, OwnerId, CreatedById FROM Note WHERE Title = 'Two plants in Leeds'");
  assert.match(onAccount.ParentId, /^001/);
  const viewed = await rows("SELECT Subject, WhoId FROM Task WHERE Subject = 'Viewed Pump curves'");
  assert.deepEqual(viewed.map(({ WhoId }) => WhoId), [call.WhoId]);
  await options.click('[data-action=go_writeback]');
  await options.waitForSelector('[data-receipt=withdrawn]');
  await axe(options);
  await options.screenshot({ path: join(config.shots, 'options-ledger.png'), fullPage: true });
  await options.emulateMedia({ colorScheme: 'dark' });
  await axe(options);
  await options.screenshot({ path: join(config.shots, 'options-ledger-dark.png'), fullPage: true });
  await options.emulateMedia({ colorScheme: 'light' });
  await options.click('[data-action="ledger:written"]');
  await options.waitForSelector('[data-receipt=withdrawn]', { state: 'detached' });
  const [file] = await Promise.all([options.waitForEvent('download'), options.click('[data-action=export_ledger]')]);
  assert.equal(file.suggestedFilename(), 'inlay-ledger.csv');
  await options.click('[data-action=go_connection]');
});

await browser.close();
end();
