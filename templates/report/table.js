// What functions cost below a frame, and who calls whom. All of it is summed up from the tree, in
// slices; what was begun for an earlier question ends when another is asked.

/** Goes through a frame and all below it, callers first. `enter` and `leave` get the node. */
async function walk(tree, node, isCurrent, enter, leave) {
  const pace = new Pace();
  const path = [];
  const last = node === ROOT ? tree.nodes : tree.end[node];
  for (let at = Math.max(node, 0); at < last; at++) {
    while (path.length > 0 && tree.end[path[path.length - 1]] <= at) leave(path.pop());
    path.push(at);
    enter(at);
    if ((at & 8191) === 0 && pace.isOver) {
      await pace.rest();
      if (!isCurrent()) return false;
    }
  }
  while (path.length > 0) leave(path.pop());
  return isCurrent();
}

/** Self and total weights of all functions at or below a node; a function that is on a path several
 * times counts once in its total. `null` when it is no longer asked for. */
async function sums(tree, node, functions, isCurrent) {
  const own = [new Float64Array(functions), new Float64Array(functions)];
  const total = [new Float64Array(functions), new Float64Array(functions)];
  const frames = new Uint32Array(functions);
  const open = new Uint32Array(functions);
  const rest = [0, 0];
  const done = await walk(tree, node, isCurrent, (at) => {
    const fn = tree.fn[at];
    if (fn === REST) {
      rest[0] += tree.own[0][at];
      rest[1] += tree.own[1][at];
      return;
    }
    own[0][fn] += tree.own[0][at];
    own[1][fn] += tree.own[1][at];
    frames[fn]++;
    if (open[fn]++ === 0) {
      total[0][fn] += tree.total[0][at];
      total[1][fn] += tree.total[1][at];
    }
  }, (at) => {
    if (tree.fn[at] !== REST) open[tree.fn[at]]--;
  });
  return done ? { own, total, frames, rest } : null;
}

/** Who calls a function, and whom it calls, at or below a node: maps of functions to weights. */
async function neighbours(tree, node, fn, isCurrent) {
  const callers = new Map();
  const callees = new Map();
  const add = (map, key, at) => {
    const sum = map.get(key) ?? [0, 0];
    sum[0] += tree.total[0][at];
    sum[1] += tree.total[1][at];
    map.set(key, sum);
  };
  let open = 0;
  // A callee that is under way in a call by the function already is part of that call.
  const under = new Map();
  const done = await walk(tree, node, isCurrent, (at) => {
    const own = tree.fn[at];
    const caller = tree.parent[at];
    if (own === fn && open++ === 0) add(callers, caller === ROOT ? ROOT - 1 : tree.fn[caller], at);
    if (caller !== ROOT && at !== node && tree.fn[caller] === fn && own !== REST) {
      const before = under.get(own) ?? 0;
      if (before === 0) add(callees, own, at);
      under.set(own, before + 1);
    }
  }, (at) => {
    const own = tree.fn[at];
    const caller = tree.parent[at];
    if (own === fn) open--;
    if (caller !== ROOT && at !== node && tree.fn[caller] === fn && own !== REST) under.set(own, under.get(own) - 1);
  });
  return done ? { callers, callees } : null;
}

/** An element with text and class. */
function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** A name whose segments may go to the next line. */
function breakable(parent, name) {
  name.split('::').forEach((segment, at) => {
    if (at > 0) parent.append('::', document.createElement('wbr'));
    parent.append(segment);
  });
  return parent;
}

/** Rows that are added at a time. */
const ROWS = 60;

/** The sortable table of functions. */
class FunctionTable {
  constructor(pane, hooks) {
    this.hooks = hooks;
    this.scroll = pane.querySelector('.table-scroll');
    this.table = pane.querySelector('table');
    this.caption = pane.querySelector('caption');
    this.head = pane.querySelector('thead tr');
    this.body = pane.querySelector('tbody');
    this.more = pane.querySelector('.more-rows');
    this.sorted = {};
    this.more.addEventListener('click', () => {
      this.limit += 4 * ROWS;
      this.fill();
    });
  }

