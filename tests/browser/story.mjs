// Stories of reading pages and of the options page, in a real Chromium with the real extension, under a strict CSP.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { badges, connect, consent, launch } from './browser.mjs';
import { DANA, stage } from './stage.mjs';

const hostile = ['<img src=x onerror=alert(1)>', 'Dana \u202eroфakO', 'x'.repeat(10_000), '"><script>alert(1)</script>'];
const head = (name, title = name) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title} | LinkedIn</title><main><style nonce="__NONCE__">:root{color-scheme:light dark}</style><section class="pv-top-card"><div><h1>${name}</h1></div><div class="text-body-medium break-words">VP Operations at Northwind Instruments</div></section></main>`;
const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const { config, results, tell, server, browser, open, axe, stopWorker, card, stateOf, shot, end } = await stage('^an admin connects', (url) => {
  const { pathname } = new URL(url);
  if (pathname === '/in/contradiction/') return head('Dana Okafor', 'Ravi Haddad');
  if (pathname === '/in/unknown-layout/') return '<!doctype html><title>Dana Okafor | LinkedIn</title><main><div class="q7">Dana Okafor</div></main>';
  if (pathname.startsWith('/in/hostile-')) return head(escape(hostile[Number(pathname.slice(12, 13))]));
  if (pathname.startsWith('/lightning/')) return '<!doctype html><title>Quill Vantongeren | Contact | Salesforce</title><main></main>';
  if (pathname === '/in/rtl/') return head('Dana Okafor').replace('<html lang="en">', '<html lang="ar" dir="rtl">');
  return null;
});
const { context, worker, id } = browser;

await tell('before a server is set, popup and options say what to do', async () => {
  const popup = await open(`chrome-extension://${id}/popup.html`);
  await popup.waitForSelector('text=No Inlay server is set yet');
  await axe(popup);
  await popup.close();
  const page = await open(DANA);
  await page.waitForTimeout(600);
  assert.equal(await page.locator('inlay-badge').count(), 0);
  await page.close();
});

let options;
await tell('a wrong set-up code and denied consent are told in words, nothing is lost', async () => {
  const wrong = await connectWith({ ...config, setup_code: 'guess' }, null);
  await wrong.waitForSelector('text=set-up code');
  assert.equal(await wrong.inputValue('#client_id'), config.client_id);
  await wrong.close();
  const denied = await connect(browser, config, 'Deny');
  await denied.waitForSelector('text=Access was not allowed');
  await shot(denied, 'options-denied');
  await denied.close();
});

async function connectWith(settings, choice) {
  if (choice) return connect(browser, settings, choice);
  const page = await context.newPage();
  await page.goto(`chrome-extension://${id}/options.html`);
  await page.fill('#server', settings.server);
  await page.click('[data-action=check_server]');
  await page.waitForSelector('#setup_code');
  await axe(page);
  await shot(page, 'options-connect');
  for (const [field, value] of [['setup_code', settings.setup_code], ['own_host', settings.host], ['client_id', settings.client_id], ['client_secret', settings.client_secret], ['confirm', 'import']]) await page.fill(`#${field}`, value);
  await page.selectOption('#host', 'own');
  await page.click('[data-action=connect]');
  return page;
}

