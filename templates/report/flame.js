// The drawn call tree: a canvas of what is visible, and a tree for assistive technology of which one
// item is there at a time: the one that the keys are at.

const ROW = 20;
const MOST_ROWS = 26;
const FEWEST_ROWS = 9;

/** What is special about a frame: [sign, words]. */
const STATES = {
  new: ['+', 'new'],
  vanished: [MINUS, 'vanished'],
  appeared: ['\u21e5', 'moved: called from here after the change only'],
  left: ['\u21e4', 'moved: called from here before the change only'],
  renamed: ['\u2248', 'renamed'],
  rest: ['\u2026', 'narrower frames'],
  both: ['', ''],
};

function stateOf(source, tree, node) {
  const fn = tree.fn[node];
  if (fn === REST) return 'rest';
  if (!source.isComparison) return 'both';
  const { on, was } = source.list[fn];
  if (on === 1) return 'vanished';
  if (on === 2) return 'new';
  if (tree.total[0][node] === 0) return 'appeared';
  if (tree.total[1][node] === 0) return 'left';
  return was ? 'renamed' : 'both';
}

/** The segments of a path; what is in brackets stays together. */
function segmentsOf(name) {
  const segments = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < name.length; at++) {
    const character = name[at];
    if ('<([{'.includes(character)) depth++;
    else if ('>)]}'.includes(character) && name[at - 1] !== '-') depth = Math.max(0, depth - 1);
    else if (depth === 0 && character === ':' && name[at + 1] === ':') {
      segments.push(name.slice(start, at));
      start = at += 2;
    }
  }
  segments.push(name.slice(start));
  return segments;
}

/** A name in so many characters: the last segments say most. */
function fit(name, characters) {
  if (name.length <= characters) return name;
  if (characters < 3) return '';
  const segments = segmentsOf(name);
  for (let first = 1; first < segments.length; first++) {
    const tail = segments.slice(first).join('::');
    if (tail.length + 1 <= characters) return `\u2026${tail}`;
  }
  const last = segments[segments.length - 1];
  return `${(last.length > 2 ? last : name).slice(0, characters - 1)}\u2026`;
}

/** Colours of the page, as the canvas needs them. */
class Palette {
  constructor(probe) {
    const style = getComputedStyle(probe);
    const read = (name) => {
      probe.style.color = `var(--${name})`;
      const [r, g, b] = getComputedStyle(probe).color.match(/[\d.]+/g).map(Number);
      probe.style.color = '';
      return [r, g, b];
    };
    for (const name of ['surface', 'text', 'quiet', 'line', 'equal', 'slower', 'faster', 'newer',
      'gone', 'accent', 'rest']) {
      this[name] = read(name);
    }
    this.font = style.fontFamily;
    this.isDark = luminance(this.surface) < 0.2;
  }
}

function css([r, g, b]) {
  return `rgb(${Math.round(r)} ${Math.round(g)} ${Math.round(b)})`;
}

function mix(from, to, part) {
  return from.map((channel, at) => channel + (to[at] - channel) * part);
}

