// The call tree of one benchmark with its table: one explorer serves all benchmarks, so that mode,
// search and colours stay as they are from one to the next.

const MODES = [['before', 'Before'], ['after', 'After'], ['difference', 'Difference']];
const WEIGHTS = [['cost', 'Cost'], ['share', 'Share']];
const COUNTS = [['self', 'Self'], ['total', 'With callees']];

class Explorer {
  constructor(template, tip) {
    this.root = template.content.firstElementChild.cloneNode(true);
    this.tip = tip;
    this.state = { mode: 'difference', weight: 'cost', count: 'total' };
    this.fn = null;
    const find = (selector) => this.root.querySelector(selector);
    this.choice = find('.profile-choice');
    this.crumbs = find('.crumbs');
    this.status = find('.state');
    this.legend = find('.legend');
    this.panel = find('.selected');
    find('.flame').id = 'flame';
    this.flame = new Flame(find('.flame'), {
      zoomed: () => this.follow(),
      selected: (node) => this.select(this.tree.fn[node], node),
      words: (node) => this.words(node),
      tip: (node, x, y) => this.showTip(node, x, y),
      mode: (mode) => this.set('mode', mode),
    });
    this.table = new FunctionTable(find('.table-pane'), { selected: (fn) => this.select(fn) });
    find('form').addEventListener('submit', (event) => event.preventDefault());
    this.choice.addEventListener('change', () => this.open(this.sources[Number(this.choice.value)]));
    this.search = new Search(this, find('input[type=search]'), find('.found'));
    for (const [name, values] of [['mode', MODES], ['weight', WEIGHTS], ['count', COUNTS]]) {
      this.segments(find(`[data-name=${name}]`), name, values);
    }
  }

  segments(fieldset, name, values) {
    for (const [value, title] of values) {
      const label = element('label');
      const input = element('input');
      Object.assign(input, { type: 'radio', name: `explorer-${name}`, value });
      input.addEventListener('change', () => this.set(name, value));
      label.append(input, element('span', '', title));
      fieldset.append(label);
    }
  }

  /** Shows a benchmark's first call tree. */
  show(sources, mount) {
    mount.append(this.root);
    this.sources = sources;
    this.choice.replaceChildren(...sources.map((source, at) => {
      const option = element('option', '', source.measure);
      option.value = String(at);
      return option;
    }));
    this.root.querySelector('.measure').hidden = sources.length < 2;
    const same = sources.findIndex((source) => source.measure === this.source?.measure);
    this.choice.value = String(Math.max(same, 0));
    return this.open(sources[Math.max(same, 0)]);
  }

  async open(source) {
    const job = (this.opening = {});
    const isCurrent = () => this.opening === job;
    this.tree = null;
    this.source = source;
    this.fn = null;
    this.flame.reset();
    this.panel.hidden = false;
    this.panel.replaceChildren(element('p', 'quiet', 'Select a frame, or a function of the table, to see who calls it and whom it calls.'));
    this.status.textContent = 'Unpacking the call tree\u2026';
    try {
      await source.loadFunctions();
      const small = await source.loadSmall();
      if (!isCurrent()) return;
      this.adapt();
      if (small) {
        this.use(small, false);
        // A drawing first, and then all of it.
        await new Promise((resume) => requestAnimationFrame(() => setTimeout(resume, 0)));
      }
      const tree = await source.loadTree();
      if (isCurrent()) this.use(tree, true);
      performance.mark('perfbase-whole-tree');
    } catch (error) {
      if (isCurrent()) this.status.textContent = `This call tree cannot be shown: ${error.message}`;
      throw error;
    }
  }

  /** Controls for what there is. */
  adapt() {
    const { source, state } = this;
    if (!source.isComparison) state.mode = source.sides[0] ? 'before' : 'after';
    else if (!this.hadComparison) state.mode = 'difference';
    this.hadComparison = source.isComparison;
    if (!source.costs) state.weight = 'share';
    this.root.querySelector('[data-name=mode]').hidden = !source.isComparison;
    this.root.querySelector('[data-name=weight]').hidden = !source.costs;
    this.check();
  }

  check() {
    for (const [name, value] of Object.entries(this.state)) {
      for (const input of this.root.querySelectorAll(`[name=explorer-${name}]`)) input.checked = input.value === value;
    }
  }

  use(tree, isWhole) {
    this.tree = tree;
    this.isWhole = isWhole;
    this.flame.state = this.state;
    this.flame.setTree(this.source, tree);
    this.follow();
    this.showLegend();
    if (this.search.query) this.search.lookFor(this.search.query);
    if (this.fn !== null) this.select(this.fn, this.flame.cursor);
  }

