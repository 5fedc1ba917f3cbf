// Hands: paints the node trees it is told to, reports what is pressed. Page text only ever becomes text nodes.
// @ts-check
(() => {
  /** @typedef {[string, Record<string, string>, Node_[]]} Element_ */
  /** @typedef {string | Element_} Node_ */
  /** A badge to paint: its mark, its look, its words for screen readers, and itself if it is no copy of a look. @typedef {[number, string, string, Element_?]} Paint */
  const TAGS = new Set('div span p h2 h3 a button section header footer dl dt dd ul li table thead tbody tr th td svg path rect circle label input select option textarea b'.split(' '));
  const ATTRIBUTES = /^(class|role|title|type|tabindex|dir|lang|href|scope|aria-[a-z]+|data-[a-z-]+|for|id|name|value|min|max|maxlength|rows|selected|viewBox|d|x|y|width|height|rx|cx|cy|r)$/;
  const SVG = new Set(['svg', 'path', 'rect', 'circle']);
  const BADGE = 'inlay-badge';
  const CARD = 'inlay-card';
  /** An answer that comes sooner than this, in ms, needs no dots before it; and who isn't in the CRM costs the page nothing. */
  const SOON = 500;
  const ASKING = 'asking';
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
    /** @type {Map<number, {host: HTMLElement, anchor: Element, place: string, look: string}>} */
    const badges = new Map();
    /** Which badge a host is of. @type {WeakMap<object, number>} */
    const marks = new WeakMap();
    /** @type {WeakSet<object>} */
    const strips = new WeakSet();
    /** Items asked about whose badges don't stand on the page yet. @type {Map<number, {element: Element, place: string}>} */
    const wanted = new Map();
    let dots = 0;
    /** @type {CSSStyleSheet[]} */
    let sheets = [];
    /** Hosts with a badge of each look inside: built once, copied for every row. @type {Record<string, HTMLElement>} */
    let models = {};
    /** @type {string[]} */
    let places = [];
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

    /** A host with something in it. @param {string} name @param {string} place @param {Node[]} content */
    const host = (name, place, content) => {
      const element = document.createElement(name);
      element.dataset.theme = theme();
      element.dataset.place = place;
      const root = element.attachShadow({ mode: 'open', clonable: true });
      root.adoptedStyleSheets = sheets;
      root.append(...content);
      return element;
    };

    /** @param {string} place @param {Element_} badge */
    const model = (place, badge) => host(BADGE, place, [build(badge)]);

    /** Puts a badge on the page where one was asked for. @param {number} mark @param {string} look @param {string} label @param {Element_?} [own] */
    const stand = (mark, look, label, own) => {
      const here = wanted.get(mark);
      if (!here) return void turn(mark, look, label, own);
      wanted.delete(mark);
      let anchor = null;
      for (const one of places) if ((anchor = here.element.querySelector(one))) break;
      // Another version's look: no badge is better than a broken one.
      const copied = own ? null : models[look];
      if (!anchor || (!own && !copied)) return;
      const element = /** @type {HTMLElement} */ (copied ? copied.cloneNode(true) : model(here.place, /** @type {Element_} */ (own)));
      const root = /** @type {ShadowRoot} */ (element.shadowRoot);
      root.adoptedStyleSheets = sheets;
      if (label) root.firstElementChild?.setAttribute('aria-label', label);
      if (here.place === 'beside') (anchor.closest('a') ?? anchor).after(element);
      else anchor.append(element);
      marks.set(element, mark);
      badges.set(mark, { host: element, anchor, place: here.place, look });
    };

    /** Puts a badge in the place of the dots, or of what stood there. @param {number} mark @param {string} look @param {string} label @param {Element_?} [own] */
    const turn = (mark, look, label, own) => {
      const shown = badges.get(mark);
      const inside = own ? build(own) : models[look]?.shadowRoot?.firstChild?.cloneNode(true);
      if (!shown || !inside) return;
      shown.look = look;
      if (label) /** @type {Element} */ (inside).setAttribute('aria-label', label);
      shown.host.shadowRoot?.replaceChildren(inside);
    };

    /** @param {number} mark */
    const remove = (mark) => {
      wanted.delete(mark);
      badges.get(mark)?.host.remove();
      badges.delete(mark);
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

    /** Rows lay themselves; a page has a few wide badges at most. */
    const lay = () => {
      for (const { host: element, anchor, place } of badges.values()) {
        if (place !== 'beside') return;
        beside(element, anchor);
      }
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
      const element = card?.host ?? host(CARD, 'card', []);
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
      /** @type {Record<string, string>} */
      const entered = {};
      for (const field of card?.host.shadowRoot?.querySelectorAll('[name]') ?? []) entered[field.getAttribute('name') ?? ''] = /** @type {HTMLInputElement} */ (field).value;
      const told = await ask({ ask: 'press', mark, action, straight, url: location.href, entered });
      const [of, look, label, own] = told?.paint ?? [];
      if (told?.paint) turn(of, look, label, own), lay();
      if (told?.gone) close(), remove(mark);
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
      /** How this page's badges look and where in an item they stand; built here, before any row waits for them. @param {string[]} texts @param {Record<string, Element_>} looks @param {string} place @param {string[]} anchors */
      dress(texts, looks, place, anchors) {
        shade = '';
        places = anchors;
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(texts.join('\n'));
        sheets = [sheet];
        models = {};
        for (const look in looks) models[look] = model(place, looks[look]);
      },
      /** A strip behind a composer: the same host, with what it shows now. @param {HTMLElement | null} before @param {Element} root @param {Element_} tree */
      strip(before, root, tree) {
        const element = before ?? host('inlay-strip', 'strip', []);
        const focused = element.shadowRoot?.activeElement?.getAttribute('data-action');
        element.shadowRoot?.replaceChildren(build(tree));
        if (!before) strips.add(element), root.after(element);
        if (focused) /** @type {HTMLElement | null} */ (element.shadowRoot?.querySelector(`[data-action="${CSS.escape(focused)}"]`))?.focus();
        return element;
      },
      /** @param {number} mark @param {Element} element @param {string} place */
      reserve(mark, element, place) {
        wanted.set(mark, { element, place });
        dots ||= setTimeout(() => {
          dots = 0;
          for (const late of wanted.keys()) stand(late, ASKING, '');
          lay();
        }, SOON);
      },
      /** Paints the badges that came; of those asked about, the others go. @param {number[]} asked @param {Paint[]} paints */
      paint(asked, paints) {
        const gone = new Set(asked);
        for (const [mark, look, label, badge] of paints) {
          gone.delete(mark);
          stand(mark, look, label, badge);
        }
        for (const mark of gone) remove(mark);
        if (!wanted.size) clearTimeout(dots), (dots = 0);
        lay();
      },
      /** Puts a badge in a row that is off the page, and away again. @param {Element} row */
      rehearse(row) {
        const before = places;
        places = [...before, '*'];
        this.reserve(-1, row, 'end');
        this.paint([-1], [[-1, Object.keys(models)[0] ?? '', '…']]);
        remove(-1);
        places = before;
      },
      remove,
      clear() {
        for (const { host: element } of badges.values()) element.remove();
        badges.clear();
        wanted.clear();
        clearTimeout(dots);
        dots = 0;
        card?.host.remove();
        card = null;
      },
      /** @param {number} mark */
      has: (mark) => badges.has(mark),
      /** @param {Node} node */
      owns: (node) => marks.has(node) || strips.has(node) || node === card?.host,
      tally() {
        /** @type {Record<string, number>} */
        const counts = {};
        for (const { look } of badges.values()) {
          const [state] = look.split(' ');
          counts[state] = (counts[state] ?? 0) + 1;
        }
        return counts;
      },
    };
  };
})();
