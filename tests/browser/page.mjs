// What the content script costs the page, at 25 and 1,000 rows: of people nobody knows, of people in the CRM, and of people
// whose answer comes so late that dots stand first. Medians over 15 and 5 pages, with the same pages without badges beside them.
//
// Read from Chromium's own trace, on the page's main thread: every task from the moment the rows stand there, but for the
// page's own functions. What draws frames (style, layout, paint) is told apart. Thread time, so that other processes on
// shared cores don't count; a sampling profiler was tried first, and missed whole pages of 25 rows.
import { readFileSync } from 'node:fs';
import { connect, fixtures, launch, say, serve } from './browser.mjs';

const config = JSON.parse(readFileSync(0, 'utf8'));
const server = await serve(fixtures(config.root));
const url = 'https://www.linkedin.com/sales/search/people?query=(fixture)&rows=1';
const ROUNDS = { 25: 15, 1000: 5 };
/** Later than the dots. */
const LATE = 900;

/** Adds rows as the site would; `people` of the CRM in them, or the fixture's own strangers. */
function add({ rows, people }) {
  const list = document.querySelector('ol.artdeco-list');
  if (!people) return void globalThis.fixture.add(1, rows, true);
  const model = list.querySelector('li');
  const all = document.createDocumentFragment();
  people.slice(0, rows).forEach(({ name, title, company, location, key }, place) => {
    const row = model.cloneNode(true);
    row.dataset.i = String(place + 1);
    row.querySelectorAll('inlay-badge').forEach((badge) => badge.remove());
    const id = key.split('/').at(-1);
    row.querySelector('[data-x-search-result]').setAttribute('data-scroll-into-view', `urn:li:fs_salesProfile:(${id},NAME_SEARCH,fx${place})`);
    row.querySelector('a').setAttribute('href', `/sales/lead/${id},NAME_SEARCH,fx${place}?_ntb=fixture`);
    row.querySelector('[data-anonymize=person-name]').textContent = name;
    row.querySelector('[data-anonymize=title]').textContent = title;
    row.querySelector('[data-anonymize=location]').textContent = location;
    const [, , employer, more] = row.querySelector('.artdeco-entity-lockup__subtitle').childNodes;
    employer.textContent = ` ${company} `;
    more.setAttribute('aria-label', `See more about ${company}`);
    all.append(row);
  });
  list.append(all);
}

/** Main-thread times of a trace in µs: script and frames, what came before the rows, and the longest task with something of ours, by the clock. */
function times(events) {
  const isOurs = ({ args }) => (args?.data?.url ?? '').startsWith('chrome-extension:');
  const rows = events.find(({ name, args }) => name === 'TimeStamp' && args.data.message === 'rows');
  const thread = events.filter(({ pid, tid, ph }) => pid === rows.pid && tid === rows.tid && ph === 'X');
  const main = thread.filter(({ ts }) => ts >= rows.ts - 1000);
  const earlier = thread.filter(({ name, ts }) => name === 'RunTask' && ts < rows.ts - 1000);
  const within = (outer, inner) => inner.ts >= outer.ts && inner.ts + inner.dur <= outer.ts + outer.dur;
  const sum = { script: 0, frames: 0, longest: 0, opening: earlier.reduce((total, task) => total + (task.tdur ?? task.dur), 0) };
  for (const task of main.filter(({ name }) => name === 'RunTask')) {
    const inside = main.filter((event) => event !== task && within(task, event));
    const isFrame = inside.some(({ name }) => ['UpdateLayoutTree', 'PrePaint', 'Paint', 'Layerize', 'Commit'].includes(name));
    const foreign = inside.filter((event) => event.name === 'FunctionCall' && !isOurs(event));
    const outermost = foreign.filter((call) => !foreign.some((other) => other !== call && within(other, call)));
    const theirs = outermost.reduce((total, call) => total + (call.tdur ?? call.dur), 0);
    sum[isFrame ? 'frames' : 'script'] += (task.tdur ?? task.dur) - theirs;
    if (inside.some((event) => event.name === 'FunctionCall' && isOurs(event))) sum.longest = Math.max(sum.longest, task.dur - outermost.reduce((total, call) => total + call.dur, 0));
  }
  return sum;
}