  set(name, value) {
    if (this.state[name] === value || (name === 'mode' && !this.source.isComparison)) return;
    this.state = { ...this.state, [name]: value };
    this.check();
    this.flame.setState(this.state);
    this.showLegend();
    this.follow();
    if (this.fn !== null) this.showPanel();
  }

  // Figures and words.

  amount(value, side) {
    if (this.state.weight === 'cost' && this.source.costs) return this.source.costs.text(value);
    return PERCENT.text(value / (this.tree.whole[side] || 1));
  }

  /** The change of two weights, in what is shown. */
  delta(base, now) {
    if (this.state.weight === 'cost' && this.source.costs) return now - base;
    const [all, nowAll] = this.tree.whole.map((whole) => whole || 1);
    return now / nowAll - base / all;
  }

  change(base, now) {
    const delta = this.delta(base, now);
    if (this.state.weight === 'cost' && this.source.costs) return this.source.costs.change(delta);
    return `${PERCENT.signed(delta)} points`;
  }

  /** `68.74 ns → 83.75 ns, +15.01 ns, +21.8 %`, or one side's figure with its share. */
  figures(base, now) {
    if (!this.source.isComparison) {
      const side = this.source.sides[1] ? 1 : 0;
      const value = side ? now : base;
      const share = PERCENT.text(value / (this.tree.whole[side] || 1));
      return this.source.costs ? `${this.source.costs.text(value)}, ${share}` : share;
    }
    if (base === 0 && now === 0) return 'nothing';
    if (base === 0) return `${this.amount(now, 1)}, nothing before`;
    if (now === 0) return `nothing, ${this.amount(base, 0)} before`;
    const parts = [`${this.amount(base, 0)} \u2192 ${this.amount(now, 1)}`, this.change(base, now)];
    if (this.state.weight === 'cost') parts.push(ratio(base, now));
    return parts.filter(Boolean).join(', ');
  }

  /** A frame in words, for those who hear it. */
  words(node) {
    const { tree, source } = this;
    const state = stateOf(source, tree, node);
    const name = tree.fn[node] === REST ? 'narrower frames' : source.list[tree.fn[node]].name;
    const parts = [name, `with callees ${this.figures(tree.total[0][node], tree.total[1][node])}`,
      `self ${this.figures(tree.own[0][node], tree.own[1][node])}`];
    if (STATES[state][1]) parts.splice(1, 0, STATES[state][1]);
    const callees = [...tree.callees(node)].length;
    parts.push(callees === 1 ? '1 callee' : `${COUNT.number(callees)} callees`);
    return parts.join('; ');
  }

  showTip(node, x, y) {
    const { tip, tree, source } = this;
    tip.hidden = node === null || !tree;
    if (tip.hidden) return;
    const state = stateOf(source, tree, node);
    const fn = source.list[tree.fn[node]];
    tip.replaceChildren(breakable(element('strong'), fn ? fn.name.slice(0, 400) : 'narrower frames'));
    if (STATES[state][1]) tip.append(element('span', `state-word ${state}`, STATES[state].join(' ')));
    if (fn?.was) tip.append(element('span', 'quiet', `was ${fn.was.slice(0, 300)}`));
    const list = element('dl');
    for (const [title, columns] of [['with callees', tree.total], ['self', tree.own]]) {
      list.append(element('dt', '', title), element('dd', '', this.figures(columns[0][node], columns[1][node])));
    }
    tip.append(list);
    if (fn?.place) tip.append(element('span', 'quiet', fn.place));
    const { offsetWidth, offsetHeight } = tip;
    const left = Math.min(x + 14, window.innerWidth - offsetWidth - 8);
    const top = y + 18 + offsetHeight > window.innerHeight ? y - offsetHeight - 12 : y + 18;
    tip.style.left = `${Math.max(left, 8)}px`;
    tip.style.top = `${Math.max(top, 8)}px`;
  }

  showLegend() {
    const { mode, count } = this.state;
    const item = (className, text) => {
      const made = element('span', 'key');
      made.append(element('span', `swatch ${className}`), text);
      return made;
    };
    const entries = [];
    if (mode === 'difference') {
      entries.push(item('slower', count === 'self' ? 'grew itself' : 'grew'), item('faster', 'shrank'),
        item('equal', 'as before'), item('newer', '+ new'), item('gone', `${MINUS} vanished`),
        `${STATES.appeared[0]} ${STATES.left[0]} moved: another caller`, `${STATES.renamed[0]} renamed`);
      entries.push('width: the larger side');
    } else {
      entries.push('hue: crate', 'grey: standard library, system',
        count === 'self' ? 'strength: self' : 'strength: with callees', 'width: with callees');
    }
    this.legend.replaceChildren(...entries.map((entry) => (typeof entry === 'string' ? element('span', 'key', entry) : entry)));
  }

