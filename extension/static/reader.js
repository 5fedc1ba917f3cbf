// Eyes: runs the selector pack it was given and sends raw strings. Decides nothing, knows no site.
// @ts-check
(() => {
  /** @typedef {{css: string, attr?: string, minus?: string, all?: boolean}} Find */
  /** @typedef {{kind: string, items: string[], anchors: string[], place: 'end'|'beside', fields: Record<string, Find[]>}} Pack */
  /** @typedef {{element: Element, mark: number, seen: string}} Item */
  /** Rows of a message: what is in sight first, then as many as a look-up takes, since each answer painted is a frame of the page. */
  const FIRST = 25;
  const MOST = 100;
  /** Of a turn, in ms. */
  const BUDGET = 8;

  /** Items by mark, and by their element: the page's own elements are left without any mark. @type {Map<number, Item>} */
  const items = new Map();
  /** @type {WeakMap<Element, Item>} */
  const known = new WeakMap();
  /** Where something was added or changed since the last look. @type {Set<Element>} */
  const touched = new Set();
  /** Where composers may stand that weren't looked for yet. @type {Set<Element>} */
  const roots = new Set();
  /** Items still to be read. @type {Set<Element>} */
  const queue = new Set();
  let next = 1;
  let address = '';
  let css = '';
  /** @type {Pack | null} */
  let pack = null;
  let waiting = false;
  let rehearsed = false;

  /** @param {Element} root @param {Find} find */
  const text = (root, find) => {
    if (find.all) return [...root.querySelectorAll(find.css)].map((one) => one.textContent ?? '').join('\n');
    const found = root.querySelector(find.css);
    if (!found) return '';
    if (find.attr) return found.getAttribute(find.attr) ?? '';
    const { minus } = find;
    if (!minus) return found.textContent ?? '';
    let told = '';
    for (let node = found.firstChild; node; node = node.nextSibling) {
      if (node.nodeType !== Node.ELEMENT_NODE || !(/** @type {Element} */ (node).matches(minus))) told += ` ${node.textContent}`;
    }
    return told;
  };

  /** @param {Element} item @param {Pack} by */
  const read = (item, by) => {
    /** @type {Record<string, [string, number]>} */
    const fields = {};
    for (const field in by.fields) {
      const finds = by.fields[field];
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

  const begin = async () => {
    address = location.href;
    pack = null;
    items.clear();
    queue.clear();
    roots.clear();
    painter.clear();
    const opened = await ask({ ask: 'page', url: address });
    if (address !== location.href) return;
    if (opened?.sheets) painter.dress(opened.sheets, opened.looks, opened.pack?.place ?? '', opened.pack?.anchors ?? []);
    pack = opened?.pack ?? null;
    css = '';
    composer.begin(opened?.pack?.composers ?? []);
    touched.clear();
    touched.add(document.documentElement);
    scan();
  };

  const scan = () => {
    if (waiting || !pack) return;
    waiting = true;
    requestIdleCallback(work, { timeout: 500 });
  };

  /** Finds the items in what was touched. The first selector that finds any is this page's. @param {Pack} by */
  const find = (by) => {
    css ||= by.items.find((one) => document.querySelector(one)) ?? '';
    if (css) {
      for (const root of touched) {
        const inside = root.querySelectorAll(css);
        for (const item of inside) queue.add(item);
        const around = inside.length ? null : root.closest(css);
        if (around) queue.add(around);
      }
    }
    for (const root of touched) roots.add(root);
    touched.clear();
  };

  /** Reads and paints a row of our own, off the page, once what stood there was read: what runs for the first time takes longer, and that shan't fall together with the page's next rows. @param {Pack} by */
  const rehearse = (by) => {
    rehearsed = true;
    const row = document.createElement('p');
    row.append('…', document.createElement('b'));
    read(row, by); // So the page's selectors are known, too.
    JSON.stringify(read(row, { ...by, fields: { name: [{ css: ':scope', minus: 'b' }], title: [{ css: 'b' }, { css: 'b', attr: 'class' }] } }));
    painter.rehearse(row);
  };

  const work = () => {
    const started = performance.now();
    note(observer.takeRecords()); // Before `waiting` ends: what it notes is looked at now.
    waiting = false;
    if (address !== location.href) return void begin();
    if (!pack) return;
    find(pack);
    const rows = [];
    const marks = [];
    const most = items.size ? MOST : FIRST;
    for (const element of queue) {
      queue.delete(element);
      if (!element.isConnected) continue;
      const before = known.get(element);
      const current = before && items.get(before.mark) === before ? before : null;
      const fields = read(element, pack);
      const seen = JSON.stringify(fields);
      if (current?.seen === seen || (!fields.name && pack.place === 'end')) continue;
      if (current) painter.remove(current.mark), items.delete(current.mark);
      const item = { element, mark: next++, seen };
      if (fields.name) painter.reserve(item.mark, element, pack.place);
      items.set(item.mark, item);
      known.set(element, item);
      // One text crosses to the service worker several times cheaper than the objects in it.
      rows.push(`{"mark":${item.mark},"fields":${seen}}`);
      marks.push(item.mark);
      if (rows.length >= most || performance.now() - started > BUDGET) break;
    }
    observer.takeRecords(); // What we wrote ourselves is no news.
    if (rows.length) void send(rows, marks);
    if (queue.size) return scan();
    if (!rehearsed && pack.place === 'end') rehearse(pack);
    for (const [mark, item] of items) if (!item.element.isConnected) painter.remove(mark), items.delete(mark);
    composer.look(roots);
    roots.clear();
  };

  /** @param {string[]} rows @param {number[]} marks */
  const send = async (rows, marks) => {
    const sent = address;
    const answer = await ask({ ask: 'rows', url: sent, title: document.title, rows: `[${rows.join()}]` });
    if (sent !== location.href || !pack) return;
    // Lists use their rows again: a badge is for the person who was read, who must still stand there.
    note(observer.takeRecords());
    const paints = answer?.paints ?? [];
    painter.paint(marks, touched.size ? standing(paints, pack) : paints);
    observer.takeRecords();
    if (touched.size) scan();
  };

  /** Of the paints those whose item is what was read. @param {[number][]} paints @param {Pack} by */
  const standing = (paints, by) => {
    const changed = [...touched];
    return paints.filter(([mark]) => {
      const item = items.get(mark);
      const isChanged = item && changed.some((one) => one.contains(item.element) || item.element.contains(one));
      return item && (!isChanged || JSON.stringify(read(item.element, by)) === item.seen);
    });
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
  const composer = globalThis.inlayComposer(ask, painter, () => `[${[...items.values()].slice(0, FIRST).map(({ mark, seen }) => `{"mark":${mark},"fields":${seen}}`)}]`);
  /** @param {Node} node */
  const touch = (node) => {
    const element = node.nodeType === Node.ELEMENT_NODE ? /** @type {Element} */ (node) : node.parentElement;
    if (element) touched.add(element);
  };
  /** @param {MutationRecord[]} changes */
  const note = (changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type !== 'childList') touch(target);
      for (const node of addedNodes) if (!painter.owns(node)) touch(node);
    }
    if (touched.size || address !== location.href) scan();
  };
  const observer = new MutationObserver(note);
  observer.observe(document.documentElement, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ['href'] });
  globalThis.navigation?.addEventListener('navigatesuccess', () => location.href !== address && void begin());
  chrome.runtime.onMessage.addListener((message, _sender, reply) => {
    if (message?.ask === 'tally') reply(painter.tally());
    if (message?.ask === 'where') reply({ url: location.href });
    if (message?.ask === 'again') void begin();
  });
  void begin();
})();
