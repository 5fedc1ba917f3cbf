// What all stories share: Chromium with the extension on the fixture pages, telling by name, the deeds of a person at the screen.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder, badges, fixtures, launch, serve } from './browser.mjs';

export const DANA = 'https://www.linkedin.com/in/dana-okafor-4b1a2/';

/** The stage of a script: its settings come as JSON on standard input. `first` names what is told in any case; `TELL=inmail` tells those stories only, and what they need before. `more` gives further pages. */
export async function stage(first, more = () => null) {
  const config = JSON.parse(readFileSync(0, 'utf8'));
  mkdirSync(config.shots, { recursive: true });
  const results = {};
  const wanted = new RegExp(`${first}|${process.env.TELL ?? ''}`, 'i');
  const tell = async (name, story) => {
    if (!wanted.test(name)) return;
    try {
      await story();
      results[name] = 'ok';
    } catch (error) {
      results[name] = String(error?.stack ?? error).slice(0, 1500);
    }
  };
  const files = fixtures(config.root);
  const server = await serve(async (url) => (await more(url, files)) ?? files(url));
  const browser = await launch({ extension: config.extension, port: server.port });
  const { context, id } = browser;
  const open = async (url) => {
    const page = await context.newPage();
    page.on('dialog', (dialog) => (results.dialogs = `a dialog opened: ${dialog.message()}`, dialog.dismiss()));
    await page.addInitScript(() => {
      globalThis.shift = 0;
      globalThis.shifted = [];
      new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
        globalThis.shift += entry.value;
        const where = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(' ');
        for (const { node, previousRect, currentRect } of entry.sources) globalThis.shifted.push(`${entry.value.toFixed(4)} at ${Math.round(entry.startTime)} ms: ${node?.localName ?? node?.nodeName}.${node?.className ?? ''} ${where(previousRect)} → ${where(currentRect)}`);
      })).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(url);
    return page;
  };
  const axe = async (page, scope) => {
    const builder = scope ? new AxeBuilder({ page }).include(scope) : new AxeBuilder({ page });
    const { violations } = await builder.analyze();
    assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0].target} ${one.nodes[0].failureSummary}`), []);
  };
  const stopWorker = async (page) => {
    const cdp = await context.browser()?.newBrowserCDPSession?.().catch(() => null) ?? await context.newCDPSession(page);
    const { targetInfos } = await cdp.send('Target.getTargets');
    const target = targetInfos.find((one) => one.type === 'service_worker' && one.url.includes(id));
    assert.ok(target, 'the service worker was running');
    await cdp.send('Target.closeTarget', { targetId: target.targetId });
  };
  const card = async (page) => {
    await badges(page, 1, 8000);
    await page.evaluate(() => document.querySelector('inlay-badge').shadowRoot.querySelector('button').focus());
    await page.keyboard.press('Enter');
    await page.locator('inlay-card .card').waitFor();
  };
  const stateOf = async (page) => (await badges(page, 1, 6000))[0]?.state ?? 'nothing';
  const shot = (page, name) => page.screenshot({ path: join(config.shots, `${name}.png`) });
  /** The last line is JSON: name to "ok" or what went wrong. */
  const end = () => {
    server.close();
    console.log(JSON.stringify(results));
    process.exit(0);
  };
  return { config, results, tell, server, browser, open, axe, stopWorker, card, stateOf, shot, end };
}