  // What follows the zoom.

  follow() {
    const { flame, tree, source } = this;
    if (!tree) return;
    const crumb = (title, node, isLast) => {
      const made = element(isLast ? 'span' : 'button', 'crumb', title);
      if (isLast) made.setAttribute('aria-current', 'location');
      else {
        made.type = 'button';
        made.addEventListener('click', () => { flame.zoom(node); flame.element.focus(); });
      }
      return made;
    };
    const path = flame.focus === ROOT ? [] : tree.path(flame.focus);
    const shown = path.length > 5 ? [path[0], null, ...path.slice(-3)] : path;
    this.crumbs.replaceChildren(crumb('All', ROOT, path.length === 0));
    for (const node of shown) {
      this.crumbs.append(element('span', 'separator', '\u203a'));
      if (node === null) this.crumbs.append(element('span', 'quiet', `${path.length - 4} more`));
      else this.crumbs.append(crumb(fit(source.list[tree.fn[node]].short, 44), node, node === flame.focus));
    }
    this.crumbs.querySelectorAll('.separator').forEach((one) => one.setAttribute('aria-hidden', 'true'));
    this.showStatus();
    this.sumUp();
  }

  showStatus() {
    const { tree, flame, source } = this;
    const at = flame.focus;
    const [base, now] = at === ROOT ? tree.whole : [tree.total[0][at], tree.total[1][at]];
    const what = at === ROOT ? 'All' : fit(source.list[tree.fn[at]].short, 60);
    const open = this.isWhole ? '' : '; narrow frames are being unpacked\u2026';
    this.status.textContent = `${what}: ${this.figures(base, now)}${open}`;
  }

  async sumUp() {
    const job = (this.summing = {});
    const { tree, source, flame } = this;
    const focus = flame.focus;
    const isCurrent = () => this.summing === job && this.tree === tree;
    this.sums = await sums(tree, focus, source.list.length, isCurrent);
    if (!this.sums) return;
    this.showTable(focus);
    this.search.sumUp();
  }

  showTable(focus) {
    const { source, tree, state, sums: found } = this;
    const isAll = focus === ROOT && this.isWhole;
    const counted = state.count === 'self' ? found.own : found.total;
    const at = state.count === 'self' ? 0 : 1;
    const name = {
      key: 'name',
      title: 'Function',
      text: (fn) => source.list[fn].short,
      remark: (fn) => (source.isComparison ? source.list[fn].remark : ''),
      value: (fn) => source.list[fn].lower,
    };
    const amount = (key, title, columns, side) => ({
      key,
      title,
      value: (fn) => columns[side][fn],
      text: (fn) => (columns[side][fn] > 0 ? this.plain(columns[side][fn], side) : '\u2013'),
    });
    let columns;
    let order;
    if (state.mode === 'difference') {
      const delta = (fn) => this.delta(counted[0][fn], counted[1][fn]);
      columns = [name, amount('before', 'Before', counted, 0), amount('after', 'After', counted, 1), {
        key: 'change',
        title: 'Change',
        value: delta,
        order: (fn) => Math.abs(delta(fn)),
        text: (fn) => this.plainChange(delta(fn)),
        tone: (fn) => this.tone(fn, at, delta(fn), isAll),
        mark: (fn) => (isAll && source.list[fn].significant & (1 << at)
          ? `beyond chance${source.list[fn].intervals[at] ? `: ${source.list[fn].intervals[at]}` : ''}` : ''),
      }];
      order = { key: 'change', down: true };
    } else {
      const side = state.mode === 'before' ? 0 : 1;
      columns = [name, amount('self', 'Self', found.own, side), amount('total', 'With callees', found.total, side)];
      order = { key: state.count === 'self' ? 'self' : 'total', down: true };
    }
    const side = state.mode === 'before' ? 0 : 1;
    const rows = [];
    for (let fn = 0; fn < source.list.length; fn++) {
      const weighs = state.mode === 'difference'
        ? counted[0][fn] > 0 || counted[1][fn] > 0 : found.total[side][fn] > 0;
      if (weighs && this.search.takes(fn)) rows.push(fn);
    }
    const unit = state.weight === 'cost' && source.costs ? source.costs.unit : '%';
    const where = focus === ROOT ? '' : `below ${fit(source.list[tree.fn[focus]].short, 36)}`;
    const what = state.mode === 'difference' ? COUNTS.find(([key]) => key === state.count)[1].toLowerCase()
      : source.isComparison ? state.mode : '';
    const caption = [`${COUNT.number(rows.length)} functions`, where, what, unit].filter(Boolean).join(', ');
    this.table.show({ caption, columns, rows, order, selected: this.fn });
  }

