// Call trees: unpacked a slice at a time, so that the page stays at hand.

/** A slice of work is this long, in ms. */
const SLICE = 10;

/** Lets whatever waits go first. */
function breathe() {
  if (globalThis.scheduler?.yield) return globalThis.scheduler.yield();
  return new Promise((resume) => setTimeout(resume, 0));
}

/** Tells when a slice is over. */
class Pace {
  constructor() {
    this.end = performance.now() + SLICE;
  }

  get isOver() {
    return performance.now() > this.end;
  }

  async rest() {
    await breathe();
    this.end = performance.now() + SLICE;
  }
}

/** The bytes behind base64 of gzip. */
async function unpack(text) {
  const piece = 1 << 18;
  let at = 0;
  const bytes = new ReadableStream({
    async pull(controller) {
      if (at >= text.length) return controller.close();
      const raw = atob(text.slice(at, (at += piece)));
      const part = new Uint8Array(raw.length);
      for (let i = 0; i < raw.length; i++) part[i] = raw.charCodeAt(i);
      controller.enqueue(part);
    },
  }, { highWaterMark: 1 });
  const plain = bytes.pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

/** What was left out of a tree. */
const REST = -1;
const ROOT = -1;

/** Nodes in columns, callers first, each followed by all that it calls. Sides are 0 and 1. */
class Tree {
  constructor(nodes) {
    this.nodes = nodes;
    this.depth = new Uint32Array(nodes);
    this.parent = new Int32Array(nodes);
    this.fn = new Int32Array(nodes);
    /** The index behind the last node that a node calls at whatever depth. */
    this.end = new Uint32Array(nodes);
    this.own = [new Float64Array(nodes), new Float64Array(nodes)];
    this.total = [new Float64Array(nodes), new Float64Array(nodes)];
    /** Widths where both sides are drawn: of the larger one, by cost and by share. */
    this.both = [new Float64Array(nodes), new Float64Array(nodes)];
    this.whole = [0, 0];
  }

  static async read(bytes, about) {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const nodes = view.getUint32(0, true);
    const cursors = [];
    let start = 20;
    for (let column = 0; column < 4; column++) {
      cursors.push(start);
      start += view.getUint32(4 + 4 * column, true);
    }
    const next = (column) => {
      let value = 0;
      let unit = 1;
      for (;;) {
        const byte = bytes[cursors[column]++];
        value += (byte & 127) * unit;
        if (byte < 128) return value;
        unit *= 128;
      }
    };
    const tree = new Tree(nodes);
    const pace = new Pace();
    const path = [];
    let depth = -1;
    for (let node = 0; node < nodes; node++) {
      depth = node === 0 ? 0 : depth + 1 - next(0);
      if (node === 0) next(0);
      tree.depth[node] = depth;
      tree.parent[node] = depth > 0 ? path[depth - 1] : ROOT;
      path[depth] = node;
      tree.fn[node] = next(1) - 1;
      for (let side = 0; side < 2; side++) {
        if (about.sides[side]) tree.own[side][node] = next(2 + side) * about.unit;
      }
      if ((node & 8191) === 0 && pace.isOver) await pace.rest();
    }
    await tree.sum(pace);
    return tree;
  }

  async sum(pace) {
    const { own, total, both, end, parent, whole } = this;
    for (let node = 0; node < this.nodes; node++) {
      whole[0] += own[0][node];
      whole[1] += own[1][node];
      end[node] = node + 1;
      if ((node & 65535) === 0 && pace.isOver) await pace.rest();
    }
    const [base, now] = whole.map((weight) => weight || 1);
    for (let node = this.nodes - 1; node >= 0; node--) {
      const a = own[0][node];
      const b = own[1][node];
      total[0][node] += a;
      total[1][node] += b;
      both[0][node] += Math.max(a, b);
      both[1][node] += Math.max(a / base, b / now);
      const caller = parent[node];
      if (caller !== ROOT) {
        total[0][caller] += total[0][node];
        total[1][caller] += total[1][node];
        both[0][caller] += both[0][node];
        both[1][caller] += both[1][node];
        if (end[caller] < end[node]) end[caller] = end[node];
      }
      if ((node & 16383) === 0 && pace.isOver) await pace.rest();
    }
  }

  /** The callees of a node, or the outermost functions. */
  *callees(node) {
    const last = node === ROOT ? this.nodes : this.end[node];
    for (let callee = node + 1; callee < last; callee = this.end[callee]) yield callee;
  }

  /** Functions from the outermost to a node. */
  path(node) {
    const path = [];
    for (let at = node; at !== ROOT; at = this.parent[at]) path.push(at);
    return path.reverse();
  }

  /** The node of another tree with the same path, or the last caller that is there. */
  find(other, node) {
    let found = ROOT;
    for (const step of other.path(node)) {
      let next = ROOT;
      for (const callee of this.callees(found)) {
        if (this.fn[callee] === other.fn[step]) { next = callee; break; }
      }
      if (next === ROOT) break;
      found = next;
    }
    return found;
  }
}

/** Functions as `render::html::tree` writes them. */
function readFunctions(bytes) {
  return JSON.parse(new TextDecoder().decode(bytes)).map(
    ([name, short, group, place, on, was, remark, ownInterval, totalInterval, significant]) => ({
      name,
      short: short || name,
      group,
      place,
      on,
      was,
      remark,
      intervals: [ownInterval, totalInterval],
      significant,
      lower: name.toLowerCase(),
    }),
  );
}

/** One call tree of the page: what is known at once, and what is unpacked when it is asked for. */
class Source {
  constructor(about, key) {
    Object.assign(this, about);
    this.key = key;
    this.costs = about.scale ? new Scale(about.scale) : null;
    this.isComparison = about.sides[0] && about.sides[1];
  }

  part(name) {
    return document.getElementById(`${name}-${this.key}`);
  }

  async load(name) {
    const element = this.part(name);
    return element ? unpack(element.textContent.trim()) : null;
  }

  async loadFunctions() {
    this.list ??= readFunctions(await this.load('functions'));
    return this.list;
  }

  /** A small tree that is there soon, where the whole one is large. */
  async loadSmall() {
    return this.large ? Tree.read(await this.load('small'), this) : null;
  }

  async loadTree() {
    return Tree.read(await this.load('tree'), this);
  }
}
