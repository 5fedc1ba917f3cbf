// Eyes: runs the selector pack it was given and sends raw strings. Decides nothing, knows no site.
// @ts-check
(() => {
  /** @typedef {{css: string, attr?: string, minus?: string, all?: boolean}} Find */
  /** @typedef {{kind: string, items: string[], anchors: string[], place: 'end'|'beside', fields: Record<string, Find[]>}} Pack */
  /** @typedef {{element: Element, mark: number, seen: string}} Item */
  const MARK = 'data-inlay-mark';
  const CHUNK = 25;
  const BUDGET = 8;

  /** @type {Map<number, Item>} */
  const items = new Map();
  let next = 1;
  let address = '';
  /** @type {Pack | null} */
  let pack = null;
  let waiting = false;
  let wanted = 0;

  /** @param {Element} root @param {Find} find */
  const text = (root, find) => {
    if (find.all) return [...root.querySelectorAll(find.css)].map((one) => one.textContent ?? '').join('\n');
    const found = root.querySelector(find.css);
    if (!found) return '';
    if (find.attr) return found.getAttribute(find.attr) ?? '';
    if (!find.minus) return found.textContent ?? '';
    const copy = /** @type {Element} */ (found.cloneNode(true));
    for (const out of copy.querySelectorAll(find.minus)) out.remove();
    return copy.textContent ?? '';
  };

  /** @param {Element} item @param {Pack} by */
  const read = (item, by) => {
    /** @type {Record<string, [string, number]>} */
    const fields = {};
    for (const [field, finds] of Object.entries(by.fields)) {
      for (let place = 0; place < finds.length; place += 1) {
        const found = text(item, finds[place]).trim();
        if (found) {
          fields[field] = [found.slice(0, 2000), place];
          break;
        }
      }
    }
    return fields;
  };

  /** @param {Pack} by */
  const find = (by) => {
    for (const css of by.items) {
      const found = document.querySelectorAll(css);
      if (found.length) return [...found];
    }
    return [];
  };

  const begin = async () => {
    address = location.href;
    pack = null;
    for (const { element } of items.values()) element.removeAttribute(MARK);
    items.clear();
    painter.clear();
    const opened = await ask({ ask: 'page', url: address });
    if (opened?.sheets) painter.dress(opened.sheets, opened.asking);
    if (address !== location.href) return;
    pack = opened?.pack ?? null;
    if (pack) scan();
  };

  const scan = () => {
    if (waiting || !pack) return;
    waiting = true;
    requestIdleCallback(work, { timeout: 500 });
  };

  const work = () => {
    waiting = false;
    if (address !== location.href) return void begin();
    if (!pack) return;
    const started = performance.now();
    const rows = [];
    let more = false;
    for (const element of find(pack)) {
      const known = items.get(Number(element.getAttribute(MARK)));
      const seen = element.textContent ?? '';
      if (known && known.element === element && (known.seen === seen || painter.has(known.mark))) {
        if (known.seen === seen) continue;
      }
      const fields = read(element, pack);
      if (!fields.name && pack.place === 'end') continue;
      const mark = next++;
      element.setAttribute(MARK, String(mark));
      if (known) painter.remove(known.mark), items.delete(known.mark);
      const anchor = pack.anchors.map((css) => element.querySelector(css)).find(Boolean) ?? null;
      if (anchor && fields.name) painter.reserve(mark, anchor, pack.place);
      items.set(mark, { element, mark, seen });
      rows.push({ mark, fields });
      if (rows.length >= CHUNK || performance.now() - started > BUDGET) {
        more = true;
        break;
      }
    }
    for (const [mark, item] of items) if (!item.element.isConnected) painter.remove(mark), items.delete(mark);
    if (rows.length || (pack.place === 'beside' && !items.size && wanted++ > 3)) send(rows);
    if (more) scan();
  };

  /** @param {{mark: number, fields: Record<string, [string, number]>}[]} rows */
  const send = async (rows) => {
    const sent = address;
    const paints = await ask({ ask: 'rows', url: sent, title: document.title, rows });
    if (sent === location.href) painter.paint(paints?.paints ?? []);
  };

  /** @param {object} message @returns {Promise<any>} */
  const ask = async (message) => {
    try {
      return await chrome.runtime.sendMessage(message);
    } catch {
      return null; // The extension was updated or switched off: this page goes on without badges.
    }
  };

  const painter = globalThis.inlayPainter(ask);
  new MutationObserver((changes) => {
    if (changes.some((change) => !painter.owns(change.target))) scan();
  }).observe(document.documentElement, { childList: true, subtree: true });
  globalThis.navigation?.addEventListener('navigatesuccess', () => location.href !== address && void begin());
  chrome.runtime.onMessage.addListener((message, _sender, reply) => {
    if (message?.ask === 'tally') reply(painter.tally());
    if (message?.ask === 'again') void begin();
  });
  void begin();
})();
