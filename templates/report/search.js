// What is searched for: functions by parts of their names.

class Search {
  constructor(explorer, input, output) {
    Object.assign(this, { explorer, input, output, query: '', matches: null });
    input.addEventListener('input', () => this.lookFor(input.value));
    input.addEventListener('keydown', (event) => this.key(event));
  }

  /** Whether a function is among those found; without a search all are. */
  takes(fn) {
    return this.matches === null || this.matches[fn] === 1;
  }

  lookFor(query) {
    this.query = query;
    this.hit = -1;
    const { source } = this.explorer;
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    this.matches = words.length === 0 ? null : new Uint8Array(source.list.length);
    if (this.matches) {
      source.list.forEach((fn, at) => {
        if (words.every((word) => fn.lower.includes(word))) this.matches[at] = 1;
      });
    }
    this.explorer.searched();
  }

  /** How much of what is zoomed to the functions found have together. */
  async sumUp() {
    const { matches } = this;
    const { tree, flame } = this.explorer;
    if (!matches) {
      this.output.textContent = '';
      return;
    }
    const job = (this.job = {});
    const isCurrent = () => this.job === job && this.explorer.tree === tree;
    const sum = [0, 0];
    const hits = [];
    let open = 0;
    const isMatch = (node) => tree.fn[node] !== REST && matches[tree.fn[node]] === 1;
    const done = await walk(tree, flame.focus, isCurrent, (node) => {
      if (!isMatch(node)) return;
      if (open++ === 0) {
        sum[0] += tree.total[0][node];
        sum[1] += tree.total[1][node];
        hits.push(node);
      }
    }, (node) => {
      if (isMatch(node)) open--;
    });
    if (!done) return;
    this.hits = hits.sort((a, b) => flame.widths.of[b] - flame.widths.of[a]);
    const functions = matches.reduce((count, match) => count + match, 0);
    const noun = functions === 1 ? 'function' : 'functions';
    this.output.textContent = functions === 0
      ? 'nothing found' : `${COUNT.number(functions)} ${noun}: ${this.explorer.figures(sum[0], sum[1])}`;
  }

  key(event) {
    const { flame } = this.explorer;
    if (event.key === 'Escape') {
      event.preventDefault();
      this.input.value = '';
      this.lookFor('');
      flame.element.focus();
    } else if (event.key === 'Enter' && this.hits?.length > 0) {
      event.preventDefault();
      this.hit = (this.hit + (event.shiftKey ? this.hits.length - 1 : 1)) % this.hits.length;
      flame.moveTo(this.hits[this.hit]);
    }
  }
}
