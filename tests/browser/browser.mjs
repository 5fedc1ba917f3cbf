// A real Chromium with the real extension; www.linkedin.com and Salesforce's hosts lead to a local server with a strict CSP.
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, existsSync, cpSync } from 'node:fs';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(join(process.env.INLAY_NODE_MODULES, 'x.js'));
const { chromium } = require('playwright-core');
export const { default: AxeBuilder } = require('@axe-core/playwright');

/** A server for `pages`: a function from address to HTML with `__NONCE__`, or null. */
export async function serve(pages) {
  const folder = mkdtempSync(join(tmpdir(), 'inlay-cert-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=www.linkedin.com'], { stdio: 'ignore' });
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, async (request, response) => {
    const html = await pages(`https://${request.headers.host}${request.url}`);
    if (html === null) return void response.writeHead(404).end();
    const nonce = randomBytes(12).toString('base64');
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; script-src 'nonce-${nonce}' 'strict-dynamic'; style-src 'nonce-${nonce}'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types fixture`,
    });
    response.end(html.replaceAll('__NONCE__', nonce));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { port: server.address().port, close: () => server.close() };
}

/** Chromium with the extension. */
export async function launch({ extension, port, headed = false, dark = false, locale = 'en-GB', viewport = { width: 1200, height: 800 } }) {
  const profile = mkdtempSync(join(tmpdir(), 'inlay-profile-'));
  const hosts = ['www.linkedin.com', '*.lightning.force.com', '*.my.salesforce.com'].map((host) => `MAP ${host}:443 127.0.0.1:${port}`);
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.INLAY_CHROMIUM ?? '/usr/bin/chromium',
    headless: false,
    ignoreDefaultArgs: ['--disable-extensions'],
    reducedMotion: 'reduce',
    colorScheme: dark ? 'dark' : 'light',
    locale,
    timezoneId: 'UTC',
    viewport: headed ? null : viewport,
    env: { ...process.env, LANGUAGE: locale.replace('-', '_'), LANG: `${locale.replace('-', '_')}.UTF-8`, LC_ALL: `${locale.replace('-', '_')}.UTF-8` },
    args: [
      ...(headed ? [] : ['--headless=new']),
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--ignore-certificate-errors',
      `--lang=${locale}`,
      `--host-resolver-rules=${hosts.join(', ')}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
      `--disable-extensions-except=${extension}`, `--load-extension=${extension}`,
    ],
  });
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker', { timeout: 20_000 }));
  const id = new URL(worker.url()).host;
  return { context, id, worker, close: () => context.close() };
}

/** Fills in the options page as an admin would, goes through consent, waits for the import. */
export async function connect({ context, id }, { server, setup_code, client_id, client_secret, host }, choice = 'Allow') {
  const page = await context.newPage();
  await page.goto(`chrome-extension://${id}/options.html`);
  await page.fill('#server', server);
  await page.click('[data-action=check_server]');
  await page.waitForSelector('#setup_code');
  await page.fill('#setup_code', setup_code);
  await page.selectOption('#host', host ? 'own' : 'production');
  if (host) await page.fill('#own_host', host);
  await page.fill('#client_id', client_id);
  await page.fill('#client_secret', client_secret);
  await page.fill('#confirm', 'import');
  await consent(context, () => page.click('[data-action=connect]'), choice);
  return page;
}

/** Presses what opens Salesforce's consent page, then Allow or Deny there. */
export async function consent(context, press, choice = 'Allow') {
  const opened = context.waitForEvent('page', { timeout: 20_000 });
  await press();
  const asked = await opened;
  await asked.waitForSelector(`text=${choice}`);
  await asked.click(`button:has-text("${choice}")`).catch(() => {});
}

/** Waits until at least so many badges stand and none asks any more, and gives all of them. Gives what there is when patience ends. */
export async function badges(page, least = 1, patience = 10_000) {
  const settled = (least) => {
    const all = [...document.querySelectorAll('inlay-badge')].map((host) => host.shadowRoot?.querySelector('.badge')?.dataset.state ?? 'asking');
    return all.length >= least && !all.includes('asking');
  };
  await page.waitForFunction(settled, least, { timeout: patience }).catch(() => {});
  return page.evaluate(() =>
    [...document.querySelectorAll('inlay-badge')].map((host) => {
      const button = host.shadowRoot?.querySelector('.badge');
      const item = host.closest('li, section');
      const link = item?.querySelector('a[href*="/sales/lead/"], a[href*="/in/"]')?.getAttribute('href') ?? '';
      return { state: button?.dataset.state ?? 'none', object: button?.dataset.object ?? null, label: button?.getAttribute('aria-label') ?? '', link };
    }),
  );
}

/** The records that the service worker matched on a tab, by profile key: what the truth is compared with. */
export async function matches(worker, url) {
  const kept = await worker.evaluate(() => chrome.storage.session.get());
  const seen = Object.entries(kept).filter(([key]) => key.startsWith('seen:')).map(([, text]) => JSON.parse(text));
  return seen.filter((known) => known.url === url).map((known) => ({ key: known.sighting.id, record: known.verdict.matched?.record ?? null, band: known.verdict.band }));
}

/** The sample pages of a running sandbox, as a page source for `serve`. */
export async function samples(sandbox) {
  const list = await (await fetch(`${sandbox}/sandbox/pages`)).json();
  const truth = await (await fetch(`${sandbox}/sandbox/truth`)).json();
  const pages = async (url) => {
    const path = new URL(url);
    const found = list.find((sample) => new URL(sample.url).host === path.host && new URL(sample.url).pathname.replace(/\/$/, '') === path.pathname.replace(/\/$/, ''));
    return found ? (await fetch(`${sandbox}/sandbox/page/${found.name}`)).text() : null;
  };
  return { list, truth, pages };
}

/** A file of `tests/fixtures/pages` under the address it stands for. */
export function fixtures(root) {
  const names = {
    '/in/dana-okafor-4b1a2': 'profile.html', '/company/northwind-instruments': 'company.html', '/sales/lead/ACwAAAF1000,NAME_SEARCH,fx0': 'sales-lead.html', '/sales/company/1035001': 'sales-account.html',
    '/sales/search/people': 'sales-search-people.html', '/messaging/thread/2-fixture': 'messaging.html', '/lightning/r/Contact/003XX0000067890AAA/view': 'salesforce-contact.html',
  };
  return async (url) => {
    const { pathname, searchParams } = new URL(url);
    const name = searchParams.has('layout2026') ? 'profile-2026.html' : names[pathname.replace(/\/$/, '')];
    const path = name && join(root, 'tests/fixtures/pages', name);
    return path && existsSync(path) ? readFileSync(path, 'utf8') : null;
  };
}

export const say = (...words) => console.error(...words);
export { createHash, cpSync };