await tell('an admin connects, imports, and sees counts that add up', async () => {
  options = await connect(browser, config);
  await options.waitForSelector('text=/Done,/', { timeout: 60_000 });
  await axe(options);
  await options.click('[data-action=go_connection]');
  await options.waitForSelector('text=/9 checks/');
  await options.click('[data-action=preflight]');
  await options.waitForSelector('[data-action=preflight][aria-disabled]');
  await options.waitForSelector('[data-action=preflight][aria-disabled]', { state: 'detached', timeout: 20_000 });
  await axe(options);
  const [file] = await Promise.all([options.waitForEvent('download'), options.click('[data-action=export_settings]')]);
  assert.equal(file.suggestedFilename(), 'inlay-settings.json');
  await options.setInputFiles('#settings_file', { name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{"settings": 1') });
  await options.click('[data-action=take_settings]');
  await options.waitForSelector('text=The file couldn’t be read');
  await options.setInputFiles('#settings_file', await file.path());
  await options.click('[data-action=take_settings]');
  await options.waitForSelector('text=Taken over.');
  await options.fill('#alerts_url', 'hooks.example/x');
  await options.click('[data-action=save_alerts]');
  await options.waitForSelector('.notice.bad');
  await options.fill('#alerts_url', `${config.sandbox}/hook/T0-secret`);
  await options.click('[data-action=save_alerts]');
  await options.waitForSelector('text=/127.0.0.1:\\d+ is told/', { timeout: 20_000 });
  const alerts = await (await fetch(`${config.sandbox}/sandbox/alerts`)).json();
  assert.deepEqual(alerts.map(({ alert, state }) => [alert, state]), [['test', 'open']]);
  assert.ok(!(await options.content()).includes('T0-secret'), 'the address is a secret');
  await axe(options);
  await options.evaluate(() => document.querySelector('#alerts_url').scrollIntoView({ block: 'center' }));
  await shot(options, 'options-alerts');
  await shot(options, 'options-preflight');
  await options.setViewportSize({ width: 320, height: 800 });
  const wide = await options.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 320, `the page is ${wide} px wide at 320`);
  await shot(options, 'options-320');
  await options.setViewportSize({ width: 1200, height: 800 });
});

for (const [name, url, object] of [
  ['profile', DANA, 'contact'],
  ['profile of 2026', `${DANA}?layout2026`, 'contact'],
  ['company', 'https://www.linkedin.com/company/northwind-instruments/', 'account'],
  ['Sales Navigator lead', 'https://www.linkedin.com/sales/lead/ACwAAAF1000,NAME_SEARCH,fx0', 'contact'],
  ['Sales Navigator account', 'https://www.linkedin.com/sales/company/1035001', 'account'],
  ['people search', 'https://www.linkedin.com/sales/search/people?query=(fixture)', 'contact'],
  ['messaging', 'https://www.linkedin.com/messaging/thread/2-fixture/', 'contact'],
]) {
  await tell(`${name}: the badge stands beside the right name and nothing moves`, async () => {
    const page = await open(url);
    const seen = await badges(page, 1, 8000);
    const dana = seen.find((badge) => /Dana Okafor|Northwind Instruments/.test(badge.label));
    assert.ok(dana, JSON.stringify(seen));
    assert.equal(dana.state, 'in');
    assert.equal(dana.object, object);
    await page.waitForTimeout(600); // What comes late would move it, too.
    const { shift, shifted } = await page.evaluate(() => ({ shift: globalThis.shift, shifted: globalThis.shifted }));
    assert.ok(shift < 0.0005, `the page moved: ${shifted.join('; ')}`);
    await axe(page, 'inlay-badge');
    await page.close();
  });
}

await tell('rows that load later, and a next page without a reload, get their badges', async () => {
  const page = await open('https://www.linkedin.com/sales/search/people?query=(fixture)');
  await badges(page, 1, 8000);
  await page.evaluate(() => fixture.next());
  await page.waitForFunction(() => document.querySelectorAll('[data-x-search-result]').length > 5);
  for (let step = 0; step < 14; step += 1) await page.evaluate(() => document.querySelector('#search-results-container').scrollBy(0, 300)), await page.waitForTimeout(70);
  const seen = await badges(page, 1, 8000);
  assert.ok(seen.some((badge) => /Dana Okafor/.test(badge.label)), JSON.stringify(seen));
  await page.close();
});

await tell('a row that is used again for somebody else loses its badge, and a script’s press opens nothing', async () => {
  const page = await open('https://www.linkedin.com/sales/search/people?query=(fixture)');
  await badges(page, 1, 8000);
  await page.evaluate(() => document.querySelector('inlay-badge').shadowRoot.querySelector('button').click());
  await page.waitForTimeout(400);
  assert.equal(await page.locator('inlay-card').count(), 0);
  await page.evaluate(() => {
    const row = document.querySelector('[data-x-search-result]');
    row.querySelector('[data-anonymize=person-name]').firstChild.nodeValue = 'Zed Nobody';
    row.querySelector('a').setAttribute('href', '/sales/lead/ACwAAAF9999,NAME_SEARCH,x');
  });
  await page.waitForFunction(() => ![...document.querySelectorAll('[data-x-search-result]')][0].querySelector('inlay-badge'));
  await page.close();
});

await tell('the card opens by keyboard, says who and why, and closes with Escape', async () => {
  const page = await open(DANA);
  await badges(page, 1, 8000);
  await page.evaluate(() => document.querySelector('inlay-badge').shadowRoot.querySelector('button').focus());
  await page.keyboard.press('Enter');
  await page.locator('inlay-card .card').waitFor();
  const focused = await page.evaluate(() => document.querySelector('inlay-card').shadowRoot.activeElement?.textContent);
  assert.match(focused, /Open in Salesforce/);
  await page.locator('inlay-card').getByText('dana@northwind-instruments.example').waitFor();
  await axe(page, 'inlay-card');
  await shot(page, 'card');
  await page.locator('inlay-card [data-action=why]').click();
  await page.locator('inlay-card .why').getByText('Before looking').waitFor();
  await axe(page, 'inlay-card');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('inlay-card').count(), 0);
  const back = await page.evaluate(() => document.activeElement?.localName);
  assert.equal(back, 'inlay-badge');
  await page.close();
});

await tell('a match is corrected by hand on the card, by keyboard, and taken back', async () => {
  const page = await open(DANA);
  await card(page);
  const panel = page.locator('inlay-card');
  const before = await panel.locator('[data-focus]').getAttribute('href');
  await panel.locator('[data-action=rematch]').click();
  await axe(page, 'inlay-card');
  await panel.locator('#record').fill('Dana');
  await panel.locator('[data-action=save_match]').click();
  await panel.locator('[role=alert]').waitFor();
  await panel.locator('#record').fill(config.other);
  await panel.locator('[data-action=save_match]').click();
  await panel.getByText(/Matched by hand by Ines Maduro/).waitFor();
  assert.match((await panel.locator('[data-focus]').getAttribute('href')) ?? '', new RegExp(config.other));
  await axe(page, 'inlay-card');
  await shot(page, 'card-by-hand');
  await page.reload();
  await card(page);
  await panel.getByText(/Matched by hand by Ines Maduro/).waitFor();
  await panel.locator('[data-action=undo_match]').click();
  await page.waitForFunction((href) => document.querySelector('inlay-card').shadowRoot.querySelector('[data-focus]').getAttribute('href') === href, before);
  await page.close();
});

await tell('on a Salesforce record page the side panel matches the record with a profile', async () => {
  const record = await open(`https://x.lightning.force.com/lightning/r/Contact/${config.other}/view`);
  // Popup and side panel have no tab of their own: here, the tab before it is the one they stand over.
  const over = async (name) => {
    const own = await context.newPage();
    await own.addInitScript(() => {
      const { query, getCurrent } = chrome.tabs;
      chrome.tabs.query = async () => {
        const own = await getCurrent();
        return (await query({})).filter(({ index }) => index === own.index - 1);
      };
    });
    await own.setViewportSize({ width: name === 'panel' ? 360 : 380, height: 760 });
    await own.goto(`chrome-extension://${id}/${name}.html`);
    return own;
  };
  const popup = await over('popup');
  await popup.waitForSelector('section [data-action=panel]');
  await axe(popup);
  await shot(popup, 'popup-record');
  await popup.click('section [data-action=panel]');
  const cdp = await context.newCDPSession(popup);
  const isOpen = async () => (await cdp.send('Target.getTargets')).targetInfos.some(({ url }) => url.endsWith('/panel.html'));
  for (let tries = 0; tries < 50 && !(await isOpen()); tries += 1) await popup.waitForTimeout(100);
  assert.ok(await isOpen(), 'the browser opens its side panel');
  await popup.close();
  const panel = await over('panel');
  await panel.waitForSelector('#find');
  // Somebody who was seen is found by name; whoever was never seen, by address.
  await panel.fill('#find', 'okafor dana');
  await panel.keyboard.press('Enter');
  await panel.waitForSelector('.cand :text("Dana Okafor")');
  await axe(panel);
  await shot(panel, 'panel-record');
  await panel.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await axe(panel);
  await shot(panel, 'panel-record-dark');
  await panel.click('[data-action=match_profile]');
  await panel.waitForSelector('.pfoot [role=status]');
  await panel.waitForSelector('[data-action^=undo_profile]');
  await axe(panel);
  await shot(panel, 'panel-matched');
  const page = await open(DANA);
  await card(page);
  assert.match((await page.locator('inlay-card [data-focus]').getAttribute('href')) ?? '', new RegExp(config.other));
  await page.close();
  await panel.click('[data-action^=undo_profile]');
  await panel.waitForSelector('[data-action^=undo_profile]', { state: 'detached' });
  await panel.fill('#find', 'nobody is called so');
  await panel.click('[data-action=find]');
  await panel.waitForSelector('.endline');
  await panel.fill('#find', 'https://www.linkedin.com/in/somebody-never-seen/');
  await panel.click('[data-action=find]');
  await panel.waitForSelector('.cand :text("in/somebody-never-seen")');
  await panel.click('[data-action=match_profile]');
  await panel.waitForSelector('[data-action="undo_profile in/somebody-never-seen"]');
  await panel.click('[data-action^=undo_profile]');
  await panel.waitForSelector('[data-action^=undo_profile]', { state: 'detached' });
  // What was asked for last is what stands there, though its answer comes first.
  let held = 0;
  await panel.route('**/v1/match/profiles', async (route) => {
    if ((route.request().postData() ?? '').includes('nobody')) {
      held += 1;
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    }
    await route.continue();
  });
  const late = panel.waitForResponse((response) => (response.request().postData() ?? '').includes('nobody'));
  await panel.fill('#find', 'nobody is called so');
  await panel.click('[data-action=find]');
  await panel.fill('#find', 'okafor dana');
  await panel.click('[data-action=find]');
  await panel.waitForSelector('.cand :text("Dana Okafor")');
  await late;
  await panel.waitForTimeout(200);
  assert.deepEqual([held, await panel.locator('.endline').count()], [1, 0]);
  await panel.close();
  await record.close();
});

await tell('Ctrl and a press go straight to Salesforce', async () => {
  const page = await open(DANA);
  await badges(page, 1, 8000);
  const opened = context.waitForEvent('page');
  await page.locator('inlay-badge .badge').click({ modifiers: ['Control'] });
  const record = await opened;
  await record.waitForLoadState();
  assert.match(record.url(), /\/003[0-9A-Za-z]{15}$/);
  await record.close();
  await page.close();
});

await tell('a service worker that was stopped comes back and the card still opens', async () => {
  const page = await open(DANA);
  await badges(page, 1, 8000);
  await stopWorker(page);
  await page.locator('inlay-badge .badge').click();
  await page.locator('inlay-card .card').waitFor({ timeout: 8000 });
  await page.close();
});

await tell('a page that contradicts itself is paused, an unknown layout has no badge', async () => {
  const page = await open('https://www.linkedin.com/in/contradiction/');
  assert.equal(await stateOf(page), 'paused');
  await shot(page, 'paused');
  await page.goto('https://www.linkedin.com/in/unknown-layout/');
  await page.waitForTimeout(900);
  assert.equal(await page.locator('inlay-badge').count(), 0);
  await page.close();
});

await tell('hostile names stay text', async () => {
  for (let place = 0; place < hostile.length; place += 1) {
    const page = await open(`https://www.linkedin.com/in/hostile-${place}/`);
    await page.waitForTimeout(500);
    const foreign = await page.evaluate(() => [...document.querySelectorAll('inlay-badge, inlay-card')].flatMap((host) => [...host.shadowRoot.querySelectorAll('img, script, iframe')]).length);
    assert.equal(foreign, 0);
    await page.close();
  }
  assert.equal(results.dialogs, undefined);
});

await tell('right-to-left pages and dark pages are laid out and legible', async () => {
  const page = await open('https://www.linkedin.com/in/rtl/');
  assert.equal(await stateOf(page), 'in');
  const [name, badge] = await page.evaluate(() => {
    const range = document.createRange();
    range.selectNodeContents(document.querySelector('h1'));
    return [range.getBoundingClientRect(), document.querySelector('inlay-badge').shadowRoot.querySelector('.badge').getBoundingClientRect()].map(({ left, right }) => ({ left, right }));
  });
  assert.ok(badge.right <= name.left + 1, `${JSON.stringify(badge)} beside ${JSON.stringify(name)}`);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.reload();
  assert.equal(await stateOf(page), 'in');
  await page.locator('inlay-badge .badge').click();
  await page.locator('inlay-card .card').waitFor();
  await axe(page, 'inlay-card');
  await shot(page, 'card-rtl-dark');
  await page.close();
  await options.emulateMedia({ colorScheme: 'dark' });
  await axe(options);
  await shot(options, 'options-dark');
  const popup = await open(`chrome-extension://${id}/popup.html`);
  await popup.emulateMedia({ colorScheme: 'dark' });
  await popup.waitForSelector('text=/Last import/');
  await axe(popup);
  await shot(popup, 'popup-dark');
  await popup.close();
});

await tell('thresholds: what would change is shown first, applied, and taken back', async () => {
  await options.emulateMedia({ colorScheme: 'light' });
  await options.click('[data-action=go_matches]');
  await options.waitForSelector('#sure');
  assert.equal(await options.inputValue('#sure'), '97');
  await options.fill('#sure', 'much');
  await options.click('[data-action=preview]');
  await options.waitForSelector('[role=alert]');
  await options.fill('#sure', '99,9999');
  await options.fill('#unsure', '99');
  await options.click('[data-action=preview]');
  await options.waitForSelector('[data-action=apply]');
  await axe(options);
  await shot(options, 'options-matches');
  await options.emulateMedia({ colorScheme: 'dark' });
  await axe(options);
  await shot(options, 'options-matches-dark');
  const dana = await open(DANA);
  const before = await stateOf(dana);
  await options.click('[data-action=apply]');
  await options.waitForSelector('[data-action=take_back]');
  await options.click('[data-action=take_back]');
  await options.waitForSelector('[data-action=take_back]', { state: 'detached' });
  assert.equal(await options.inputValue('#sure'), '97');
  assert.equal(before, 'in');
  await dana.close();
  await options.emulateMedia({ colorScheme: 'light' });
  await options.click('[data-action=go_connection]');
});

await tell('schedule, API use and the audit log: set, shown, exported', async () => {
  await options.click('[data-action=go_import]');
  await options.fill('#import_hours', '99');
  await options.click('[data-action=save_settings]');
  await options.waitForSelector('[role=alert]');
  await options.fill('#import_hours', '6');
  await options.fill('#api_share', '25');
  await options.click('[data-action=save_settings]');
  await options.waitForSelector('[role=alert]', { state: 'detached' });
  await options.waitForFunction(() => document.body.innerText.includes('25\u202f000'));
  await axe(options);
  await options.screenshot({ path: join(config.shots, 'options-import.png'), fullPage: true });
  await options.click('[data-action=go_audit]');
  await options.waitForSelector('text=Settings changed');
  await axe(options);
  await shot(options, 'options-audit');
  await options.emulateMedia({ colorScheme: 'dark' });
  await axe(options);
  await shot(options, 'options-audit-dark');
  await options.emulateMedia({ colorScheme: 'light' });
  const [file] = await Promise.all([options.waitForEvent('download'), options.click('[data-action=export_audit]')]);
  assert.equal(file.suggestedFilename(), 'inlay-audit.csv');
  assert.match(readFileSync(await file.path(), 'utf8'), /^"number","at","user","name","what"\r\n/);
  await options.click('[data-action=go_connection]');
});

await tell('a Salesforce record page is recognised and left alone', async () => {
  const popup = await open(`chrome-extension://${id}/popup.html`);
  const opened = await popup.evaluate(() => chrome.runtime.sendMessage({ ask: 'page', url: 'https://x.lightning.force.com/lightning/r/Contact/003000000000001AAA/view' }));
  assert.equal(opened.kind, 'salesforce_record');
  assert.equal(opened.pack, null);
  await popup.close();
});

await tell('an unreachable server: known badges stay, the popup says why', async () => {
  const old = await worker.evaluate(async () => (await chrome.storage.local.get()).server).catch(() => null);
  const popup = await open(`chrome-extension://${id}/popup.html`);
  await popup.evaluate(() => chrome.storage.local.set({ server: JSON.stringify('http://127.0.0.1:9') }));
  const page = await open(DANA);
  assert.equal(await stateOf(page), 'in');
  await popup.reload();
  await popup.waitForSelector('text=can’t be reached');
  await popup.evaluate((server) => chrome.storage.local.set({ server }), old ?? JSON.stringify(config.server));
  await page.close();
  await popup.close();
});

await tell('an expired session says so and signs in again', async () => {
  await options.evaluate(async () => {
    const { session } = await chrome.storage.local.get('session');
    const parsed = JSON.parse(session);
    parsed.token = `${parsed.token.split('.')[0]}.expired`;
    await chrome.storage.local.set({ session: JSON.stringify(parsed) });
  });
  await options.waitForSelector('[data-action=sign_in]', { timeout: 15_000 });
  await shot(options, 'options-expired');
  await consent(context, () => options.click('[data-action=sign_in]'));
  await options.waitForSelector('[data-action=sign_out]', { timeout: 15_000 });
});

await tell('a backup is saved as a file', async () => {
  await options.click('[data-action=go_connection]');
  const [file] = await Promise.all([options.waitForEvent('download'), options.click('[data-action=backup]')]);
  assert.equal(file.suggestedFilename(), 'inlay-backup.jsonl');
  const lines = readFileSync(await file.path(), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  assert.ok(lines.length > 8 && lines.at(-1).next === null && lines.every((line, number) => line.number === number));
});

await tell('disconnect and purge: a typed id, and a receipt', async () => {
  await options.click('[data-action=go_connection]');
  await options.click('[data-action=purge]');
  await options.fill('#purge_confirm', 'yes');
  await options.click('[data-action=purge_now]');
  await options.waitForSelector('text=Nothing was erased');
  await axe(options);
  await shot(options, 'options-purge');
  const org = (await options.innerText('.notice.bad:has(#purge_confirm)')).match(/00D\w{12}/)?.[0] ?? '';
  await options.fill('#purge_confirm', org);
  await options.click('[data-action=purge_now]');
  await options.waitForSelector('text=Receipt of the purge');
  await axe(options);
  await options.screenshot({ path: join(config.shots, 'options-receipt.png'), fullPage: true });
  assert.equal(await options.locator('[data-action=sign_out]').count(), 0);
});
await browser.close();

for (const [locale, word] of [['it-IT', 'Nessun server|Non è ancora impostato'], ['pt-BR', 'Nenhum servidor'], ['nl-NL', 'nog geen Inlay-server'], ['es-ES', 'Todavía no hay ningún servidor']]) {
  await tell(`the popup speaks ${locale}`, async () => {
    const other = await launch({ extension: config.extension, port: server.port, locale });
    const page = await other.context.newPage();
    await page.goto(`chrome-extension://${other.id}/popup.html`);
    await page.waitForSelector('.menu');
    const text = await page.evaluate(() => document.body.innerText);
    await other.close();
    assert.match(text, new RegExp(word), text);
  });
}
end();