  /** Numbers of a column whose unit stands in its caption. */
  plain(value, side) {
    if (this.state.weight === 'cost' && this.source.costs) return this.source.costs.number(value);
    return PERCENT.number(value / (this.tree.whole[side] || 1));
  }

  plainChange(delta) {
    return this.state.weight === 'cost' && this.source.costs ? this.source.costs.signed(delta) : PERCENT.signed(delta);
  }

  /** Colour is for what is known: of all of a benchmark that is said, below a frame nobody tested it. */
  tone(fn, at, delta, isAll) {
    const isKnown = this.source.exact || (isAll && this.source.list[fn].significant & (1 << at));
    return !isKnown || delta === 0 ? '' : delta > 0 ? 'bad' : 'good';
  }

  /** Something else is searched for. */
  searched() {
    this.flame.setMatches(this.search.matches);
    if (!this.sums) return;
    this.showTable(this.flame.focus);
    this.search.sumUp();
  }

  // Selection.

  select(fn, node) {
    if (fn === REST) return;
    this.fn = fn;
    if (node === undefined) {
      node = this.widestFrame(fn);
      if (node !== ROOT) {
        this.flame.cursor = node;
        this.flame.moveTo(node, false);
      }
    }
    this.flame.setHighlight(fn);
    this.table.select(fn);
    this.showPanel();
  }

  widestFrame(fn) {
    const { tree, flame } = this;
    const first = Math.max(flame.focus, 0);
    const last = flame.focus === ROOT ? tree.nodes : tree.end[flame.focus];
    let best = ROOT;
    for (let node = first; node < last; node++) {
      if (tree.fn[node] === fn && (best === ROOT || flame.widths.of[node] > flame.widths.of[best])) best = node;
    }
    return best !== ROOT && flame.widths.of[best] > 0 ? best : ROOT;
  }

  async showPanel() {
    const job = (this.asking = {});
    const { source, tree, fn, panel, flame } = this;
    const isCurrent = () => this.asking === job && this.tree === tree;
    const found = source.list[fn];
    const around = await neighbours(tree, flame.focus, fn, isCurrent);
    if (!around) return;
    const title = element('h3');
    breakable(title, found.name);
    const facts = element('p', 'quiet');
    const parts = [found.remark, found.was && `was ${found.was}`, found.place, found.group];
    facts.textContent = parts.filter(Boolean).join(' \u00b7 ');
    const own = element('dl', 'facts');
    const row = (name, text) => {
      const pair = element('div');
      pair.append(element('dt', '', name), element('dd', '', text));
      own.append(pair);
    };
    const sum = this.sums;
    if (sum) {
      row('Self', this.figures(sum.own[0][fn], sum.own[1][fn]));
      row('With callees', this.figures(sum.total[0][fn], sum.total[1][fn]));
      row('Frames', COUNT.number(sum.frames[fn]));
      if (flame.focus === ROOT && found.intervals[0] && this.source.costs) {
        const at = this.state.count === 'self' ? 0 : 1;
        const unit = this.source.costs.unit;
        row(at === 0 ? 'Change of self' : 'Change with callees',
          `${found.intervals[at]} ${unit}${found.significant & (1 << at) ? ', beyond chance' : ', may be chance'}`);
      }
    }
    const lists = element('div', 'columns');
    lists.append(this.neighbourTable('Callers', around.callers, 'Nothing calls it: it is outermost.'),
      this.neighbourTable('Callees', around.callees, 'It calls nothing that was seen.'));
    panel.replaceChildren(title, facts, own, lists);
    panel.hidden = false;
  }

  neighbourTable(title, map, nothing) {
    const box = element('div');
    box.append(element('h4', '', title));
    const size = ([, [base, now]]) => (this.state.mode === 'difference'
      ? Math.max(base, now) : this.state.mode === 'before' ? base : now);
    const rows = [...map].sort((a, b) => size(b) - size(a)).slice(0, 12);
    if (rows.length === 0) {
      box.append(element('p', 'quiet', nothing));
      return box;
    }
    const table = element('table', 'neighbours');
    const body = element('tbody');
    for (const [fn, [base, now]] of rows) {
      const row = element('tr');
      const cell = element('th');
      cell.scope = 'row';
      if (fn < 0) cell.append(element('span', 'quiet', fn === ROOT - 1 ? '(outermost)' : '(narrower frames)'));
      else {
        const button = element('button', 'name');
        button.type = 'button';
        breakable(button, this.source.list[fn].short);
        button.addEventListener('click', () => this.select(fn));
        cell.append(button);
      }
      row.append(cell, element('td', 'number', this.figures(base, now)));
      body.append(row);
    }
    table.append(body);
    box.append(table);
    if (map.size > rows.length) box.append(element('p', 'quiet', `${COUNT.number(map.size - rows.length)} more`));
    return box;
  }
}
