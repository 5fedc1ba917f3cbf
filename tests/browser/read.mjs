// What the reader makes of a saved page: the real content script in Chromium, without asking any server.
import { readFileSync } from 'node:fs';
import { launch, serve } from './browser.mjs';

const { file, url, extension } = JSON.parse(readFileSync(0, 'utf8'));
const html = readFileSync(file, 'utf8');
const server = await serve(async (asked) => (new URL(asked).pathname === new URL(url).pathname ? html : null));
const browser = await launch({ extension, port: server.port });
// Signed in as nobody: the pack is given, the look-up isn't answered.
await browser.worker.evaluate(() => chrome.storage.local.set({ session: JSON.stringify({ token: '', expires: 9e15, member: { user: '005000000000001AAA', name: 'Reader', role: 'rep' }, workspace: { org: '', host: '', instance_url: '' } }) }));
const rows = [];
await browser.worker.evaluate(() => {
  globalThis.seenRows = [];
  chrome.runtime.onMessage.addListener((ask) => void (ask.ask === 'rows' && globalThis.seenRows.push(ask)));
});
const page = await browser.context.newPage();
await page.goto(url);
await page.waitForTimeout(1200);
for (let step = 0; step < 8; step += 1) await page.mouse.wheel(0, 600), await page.waitForTimeout(80);
const asks = await browser.worker.evaluate(() => globalThis.seenRows);
for (const ask of asks) rows.push(...JSON.parse(ask.rows));
const own = await browser.context.newPage();
await own.goto(`chrome-extension://${browser.id}/popup.html`);
const opened = await own.evaluate((url) => chrome.runtime.sendMessage({ ask: 'page', url }), url);
const reading = await own.evaluate(([url, title, rows]) => chrome.runtime.sendMessage({ ask: 'read', url, title, rows }), [url, asks[0]?.title ?? '', JSON.stringify(rows)]);
const result = { url, kind: opened.kind, items: rows.length, reading, raw: rows };
await browser.close();
server.close();
console.log(JSON.stringify(result));
process.exit(0);