function luminance(color) {
  const [r, g, b] = color.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function hsl(hue, saturation, lightness) {
  const amplitude = saturation * Math.min(lightness, 1 - lightness);
  return [0, 8, 4].map((n) => {
    const k = (n + hue / 30) % 12;
    return 255 * (lightness - amplitude * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  });
}

/** FNV-1a. */
function hash(text) {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}

class Flame {
  constructor(element, hooks) {
    this.element = element;
    this.hooks = hooks;
    this.canvas = element.querySelector('canvas');
    this.space = element.querySelector('.space');
    this.items = element.querySelector('.items');
    this.focus = ROOT;
    this.cursor = ROOT;
    this.history = [];
    this.shown = { found: [], rows: 0 };
    this.item = 0;
    this.matches = null;
    this.highlight = null;
    new ResizeObserver(() => this.refresh()).observe(element);
    element.addEventListener('scroll', () => this.paint());
    element.addEventListener('keydown', (event) => this.key(event));
    element.addEventListener('focus', () => {
      if (this.tree && this.cursor === ROOT) this.moveTo(this.widest(this.focus), false);
      this.paint();
    });
    element.addEventListener('blur', () => this.paint());
    element.addEventListener('pointermove', (event) => this.hover(event));
    element.addEventListener('pointerleave', () => this.hooks.tip(null));
    element.addEventListener('click', (event) => {
      const box = this.boxAt(event);
      if (!box) return;
      const again = box.node === this.cursor;
      this.moveTo(box.node);
      if (again) this.zoom(box.node);
    });
    element.addEventListener('dblclick', (event) => {
      const box = this.boxAt(event);
      if (box) this.zoom(box.node);
    });
  }

  /** Another tree; zoom and cursor stay at the same path. */
  setTree(source, tree) {
    const before = this.tree;
    const keep = before && this.source === source;
    this.focus = keep ? tree.find(before, this.focus) : ROOT;
    this.cursor = keep ? tree.find(before, this.cursor) : ROOT;
    this.history = [];
    this.source = source;
    this.tree = tree;
    this.setState(this.state);
  }

  /** Nothing to draw, until there is another tree. */
  reset() {
    Object.assign(this, { tree: null, focus: ROOT, cursor: ROOT, highlight: null, motion: null });
    this.items.replaceChildren();
    this.element.removeAttribute('aria-activedescendant');
  }

  setState(state) {
    this.state = state;
    if (!this.tree) return;
    this.widths = new Widths(this.tree, state);
    // What is on the other side only cannot be looked at on this one.
    while (this.focus !== ROOT && this.widths.of[this.focus] <= 0) this.focus = this.tree.parent[this.focus];
    this.range = this.widths.range(this.focus);
    this.refresh();
    this.describe();
  }

  /** Which functions are searched for, by number; `null` for no search. */
  setMatches(matches) {
    this.matches = matches;
    this.paint();
  }

  /** Which function's frames stand out. */
  setHighlight(fn) {
    this.highlight = fn;
    this.paint();
  }

  zoom(node, remember = true) {
    if (node !== ROOT && (this.widths.of[node] <= 0 || this.tree.fn[node] === REST)) return;
    if (node === this.focus) return;
    performance.mark('perfbase-zoom-begin');
    if (remember) this.history.push(this.focus);
    this.focus = node;
    const from = this.range;
    const to = this.widths.range(node);
    this.hooks.zoomed(node);
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const begin = performance.now();
    this.motion = begin;
    const step = (now) => {
      if (this.motion !== begin || !this.tree) return;
      const part = isStill ? 1 : Math.min(1, (now - begin) / 180);
      const eased = 1 - (1 - part) ** 3;
      this.range = part >= 1 ? to : from.map((end, at) => end + (to[at] - end) * eased);
      this.refresh();
      if (part < 1) requestAnimationFrame(step);
      else performance.measure('perfbase-zoom', 'perfbase-zoom-begin');
    };
    step(begin + 8);
  }

  back() {
    if (this.history.length > 0) this.zoom(this.history.pop(), false);
    else if (this.focus !== ROOT) this.zoom(this.tree.parent[this.focus], false);
  }

  /** Lays out and paints. */
  refresh() {
    if (!this.tree || this.element.clientWidth === 0) return;
    const width = this.element.clientWidth;
    const isFirst = !this.isDrawn;
    this.shown = boxes(this.tree, this.widths, this.range, width);
    const rows = Math.max(FEWEST_ROWS, Math.min(MOST_ROWS, this.shown.rows));
    this.element.style.height = `${rows * ROW + 2}px`;
    this.space.style.height = `${this.shown.rows * ROW}px`;
    this.paint();
    if (isFirst) {
      this.isDrawn = true;
      performance.mark('perfbase-first-drawing');
    }
  }

  paint() {
    if (!this.tree) return;
    const { canvas, element } = this;
    this.palette ??= new Palette(this.items);
    const ratio = window.devicePixelRatio || 1;
    const width = element.clientWidth;
    const height = element.clientHeight;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const context = canvas.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = css(this.palette.surface);
    context.fillRect(0, 0, width, height);
    context.font = `11.5px ${this.palette.font}`;
    context.textBaseline = 'middle';
    this.character ??= context.measureText('abcdefghijklm_::ABCnop').width / 22;
    const top = element.scrollTop;
    for (const box of this.shown.found) {
      const y = box.row * ROW - top;
      if (y > -ROW && y < height) this.paintBox(context, box, y, width);
    }
  }

  paintBox(context, box, y, pixels) {
    const { tree, palette, source } = this;
    const left = Math.max(0, box.left);
    const right = Math.min(pixels, box.right);
    const wide = Math.max(right - left, 0.5);
    // A gap tells neighbours apart where there is room for it.
    const gap = wide > 3 ? 1 : 0;
    if (box.node === REST) {
      context.fillStyle = css(mix(palette.surface, palette.rest, 0.55));
      context.fillRect(left, y, wide, ROW - 1);
      return;
    }
    const fn = tree.fn[box.node];
    const state = stateOf(source, tree, box.node);
    const isMatch = this.matches !== null && fn !== REST && this.matches[fn] === 1;
    const isDim = this.matches !== null && !isMatch;
    let color = this.color(box.node, state);
    if (isDim) color = mix(palette.surface, color, 0.22);
    context.fillStyle = css(color);
    context.fillRect(left, y, wide - gap, ROW - 1);
    if (state === 'vanished' || state === 'left') this.hatch(context, left, y, wide - gap, color);
    if (state === 'new' || state === 'appeared') {
      context.fillStyle = css(mix(color, palette.text, 0.55));
      context.fillRect(left, y, wide - gap, 2);
    }
    const isSelected = this.highlight !== null && fn === this.highlight;
    if (isMatch || isSelected) {
      context.strokeStyle = css(isMatch ? palette.accent : palette.text);
      context.lineWidth = 1.5;
      context.strokeRect(left + 0.75, y + 0.75, Math.max(wide - gap - 1.5, 0.5), ROW - 2.5);
    }
    const characters = Math.floor((wide - gap - 7) / this.character);
    if (characters >= 3) {
      const sign = state === 'both' ? '' : `${STATES[state][0]} `;
      const name = fn === REST ? 'narrower frames' : source.list[fn].short;
      const text = fit(name, characters - sign.length);
      context.fillStyle = luminance(color) > 0.3 ? 'rgb(20 23 28)' : 'rgb(248 249 251)';
      if (isDim) context.fillStyle = css(palette.quiet);
      if (text) context.fillText(sign + text, left + 4, y + ROW / 2);
    }
    if (box.node === this.cursor) {
      const isHere = document.activeElement === this.element;
      context.lineWidth = isHere ? 3 : 2;
      context.strokeStyle = css(isHere ? palette.accent : palette.text);
      context.strokeRect(left + 1.5, y + 1.5, Math.max(wide - gap - 3, 1), ROW - 4);
    }
  }

  hatch(context, left, y, wide, color) {
    if (wide < 2) return;
    context.save();
    context.beginPath();
    context.rect(left, y, wide, ROW - 1);
    context.clip();
    context.strokeStyle = css(mix(color, this.palette.surface, 0.45));
    context.lineWidth = 1.5;
    context.beginPath();
    const first = Math.floor((left - ROW) / 7) * 7;
    for (let at = first; at < left + wide; at += 7) {
      context.moveTo(at, y + ROW);
      context.lineTo(at + ROW, y);
    }
    context.stroke();
    context.restore();
  }

  color(node, state) {
    const { tree, palette, source } = this;
    const { mode, weight, count } = this.state;
    if (state === 'rest') return palette.rest;
    const figures = count === 'self' ? tree.own : tree.total;
    if (mode === 'difference') {
      if (state === 'new') return palette.newer;
      if (state === 'vanished') return palette.gone;
      const [base, now] = tree.whole.map((whole) => whole || 1);
      const change = weight === 'share'
        ? figures[1][node] / now - figures[0][node] / base
        : (figures[1][node] - figures[0][node]) / Math.max(base, now);
      // The root lets small changes be seen, which are most of them.
      const strength = Math.abs(change) < 0.0005 ? 0 : Math.sqrt(Math.min(1, Math.abs(change) / 0.25));
      return mix(palette.equal, change > 0 ? palette.slower : palette.faster, strength * 0.92);
    }
    const side = mode === 'before' ? 0 : 1;
    const part = Math.min(1, figures[side][node] / (tree.whole[side] || 1));
    const heat = Math.sqrt(part);
    const { group } = source.list[tree.fn[node]];
    const isLibrary = ['core', 'alloc', 'std', ''].includes(group);
    const hue = isLibrary ? 215 : [28, 44, 14, 352, 62, 90, 168, 196, 262, 322][hash(group) % 10];
    const saturation = isLibrary ? 0.14 : 0.55;
    return palette.isDark
      ? hsl(hue, saturation * (0.5 + 0.4 * heat), 0.25 + 0.22 * heat)
      : hsl(hue, saturation * (0.7 + 0.3 * heat), 0.88 - 0.24 * heat);
  }

  boxAt(event) {
    if (!this.tree) return undefined;
    const { left, top } = this.element.getBoundingClientRect();
    const x = event.clientX - left - this.element.clientLeft;
    const row = Math.floor((event.clientY - top - this.element.clientTop + this.element.scrollTop) / ROW);
    return this.shown.found.find(
      (box) => box.node !== REST && box.row === row && x >= box.left && x < Math.max(box.right, box.left + 1),
    );
  }

  hover(event) {
    const box = this.boxAt(event);
    this.element.style.cursor = box ? 'pointer' : '';
    this.hooks.tip(box ? box.node : null, event.clientX, event.clientY);
  }

  widest(caller) {
    let best = ROOT;
    for (const callee of this.tree.callees(caller)) {
      const width = this.widths.of[callee];
      if (width > 0 && (best === ROOT || width > this.widths.of[best])) best = callee;
    }
    return best;
  }

  /** Callees of one caller that can be seen as it is shown. */
  siblings(node) {
    const all = [...this.tree.callees(this.tree.parent[node])].filter((n) => this.widths.of[n] > 0);
    return all;
  }

  key(event) {
    if (!this.tree || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = this.cursor;
    const beside = (step) => {
      if (at === ROOT) return;
      const all = this.siblings(at);
      const next = all[all.indexOf(at) + step];
      if (next !== undefined) this.moveTo(next);
    };
    const keys = {
      ArrowDown: () => this.moveTo(this.widest(at)),
      ArrowUp: () => at !== ROOT && this.moveTo(this.tree.parent[at]),
      ArrowLeft: () => beside(-1),
      ArrowRight: () => beside(1),
      Home: () => {
        const root = this.widest(ROOT);
        if (at === root && this.focus !== ROOT) this.zoom(ROOT);
        this.moveTo(root);
      },
      Enter: () => (at === this.focus && at !== ROOT ? this.back() : this.zoom(at)),
      ' ': () => this.zoom(at),
      Escape: () => this.back(),
      1: () => this.hooks.mode('before'),
      2: () => this.hooks.mode('after'),
      3: () => this.hooks.mode('difference'),
    };
    if (!(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  }

  /** The cursor goes to a frame, and the page follows it. */
  moveTo(node, tell = true) {
    if (node === ROOT) return;
    this.cursor = node;
    // Outside of what is drawn nobody would see it.
    const [from, to] = this.widths.range(node);
    const [low, high] = this.range;
    if (from < low - 1e-9 || to > high * (1 + 1e-9)) this.zoom(this.commonCaller(node));
    const y = this.tree.depth[node] * ROW;
    const { scrollTop, clientHeight } = this.element;
    if (y < scrollTop) this.element.scrollTop = y;
    if (y + ROW > scrollTop + clientHeight) this.element.scrollTop = y + ROW - clientHeight;
    this.describe();
    this.paint();
    if (tell) this.hooks.selected(node);
  }

  /** The nearest caller of both a node and what is zoomed to. */
  commonCaller(node) {
    let caller = this.focus;
    while (caller !== ROOT && !(node >= caller && node < this.tree.end[caller])) caller = this.tree.parent[caller];
    return caller;
  }

  /** Says where the cursor is: one item of the tree, anew each time, since that is what is read out. */
  describe() {
    this.items.replaceChildren();
    const node = this.cursor === ROOT && this.tree.nodes > 0 ? this.widest(ROOT) : this.cursor;
    if (node === ROOT) return;
    const all = this.siblings(node);
    const item = document.createElement('div');
    item.id = `${this.element.id}-item-${(this.item = 1 - this.item)}`;
    item.setAttribute('role', 'treeitem');
    item.setAttribute('aria-level', String(this.tree.depth[node] + 1));
    item.setAttribute('aria-posinset', String(all.indexOf(node) + 1));
    item.setAttribute('aria-setsize', String(all.length));
    item.setAttribute('aria-selected', String(node === this.cursor));
    item.textContent = this.hooks.words(node);
    this.items.append(item);
    this.element.setAttribute('aria-activedescendant', item.id);
  }

  /** Other colours. */
  recolor() {
    this.palette = null;
    this.paint();
  }
}
