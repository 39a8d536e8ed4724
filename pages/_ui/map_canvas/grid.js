// The map's cells: where they are, what is in them, how they are called. No DOM.

const VIRIDIS = ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];
const SHADES = viridisTable(256);

function viridisTable(length) {
  const stops = VIRIDIS.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  return Array.from({ length }, (_, step) => {
    const place = (step / (length - 1)) * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2);
    const mixed = stops[low].map((value, part) => value + (stops[low + 1][part] - value) * (place - low));
    return `rgb(${mixed.map(Math.round).join(" ")})`;
  });
}

function shade(value) {
  return SHADES[Math.max(0, Math.min(255, Math.round(value * 255)))];
}

class Grid {
  constructor(data) {
    [this.nx, this.ny] = data.dims;
    this.cells = data.cells;
    this.size = this.nx * this.ny;
    this.row = new Int32Array(this.size).fill(-1); // cell → row of the columns, −1 where empty
    this.cells.index.forEach((cell, row) => (this.row[cell] = row));
    this.frontier = this.findFrontier();
    this.targets = new Set(data.targets);
    this.tones = this.findTones(data.color_by);
  }

  // Axis 0 runs to the right and axis 1 upwards; the flat index has axis 1 running fastest.
  column(cell) {
    return Math.floor(cell / this.ny);
  }

  height(cell) {
    return cell % this.ny;
  }

  cell(column, height) {
    const inside = column >= 0 && height >= 0 && column < this.nx && height < this.ny;
    return inside ? column * this.ny + height : -1;
  }

  findFrontier() {
    const frontier = new Uint8Array(this.size);
    for (const cell of this.cells.index) {
      for (const [right, up] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        const beside = this.cell(this.column(cell) + right, this.height(cell) + up);
        if (beside >= 0 && this.row[beside] < 0) frontier[beside] = 1;
      }
    }
    return frontier;
  }

  // One number in [0, 1] per row: the quality itself, or the count on a logarithmic scale.
  findTones(colorBy) {
    if (colorBy !== "count") return this.cells.quality;
    const most = Math.max(1, this.highestCount);
    return this.cells.count.map((count) => Math.log1p(count - 1) / Math.max(Math.log(most), 1e-9));
  }

  get highestCount() {
    return this.cells.count.reduce((most, count) => Math.max(most, count), 0);
  }

  thumb(row) {
    const rest = this.cells.thumb[row];
    return rest == null ? "" : this.cells.thumb_base + rest;
  }

  preview(row) {
    const rest = this.cells.preview?.[row];
    return rest == null ? this.thumb(row) : this.cells.preview_base + rest;
  }

  place(cell) {
    return `column ${this.column(cell) + 1}, row ${this.height(cell) + 1}`;
  }

  contents(cell) {
    const row = this.row[cell];
    const aimed = this.targets.has(cell) ? ", targeted" : "";
    if (row < 0) return `empty cell${aimed}`;
    const count = this.cells.count[row];
    return `quality ${this.cells.quality[row].toFixed(2)}, ${count} ${count === 1 ? "item" : "items"}${aimed}`;
  }
}
