// Call trees → boxes. Only what is at least half a pixel wide is looked at any further, so that the
// time for a drawing depends on its pixels and not on the tree.

/** Frames narrower than this are not drawn, in CSS pixels. */
const NARROWEST = 0.5;

/** Which widths a tree has, as it is shown. */
class Widths {
  constructor(tree, { mode, weight }) {
    this.tree = tree;
    const share = weight === 'share' ? 1 : 0;
    const side = mode === 'before' ? 0 : 1;
    if (mode === 'difference') {
      this.of = tree.both[share];
      this.extent = 0;
      for (const root of tree.callees(ROOT)) this.extent += this.of[root];
    } else {
      this.of = tree.total[side];
      // By cost both sides have one scale: the slower one is wider.
      this.extent = share ? tree.whole[side] : Math.max(...tree.whole);
    }
    this.extent ||= 1;
  }

  /** Where a node begins, and where it ends. */
  range(node) {
    if (node === ROOT) return [0, this.extent];
    const { tree, of } = this;
    let from = 0;
    for (const step of tree.path(node)) {
      for (const callee of tree.callees(tree.parent[step])) {
        if (callee === step) break;
        from += of[callee];
      }
    }
    return [from, from + of[node]];
  }
}

/** The boxes of a range of widths on so many pixels, row by row from the outermost functions. */
function boxes(tree, widths, [from, to], pixels) {
  const found = [];
  const { of } = widths;
  const scale = pixels / (to - from);
  const pending = [[ROOT, 0]];
  let rows = 0;
  while (pending.length > 0) {
    const [caller, start] = pending.pop();
    const row = caller === ROOT ? 0 : tree.depth[caller] + 1;
    const last = caller === ROOT ? tree.nodes : tree.end[caller];
    let at = start;
    // Narrow neighbours become one faint box.
    let faint = null;
    for (let node = caller + 1; node < last; node = tree.end[node]) {
      const width = of[node];
      const left = (at - from) * scale;
      const right = (at + width - from) * scale;
      at += width;
      if (right <= 0 || width <= 0) continue;
      if (left >= pixels) break;
      if (right - left < NARROWEST) {
        if (faint && left - faint.right < 1) faint.right = right;
        else found.push((faint = { node: REST, left, right, row }));
        continue;
      }
      rows = Math.max(rows, row + 1);
      found.push({ node, left, right, row });
      if (tree.end[node] > node + 1) pending.push([node, at - width]);
    }
  }
  return { found, rows };
}