/** One page, from the moment its rows come until nothing changes any more. */
async function measure(browser, rows, people) {
  const page = await browser.context.newPage();
  const session = await browser.context.newCDPSession(page);
  await page.addInitScript(() => {
    globalThis.shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => (globalThis.shift += entry.value))).observe({ type: 'layout-shift', buffered: true });
  });
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  // Each page is looked up anew, as a page never seen before.
  await browser.worker.evaluate(() => chrome.storage.session.clear()).catch(() => {});
  await session.send('Tracing.start', { traceConfig: { includedCategories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] }, transferMode: 'ReportEvents' });
  await page.goto(url);
  await page.waitForTimeout(700);
  await page.evaluate(`(${add})(${JSON.stringify({ rows: 0, people })}); setTimeout(() => (console.timeStamp('rows'), (${add})(${JSON.stringify({ rows, people })})), 500)`);
  await page.waitForTimeout(rows > 25 ? 6000 : 2500);
  const ended = new Promise((done) => session.once('Tracing.tracingComplete', done));
  await session.send('Tracing.end');
  await ended;
  await session.send('HeapProfiler.collectGarbage');
  const heap = await session.send('Runtime.getHeapUsage');
  const [shift, badges, asking] = await page.evaluate(() => {
    const all = [...document.querySelectorAll('inlay-badge')];
    return [globalThis.shift, all.length, all.filter((host) => host.shadowRoot?.querySelector('[data-state=asking]')).length];
  });
  if (asking) throw new Error(`${asking} badges still ask: the page was measured too early`);
  await page.close();
  return { ...times(events), shift, heap: heap.usedSize, badges };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const of = (runs, field) => median(runs.map((one) => one[field]));
const rounded = (value, places) => Math.round(value * 10 ** places) / 10 ** places;

/** The same pages without and with the extension signed in. */
async function rounds(browser, rows, people, count) {
  const runs = [];
  for (let round = 0; round < count; round += 1) runs.push(await measure(browser, rows, people));
  return runs;
}

const browser = await launch({ extension: config.extension, port: server.port });
const sizes = [25, 1000];
const base = {};
say('  pages without badges (signed out) …');
for (const rows of sizes) base[rows] = { strangers: await rounds(browser, rows, null, 5), people: await rounds(browser, rows, config.people, 5) };
const options = await connect(browser, config);
await options.waitForSelector('text=/Done,/', { timeout: 120_000 });
await options.close();
const result = {};
for (const [name, people, late] of [['strangers', null, 0], ['in_crm', config.people, 0], ['late', config.people, LATE]]) {
  if (late) {
    await browser.worker.evaluate((late) => {
      const own = globalThis.fetch;
      globalThis.fetch = async (...asked) => (await new Promise((done) => setTimeout(done, late)), own(...asked));
    }, late);
  }
  for (const rows of sizes) {
    say(`  ${name}, ${rows} rows …`);
    const runs = await rounds(browser, rows, people, ROUNDS[rows]);
    if (people && of(runs, 'badges') < rows * 0.9) throw new Error(`of ${rows} people who are in the CRM ${of(runs, 'badges')} got a badge: the page isn't the one to measure`);
    const without = base[rows][people ? 'people' : 'strangers'];
    const a_row = (field) => rounded((of(runs, field) - of(without, field)) / rows, 1);
    result[`${name}_${rows}`] = {
      us_per_row: a_row('script'),
      us_per_row_lowest: rounded((Math.min(...runs.map((one) => one.script)) - of(without, 'script')) / rows, 1),
      us_per_row_highest: rounded((Math.max(...runs.map((one) => one.script)) - of(without, 'script')) / rows, 1),
      frames_us_per_row: a_row('frames'),
      opening_ms: rounded((of(runs, 'opening') - of(without, 'opening')) / 1000, 1),
      long_tasks: runs.filter((one) => one.longest > 50_000).length,
      longest_ms: rounded(Math.max(...runs.map((one) => one.longest)) / 1000, 1),
      layout_shift: rounded(Math.max(...runs.map((one) => one.shift)) - of(without, 'shift'), 4),
      heap_mb: rounded((of(runs, 'heap') - of(without, 'heap')) / 1_048_576, 2),
      badges: of(runs, 'badges'),
    };
  }
}
await browser.close();
server.close();
console.log(JSON.stringify(result));
process.exit(0);
