// Hands: paints the node trees it is told to, reports what is pressed. Page text only ever becomes text nodes.
// @ts-check
(() => {
  /** @typedef {[string, Record<string, string>, Node_[]]} Element_ */
  /** @typedef {string | Element_} Node_ */
  /** @typedef {{mark: number, badge: Element_, state: string}} Paint */
  const TAGS = new Set('div span p h2 h3 a button section header footer dl dt dd ul li table thead tbody tr th td svg path rect circle'.split(' '));
  const ATTRIBUTES = /^(class|role|title|type|tabindex|dir|lang|href|scope|aria-[a-z]+|data-[a-z-]+|viewBox|d|x|y|width|height|rx|cx|cy|r)$/;
  const SVG = new Set(['svg', 'path', 'rect', 'circle']);
  const BADGE = 'inlay-badge';
  const CARD = 'inlay-card';
  /** An answer that comes sooner than this, in ms, needs no dots before it; and who isn't in the CRM costs the page nothing. */
  const SOON = 150;
  const LINKS = /^(https:|mailto:|tel:|http:\/\/127\.0\.0\.1[:/])/;

  /** @param {Node_} node @returns {Node} */
  const build = (node) => {
    if (typeof node === 'string') return document.createTextNode(node);
    const [tag, attributes, children] = node;
    if (!TAGS.has(tag)) return document.createTextNode('');
    const element = SVG.has(tag) ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (!ATTRIBUTES.test(name) || (name === 'href' && !LINKS.test(value))) continue;
      element.setAttribute(name, value);
      if (name === 'href') element.setAttribute('target', '_blank'), element.setAttribute('rel', 'noopener noreferrer');
    }
    element.append(...children.map(build));
    return element;
  };

  /** @param {(message: object) => Promise<any>} ask */
  globalThis.inlayPainter = (ask) => {
    /** @type {Map<number, {host: HTMLElement, anchor: Element, place: string, state: string}>} */
    const badges = new Map();
    /** Which badge a host is of. @type {WeakMap<object, number>} */
    const marks = new WeakMap();
    /** Badges asked about that don't stand on the page yet. @type {Map<number, {anchor: Element, place: string}>} */
    const wanted = new Map();
    let dots = 0;
    /** @type {CSSStyleSheet[]} */
    let sheets = [];
    /** @type {Record<string, Element_>} */
    let asking = {};
    /** @type {Record<string, Node>} */
    let spots = {};
    /** @type {Record<string, HTMLElement>} */
    let hosts = {};
    let shade = '';
    /** @type {{host: HTMLElement, mark: number} | null} */
    let card = null;

    const theme = () => (shade ||= look());
    const look = () => {
      const own = document.documentElement.className + ' ' + document.body.className;
      if (/theme--dark/.test(own)) return 'dark';
      if (/theme--light/.test(own)) return 'light';
      const ground = [document.body, document.documentElement].map((one) => getComputedStyle(one).backgroundColor.match(/[\d.]+/g)?.map(Number) ?? []).find(([, , , alpha = 1]) => alpha > 0.5);
      if (ground) return ground[0] * 0.3 + ground[1] * 0.59 + ground[2] * 0.11 < 110 ? 'dark' : 'light';
      const follows = getComputedStyle(document.documentElement).colorScheme.includes('dark');
      return follows && matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
    };

    /** A host with our sheet; made once a place, then copied. @param {string} name @param {string} place @param {Node} content */
    const host = (name, place, content) => {
      if (!hosts[place]) {
        hosts[place] = document.createElement(name);
        hosts[place].dataset.theme = theme();
        hosts[place].dataset.place = place;
      }
      const element = /** @type {HTMLElement} */ (hosts[place].cloneNode());
      const root = element.attachShadow({ mode: 'open' });
      root.adoptedStyleSheets = sheets;
      root.append(content);
      return element;
    };

    /** The spot of a badge that asks, built once and copied. @param {string} place */
    const spot = (place) => {
      spots[place] ??= build(['span', { class: `inlay spot ${place}` }, asking[place] ? [asking[place]] : []]);
      return spots[place].cloneNode(true);
    };

    /** Puts the badge that was asked for on the page; until it is painted, it asks. @param {number} mark */
    const stand = (mark) => {
      const spot_ = wanted.get(mark);
      if (!spot_) return badges.get(mark);
      wanted.delete(mark);
      const { anchor, place } = spot_;
      const element = host(BADGE, place, spot(place));
      marks.set(element, mark);
      if (place === 'beside') (anchor.closest('a') ?? anchor).after(element);
      else anchor.append(element);
      const shown = { host: element, anchor, place, state: 'asking' };
      badges.set(mark, shown);
      if (place === 'beside') beside(element, anchor);
      return shown;
    };

    /** Lays a wide badge beside its line without touching the page's own layout. @param {HTMLElement} element @param {Element} anchor */
    const beside = (element, anchor) => {
      const range = document.createRange();
      range.selectNodeContents(anchor);
      const line = [...range.getClientRects()].at(-1);
      if (!line) return;
      element.style.translate = '';
      const own = element.getBoundingClientRect();
      const rtl = getComputedStyle(anchor).direction === 'rtl';
      const middle = line.top + line.height / 2;
      const around = document.createRange();
      around.selectNodeContents(anchor.closest('section, header, .msg-entity-lockup') ?? anchor);
      const same = [...around.getClientRects()].filter((rect) => rect.top < middle && rect.bottom > middle && rect.width > 0 && rect.width < innerWidth * 0.6);
      const edge = rtl ? Math.min(line.left, ...same.map((rect) => rect.left)) - 8 : Math.max(line.right, ...same.map((rect) => rect.right)) + 8;
      element.style.translate = `${Math.round(edge - (rtl ? own.right : own.left))}px ${Math.round(middle - 12 - own.top)}px`;
    };

    const lay = () => {
      for (const { host: element, anchor, place } of badges.values()) if (place === 'beside') beside(element, anchor);
    };
    let laying = 0;
    addEventListener('resize', () => {
      clearTimeout(laying);
      laying = setTimeout(lay, 100);
    });

    const close = () => {
      if (!card) return;
      const { host: element, mark } = card;
      card = null;
      element.remove();
      const button = badges.get(mark)?.host.shadowRoot?.querySelector('button');
      button?.setAttribute('aria-expanded', 'false');
      button?.focus();
    };

    /** @param {Element_} tree @param {number} mark */
    const open = (tree, mark) => {
      const element = card?.host ?? host(CARD, 'card', document.createTextNode(''));
      element.shadowRoot?.replaceChildren(build(tree));
      const beneath = badges.get(mark)?.host.shadowRoot?.querySelector('button');
      if (!card) document.body.append(element);
      card = { host: element, mark };
      const at = (beneath ?? document.body).getBoundingClientRect();
      const room = /** @type {HTMLElement} */ (element.shadowRoot?.firstElementChild).getBoundingClientRect();
      const rtl = document.documentElement.dir === 'rtl';
      element.style.left = `${Math.max(8, Math.min(rtl ? at.right - room.width : at.left, innerWidth - room.width - 8))}px`;
      element.style.top = `${Math.max(8, Math.min(at.bottom + 8, innerHeight - room.height - 8))}px`;
      beneath?.setAttribute('aria-expanded', 'true');
      const first = /** @type {HTMLElement | null} */ (element.shadowRoot?.querySelector('[data-focus]') ?? element.shadowRoot?.querySelector('button, a'));
      first?.focus();
    };

    /** @param {Event} event @param {Element} element @param {number} mark */
    const press = async (event, element, mark) => {
      event.preventDefault();
      event.stopPropagation();
      const action = element.getAttribute('data-action') ?? '';
      if (action === 'close') return close();
      if (action === 'copy') return void navigator.clipboard.writeText(element.getAttribute('data-value') ?? '');
      const mouse = event instanceof MouseEvent ? event : null;
      const straight = Boolean(mouse && (mouse.ctrlKey || mouse.metaKey || mouse.button === 1));
      const told = await ask({ ask: 'press', mark, action, straight, url: location.href });
      if (told?.card) open(told.card, mark);
    };

    /** One listener for all badges and the card: open shadow roots show what was pressed. The page doesn't see the press. */
    const on = (/** @type {Event} */ event) => {
      if (!event.isTrusted) return; // A press is a person's: the page's own scripts can't open cards.
      const path = event.composedPath();
      const mark = marks.get(path.find((one) => one instanceof HTMLElement && marks.has(one)) ?? document);
      const inCard = card !== null && path.includes(card.host);
      if (mark === undefined && !inCard) return;
      const pressed = path.find((one) => one instanceof Element && one.hasAttribute('data-action'));
      if (pressed) void press(event, /** @type {Element} */ (pressed), inCard && card ? card.mark : (mark ?? 0));
      else event.stopPropagation();
    };
    document.addEventListener('click', on, true);
    document.addEventListener('auxclick', (event) => event.button === 1 && on(event), true);
    document.addEventListener('keydown', (event) => event.key === 'Escape' && close(), true);
    document.addEventListener('pointerdown', (event) => card && !event.composedPath().includes(card.host) && !(event.target instanceof HTMLElement && event.target.localName === BADGE) && close(), true);

    return {
      /** @param {string[]} texts @param {Record<string, Element_>} trees */
      dress(texts, trees) {
        asking = trees;
        spots = {};
        hosts = {};
        shade = '';
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(texts.join('\n'));
        sheets = [sheet];
      },
      /** @param {number} mark @param {Element} anchor @param {string} place */
      reserve(mark, anchor, place) {
        wanted.set(mark, { anchor, place });
        dots ||= setTimeout(() => {
          dots = 0;
          for (const late of wanted.keys()) stand(late);
        }, SOON);
      },
      /** Paints the badges that came; of those asked about, the others go. @param {number[]} asked @param {Paint[]} paints */
      paint(asked, paints) {
        const kept = new Set(paints.map(({ mark }) => mark));
        for (const mark of asked) if (!kept.has(mark)) this.remove(mark);
        let moved = false;
        for (const { mark, badge, state } of paints) {
          const shown = stand(mark);
          if (!shown) continue;
          shown.state = state;
          moved ||= shown.place === 'beside';
          shown.host.shadowRoot?.firstElementChild?.replaceChildren(build(badge));
        }
        if (moved) lay();
      },
      /** @param {number} mark */
      remove(mark) {
        wanted.delete(mark);
        badges.get(mark)?.host.remove();
        badges.delete(mark);
      },
      clear() {
        for (const { host: element } of badges.values()) element.remove();
        badges.clear();
        wanted.clear();
        card?.host.remove();
        card = null;
      },
      /** @param {number} mark */
      has: (mark) => badges.has(mark),
      /** @param {Node} node */
      owns: (node) => /** @type {Element} */ (node).localName === BADGE || /** @type {Element} */ (node).localName === CARD,
      tally() {
        /** @type {Record<string, number>} */
        const counts = {};
        for (const { state } of badges.values()) counts[state] = (counts[state] ?? 0) + 1;
        return counts;
      },
    };
  };
})();
