// The main job in Chromium: connect through the options page, import, read the sample pages. Last line of output: JSON.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { badges, connect, launch, matches, samples, say, serve } from './browser.mjs';

const config = JSON.parse(readFileSync(0, 'utf8'));
mkdirSync(config.shots, { recursive: true });
const shot = (page, name) => page.screenshot({ path: join(config.shots, `${name}.png`) });
const { list, truth, pages } = await samples(config.sandbox);
const server = await serve(pages);
const browser = await launch({ extension: config.extension, port: server.port, headed: !config.once });

say('  connecting the sandbox org through the options page …');
const options = await connect(browser, config);
await options.waitForSelector('.run-box, .tbl', { timeout: 30_000 });
await shot(options, 'options-import-running');
await options.waitForSelector('text=/Done,/', { timeout: 600_000 });
await shot(options, 'options-import');
await options.click('[data-action=go_connection]');
await shot(options, 'options-connection');

const result = { sightings: 0, matched: 0, badges: {}, wrong_sure: 0, in_crm: 0, badged: 0, misses: [] };
for (const { name, url } of list) {
  const page = await browser.context.newPage();
  await page.goto(url);
  const expected = truth.filter((shown) => shown.page === name);
  if (name === 'salesforce-contact.html') {
    await page.waitForTimeout(300);
    await page.close();
    continue;
  }
  const rows = name === 'sales-search-people.html' ? expected.length : 1;
  if (rows > 1) for (let step = 0; step < 12; step += 1) await page.evaluate(() => document.querySelector('#search-results-container').scrollBy(0, 400)), await page.waitForTimeout(60);
  const seen = await badges(page, expected.filter((shown) => shown.record).length > 1 ? expected.filter((shown) => shown.record).length : 1, 4000);
  await page.waitForTimeout(150);
  const found = await matches(browser.worker, page.url());
  const shownHere = rows > 1 ? expected : expected.slice(0, 1);
  result.sightings += seen.length;
  for (const badge of seen) result.badges[badge.state] = (result.badges[badge.state] ?? 0) + 1;
  for (const shown of shownHere) {
    const match = found.find((one) => one.key === shown.key);
    if (match) result.matched += 1;
    if (match?.band === 'sure' && match.record !== shown.record) result.wrong_sure += 1, result.misses.push(`WRONG ${shown.page} ${shown.variant} ${shown.key} ${match.record} not ${shown.record}`);
    if (shown.record) {
      result.in_crm += 1;
      if (match?.record === shown.record) result.badged += 1;
      else result.misses.push(`${shown.page} ${shown.variant} ${shown.key}`);
    }
  }
  if (rows > 1) await page.evaluate(() => document.querySelector('#search-results-container').scrollTo(0, 0));
  await shot(page, name.replace('.html', ''));
  const first = page.locator('inlay-badge .badge[data-state=in]').first();
  if (await first.count()) {
    await first.click();
    await page.locator('inlay-card .card').waitFor();
    await shot(page, name.replace('.html', '-card'));
    await page.locator('inlay-card [data-action=why]').click();
    await page.locator('inlay-card .why').waitFor();
    if (name === 'profile.html') await shot(page, 'why');
  }
  if (config.once) await page.close();
}
const popup = await browser.context.newPage();
await popup.setViewportSize?.({ width: 360, height: 420 }).catch(() => {});
await popup.goto(`chrome-extension://${browser.id}/popup.html`);
await popup.waitForSelector('.menu');
await shot(popup, 'popup');
if (!config.once) {
  say(`\n  Imported and read: ${result.badged} of ${result.in_crm} people and companies in the CRM carry the right badge on the sample pages.`);
  say('  Chromium stays open. Press the badges beside the names; the options page is the first tab.\n  Close the window to end the demo.');
  await new Promise((done) => browser.context.on('close', done));
} else {
  await popup.close();
  await browser.close();
}
server.close();
console.log(JSON.stringify(result));
process.exit(0);
