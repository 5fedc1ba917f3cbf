// Composers: sees that the member sent something and reads what it was. Presses nothing, fills nothing in, and reads only at the press.
// @ts-check
(() => {
  /** @typedef {{kind: string, root: string, text: string, subject?: string, send: string, name?: string}} Composer */
  /** @typedef {{url: string, title: string, kind: string, name: string, rows: string}} About */
  /** @typedef {{root: Element, by: Composer, host: HTMLElement | null, sent: (() => void) | null, whom: string, shown: About | null, isEntered: boolean}} Open */
  /** So long, in ms, a site may take to empty its box after Send; what stands there longer wasn't sent. */
  const PATIENCE = 8000;
  const KEY_PATIENCE = 1500;
  const LOOK = 100;
  /** A document that goes away so soon after Send went because of it. */
  const LEAVE = 2000;
  /** So many touched parts are many. */
  const MANY = 8;
  /** Receipts are asked for again after so many ms while some still wait. */
  const PULSE = 15_000;

  /** @param {(message: object) => Promise<any>} ask @param {any} painter @param {() => string} rows the page's own people, as read */
  globalThis.inlayComposer = (ask, painter, rows) => {
    /** @type {Composer[]} */
    let composers = [];
    /** @type {Map<Element, Open>} */
    const open = new Map();
    /** What was pressed and isn't known to be sent, and until when leaving the page says that it was. @type {Map<() => void, number>} */
    const pending = new Map();
    let pulse = 0;

    /** @param {Element} root @param {string | undefined} css */
    const value = (root, css) => {
      const found = css ? root.querySelector(css) : null;
      if (!found) return '';
      if (found instanceof HTMLInputElement || found instanceof HTMLTextAreaElement) return found.value;
      // A paragraph is a line, as the member typed it; the browser's own text of it would part paragraphs by an empty one.
      let lines = '';
      for (const node of found.childNodes) {
        const isLine = node instanceof HTMLElement && /^(P|DIV)$/.test(node.tagName);
        if (isLine && lines && !lines.endsWith('\n')) lines += '\n';
        lines += isLine ? `${node.innerText.replace(/\n+$/, '')}\n` : node instanceof HTMLBRElement ? '\n' : (node.textContent ?? '');
      }
      return lines;
    };
    /** @param {Open} one */
    const whom = ({ root, by }) => value(root, by.name).trim() + rows();

    /** While the page redraws its person, the strip is of whom it showed. @param {Open} one @returns {About} */
    const about = ({ root, by, shown }) => {
      const now = { url: location.href, title: document.title, kind: by.kind, name: value(root, by.name).trim(), rows: rows() };
      return now.rows === '[]' && shown?.url === now.url && shown.name === now.name ? shown : now;
    };

    /** @param {Open} one @param {object} [more] */
    const refresh = async (one, more) => {
      if (!one.isEntered) return;
      const [by, asked] = [about(one), whom(one)];
      one.whom = asked;
      const told = await ask({ ask: 'composer', ...by, ...more });
      if (!told?.strip || !one.root.isConnected || one.whom !== asked) return; // Of another person meanwhile: that answer comes.
      one.shown = by;
      one.host = painter.strip(one.host, one.root, told.strip);
      clearTimeout(pulse);
      if (told.waits) pulse = setTimeout(() => open.forEach((other) => void refresh(other)), PULSE);
    };

    /** A strip takes room: it stands there from when the member turns to the composer, so that a page being read doesn't move. @param {Open | undefined} one */
    const enter = (one) => {
      if (!one || one.isEntered) return;
      one.isEntered = true;
      void refresh(one);
    };

    /** What stands in the box at the press is what is sent, if the site then empties it. Where Enter only begins a line, the member writes
     * on. @param {Open} one @param {boolean} byKey */
    const pressed = (one, byKey) => {
      const [text, subject] = [value(one.root, one.by.text).trim(), value(one.root, one.by.subject).trim()];
      if (!text) return;
      if (one.sent) pending.delete(one.sent); // The later press counts.
      const [said, until] = [about(one), Date.now() + (byKey ? KEY_PATIENCE : PATIENCE)];
      const sent = () => {
        pending.delete(sent);
        void ask({ ask: 'sent', ...said, text, subject }).then(() => void (one.root.isConnected && refresh(one)));
      };
      one.sent = sent;
      pending.set(sent, byKey ? 0 : Date.now() + LEAVE);
      const look = () => {
        if (!pending.has(sent)) return;
        const now = one.root.isConnected ? value(one.root, one.by.text).trim() : '';
        if (!now) return sent();
        if (Date.now() < until && (!byKey || now === text)) return void setTimeout(look, LOOK);
        pending.delete(sent);
      };
      setTimeout(look, LOOK);
    };

    /** @param {Event} event */
    const of = (event) => [...open.values()].find(({ root }) => event.target instanceof Node && root.contains(event.target));
    document.addEventListener('click', (event) => {
      if (!event.isTrusted) return;
      const path = event.composedPath();
      const strip = [...open.values()].find(({ host }) => host && path.includes(host));
      if (strip) {
        event.stopPropagation();
        const action = path.find((node) => node instanceof Element && node.hasAttribute('data-action'));
        if (action) void refresh(strip, { action: /** @type {Element} */ (action).getAttribute('data-action') });
        return;
      }
      const one = of(event);
      enter(one);
      if (one && event.target instanceof Element && event.target.closest(one.by.send)) pressed(one, false);
    }, true);
    document.addEventListener('focusin', (event) => enter(of(event)), true);
    document.addEventListener('keydown', (event) => {
      if (!event.isTrusted || event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      const one = of(event);
      if (one && event.target instanceof Element && event.target.closest(one.by.text)) pressed(one, true);
    }, true);
    // The document goes away right after Send: the press is all there is to know.
    addEventListener('pagehide', () => pending.forEach((until, sent) => Date.now() < until && sent()));

    return {
      /** @param {Composer[]} by */
      begin(by) {
        for (const { host } of open.values()) host?.remove();
        open.clear();
        clearTimeout(pulse);
        composers = by;
      },
      /** Composers in what was touched. @param {Iterable<Element>} touched */
      look(touched) {
        for (const [root, one] of open) {
          if (!root.isConnected) one.host?.remove(), open.delete(root);
          // The page's person was read, or is another now.
          else if (one.whom !== whom(one)) void refresh(one);
        }
        const parts = [...touched];
        for (const by of composers) {
          // Where much was touched, one look at all costs less than one at each.
          for (const part of parts.length > MANY ? [document.documentElement] : parts) {
            const around = part.closest(by.root);
            for (const root of around ? [around] : part.querySelectorAll(by.root)) {
              if (open.has(root)) continue;
              /** @type {Open} */
              const one = { root, by, host: null, sent: null, whom: '', shown: null, isEntered: false };
              open.set(root, one);
              if (root.contains(document.activeElement)) enter(one);
            }
          }
        }
      },
    };
  };
})();