  /** `columns`: {key, title, value(fn), text(fn), tone?(fn)}; the first is the function's name. */
  show({ caption, columns, rows, order, selected }) {
    Object.assign(this, { columns, rows, selected });
    this.kind = columns.map((column) => column.key).join();
    this.sorted[this.kind] ??= order;
    this.limit = ROWS;
    this.caption.textContent = caption;
    const focused = this.head.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    this.head.replaceChildren(...columns.map((column) => this.heading(column)));
    if (focused) this.head.querySelector(`[data-key="${focused}"]`)?.focus();
    this.sort();
  }

  heading(column) {
    const cell = element('th', column.key === 'name' ? '' : 'number');
    cell.scope = 'col';
    const { key, down } = this.sorted[this.kind];
    cell.setAttribute('aria-sort', key !== column.key ? 'none' : down ? 'descending' : 'ascending');
    const button = element('button', 'sort', column.title);
    button.type = 'button';
    button.dataset.key = column.key;
    button.append(element('span', 'direction', key !== column.key ? '' : down ? ' \u25be' : ' \u25b4'));
    button.lastChild.setAttribute('aria-hidden', 'true');
    button.addEventListener('click', () => {
      const now = this.sorted[this.kind];
      this.sorted[this.kind] = { key: column.key, down: now.key === column.key ? !now.down : column.key !== 'name' };
      this.head.replaceChildren(...this.columns.map((each) => this.heading(each)));
      this.head.querySelector(`[data-key="${column.key}"]`).focus();
      this.sort();
    });
    cell.append(button);
    return cell;
  }

  sort() {
    const { key, down } = this.sorted[this.kind];
    const column = this.columns.find((each) => each.key === key);
    const sign = down ? -1 : 1;
    const value = column.order ?? column.value;
    this.rows.sort((a, b) => {
      const [left, right] = [value(a), value(b)];
      if (left === right) return a - b;
      return sign * (left < right ? -1 : 1);
    });
    this.scroll.scrollTop = 0;
    this.fill();
  }

  fill() {
    const hold = document.activeElement === this.more;
    this.body.replaceChildren(...this.rows.slice(0, this.limit).map((fn) => this.row(fn)));
    const left = this.rows.length - this.limit;
    this.more.hidden = left <= 0;
    this.more.textContent = `Show more (${COUNT.number(Math.max(left, 0))} left)`;
    if (hold && this.more.hidden) this.scroll.focus();
  }

  row(fn) {
    const row = element('tr', fn === this.selected ? 'current' : '');
    row.dataset.fn = fn;
    for (const column of this.columns) {
      if (column.key === 'name') {
        const cell = element('th');
        cell.scope = 'row';
        const button = element('button', 'name');
        button.type = 'button';
        if (fn === this.selected) button.setAttribute('aria-current', 'true');
        breakable(button, column.text(fn));
        button.addEventListener('click', () => this.hooks.selected(fn));
        cell.append(button);
        const remark = column.remark(fn);
        if (remark) cell.append(' ', element('span', 'remark', remark));
        row.append(cell);
        continue;
      }
      const cell = element('td', `number ${column.tone?.(fn) ?? ''}`, column.text(fn));
      const mark = column.mark?.(fn);
      if (mark) {
        const star = element('abbr', '', '*');
        star.title = mark;
        cell.append(star);
      }
      row.append(cell);
    }
    return row;
  }

  /** Another function is selected: its row is marked and brought into view. */
  select(fn) {
    this.selected = fn;
    const at = this.rows?.indexOf(fn) ?? -1;
    if (at >= this.limit && at >= 0) {
      this.limit = at + ROWS;
      this.fill();
      return this.reveal();
    }
    for (const row of this.body.rows) {
      const isCurrent = Number(row.dataset.fn) === fn;
      row.className = isCurrent ? 'current' : '';
      const button = row.querySelector('button');
      if (isCurrent) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    }
    this.reveal();
  }

  reveal() {
    const row = this.body.querySelector('tr.current');
    if (!row) return;
    const top = row.offsetTop - this.head.offsetHeight;
    const bottom = row.offsetTop + row.offsetHeight;
    if (top < this.scroll.scrollTop) this.scroll.scrollTop = top;
    else if (bottom > this.scroll.scrollTop + this.scroll.clientHeight) this.scroll.scrollTop = bottom - this.scroll.clientHeight;
  }
}
