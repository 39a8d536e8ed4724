// Which part of the map is on the canvas. Lengths are CSS pixels; the grid's origin is its top left corner.

const LARGEST_CELL = 256;

class View {
  constructor() {
    this.zoom = 1;
    this.x = 0;
    this.y = 0;
    this.width = 1;
    this.height = 1;
  }

  fit(width, height, grid) {
    const centre = this.grid ? [(this.width / 2 - this.x) / this.cell, (this.height / 2 - this.y) / this.cell] : null;
    const sameGrid = this.grid && this.grid.nx === grid.nx && this.grid.ny === grid.ny;
    Object.assign(this, { width, height, grid });
    this.base = Math.max(0.05, Math.min((width - 8) / grid.nx, (height - 8) / grid.ny));
    if (!sameGrid) this.zoom = 1;
    this.zoom = Math.min(this.zoom, this.limit);
    if (centre && sameGrid) {
      this.x = width / 2 - centre[0] * this.cell;
      this.y = height / 2 - centre[1] * this.cell;
    }
    this.clamp();
  }

  get cell() {
    return this.base * this.zoom;
  }

  get limit() {
    return Math.max(1, LARGEST_CELL / this.base);
  }

  // A grid smaller than the canvas is centred; a larger one never leaves a gap wider than the margin.
  clamp() {
    const margin = 4;
    const settle = (offset, room, length) =>
      length <= room - 2 * margin ? (room - length) / 2 : Math.min(margin, Math.max(room - margin - length, offset));
    this.x = settle(this.x, this.width, this.cell * this.grid.nx);
    this.y = settle(this.y, this.height, this.cell * this.grid.ny);
  }

  zoomAbout(px, py, factor) {
    const zoom = Math.max(1, Math.min(this.limit, this.zoom * factor));
    const change = zoom / this.zoom;
    if (Math.abs(change - 1) < 1e-6) return false;
    this.zoom = zoom;
    this.x = px - (px - this.x) * change;
    this.y = py - (py - this.y) * change;
    this.clamp();
    return true;
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.clamp();
  }

  reset() {
    this.zoom = 1;
    this.clamp();
  }

  box(cell) {
    const size = this.cell;
    const rowFromTop = this.grid.ny - 1 - this.grid.height(cell);
    return { x: this.x + this.grid.column(cell) * size, y: this.y + rowFromTop * size, size };
  }

  at(px, py) {
    const column = Math.floor((px - this.x) / this.cell);
    const rowFromTop = Math.floor((py - this.y) / this.cell);
    return this.grid.cell(column, this.grid.ny - 1 - rowFromTop);
  }

  // Columns and heights that are at least partly on the canvas.
  range() {
    const { nx, ny } = this.grid;
    const from = (offset) => Math.floor(-offset / this.cell);
    const to = (offset, room) => Math.floor((room - offset) / this.cell);
    const top = Math.max(0, from(this.y));
    const bottom = Math.min(ny - 1, to(this.y, this.height));
    return {
      left: Math.max(0, from(this.x)), right: Math.min(nx - 1, to(this.x, this.width)),
      low: ny - 1 - bottom, high: ny - 1 - top,
    };
  }

  // True where the view had to move.
  reveal(cell) {
    const { x, y, size } = this.box(cell);
    const pad = Math.min(size / 2, 24);
    const shift = (start, room) => Math.max(0, pad - start) + Math.min(0, room - pad - (start + size));
    const [dx, dy] = [shift(x, this.width), shift(y, this.height)];
    this.pan(dx, dy);
    return dx !== 0 || dy !== 0;
  }
}
