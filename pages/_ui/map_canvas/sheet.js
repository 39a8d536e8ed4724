// The items of the map, and what is in its cells at a moment of the study. No DOM.

const WEAK = 0.1; // this share of the filled cells, those of lowest quality, are weak
const FEW = 10; // with fewer filled cells none is

class Sheet {
  constructor(columns) {
    this.items = columns.items;
    this.cells = decoded(columns.cells, Int32Array);
    this.quality = decoded(columns.quality, Float64Array);
    this.positions = columns.positions && decoded(columns.positions, Int32Array);
    this.layout = columns.tiling ? new EvenLayout(columns.tiling) : new GridLayout(columns.dims);
  }

  position(row) {
    return this.positions ? this.positions[row] : row;
  }

  // Where the item at a position of the study stands; −1 where it is not here.
  at(position) {
    if (!this.positions) return position < this.items ? position : -1;
    this.rows ??= new Map(Array.from(this.positions, (there, row) => [there, row]));
    return this.rows.get(position) ?? -1;
  }
}

// One number per item, by which it is coloured.
class Tones {
  constructor(sheet, by, colours) {
    this.by = by;
    this.names = colours?.names ?? [];
    const own = { quality: () => sheet.quality, age: () => Float64Array.from(sheet.quality.keys()), count: () => [] };
    this.values = colours ? decoded(colours.values, Float32Array) : own[by]();
    [this.low, this.high] = extent(this.values);
  }

  // Where in the palette.
  paint(row, count, most) {
    if (this.names.length) return kind(this.values[row]);
    if (this.by === "count") return shade(most > 1 ? Math.log(count) / Math.log(most) : 0);
    return shade((this.values[row] - this.low) / Math.max(this.high - this.low, 1e-12));
  }
}

// What is in each cell when only the first ``until`` items are there; those that pass come before those that do not.
class Filling {
  constructor(sheet, until, passes) {
    const { size } = sheet.layout;
    this.sheet = sheet;
    this.until = until;
    this.passes = passes;
    this.row = new Int32Array(size).fill(-1); // cell → its best item
    this.count = new Int32Array(size);
    for (let row = 0; row < until; row += 1) this.put(row, sheet.cells[row]);
    this.filled = this.row.reduce((sum, row) => sum + (row >= 0), 0);
    this.most = this.count.reduce((most, count) => Math.max(most, count), 1);
    this.frontier = this.findFrontier();
    this.weak = this.findWeak();
  }

  put(row, cell) {
    const held = this.row[cell];
    const [passes, quality] = [this.passing(row), this.sheet.quality];
    if (passes) this.count[cell] += 1;
    const better = held < 0 || (passes === this.passing(held) ? quality[row] > quality[held] : passes);
    if (better) this.row[cell] = row;
  }

  passing(row) {
    return !this.passes || (this.passes[row >> 3] >> (row & 7) & 1) === 1;
  }

  faint(cell) {
    return this.row[cell] >= 0 && this.count[cell] === 0;
  }

  findFrontier() {
    const frontier = new Uint8Array(this.row.length);
    for (let cell = 0; cell < frontier.length; cell += 1) {
      if (this.row[cell] >= 0) for (const other of this.sheet.layout.beside(cell)) if (this.row[other] < 0) frontier[other] = 1;
    }
    return frontier;
  }

  findWeak() {
    const weak = new Uint8Array(this.row.length);
    if (this.filled < FEW) return weak;
    const held = [...this.row.keys()].filter((cell) => this.row[cell] >= 0);
    const quality = (cell) => this.sheet.quality[this.row[cell]];
    held.sort((a, b) => quality(a) - quality(b) || a - b);
    for (const cell of held.slice(0, Math.floor(WEAK * held.length))) weak[cell] = 1;
    return weak;
  }

  // Places in the palette, by cell.
  paints(tones) {
    return Uint16Array.from(this.row, (row, cell) => (row < 0 ? 0 : tones.paint(row, Math.max(1, this.count[cell]), this.most)));
  }

  contents(cell, tones) {
    const row = this.row[cell];
    if (row < 0) return this.frontier[cell] ? "empty cell beside a filled one" : "empty cell";
    const count = Math.max(1, this.count[cell]);
    const said = [`quality ${this.sheet.quality[row].toFixed(2)}`, `${count} ${count === 1 ? "item" : "items"}`];
    if (this.weak[cell]) said.push("weak");
    if (this.faint(cell)) said.push("filtered out");
    if (tones.names.length) said.push(tones.names[tones.values[row]] ?? "nobody yet");
    else if (tones.by === "uncertainty") said.push(`uncertain by ${tones.values[row].toFixed(1)} cells`);
    return said.join(", ");
  }
}

function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? [0, 1] : [low, high];
}
