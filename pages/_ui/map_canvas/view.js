// Which part of the map is on the canvas. Lengths are CSS pixels unless they are the layout's units.

const LARGEST_CELL = 256;
const MARGIN = 4;

class View {
  constructor() {
    Object.assign(this, { zoom: 1, x: 0, y: 0, width: 1, height: 1 });
  }

  fit(width, height, layout) {
    const centre = this.layout ? this.centre() : null;
    const same = this.layout && this.layout.nx === layout.nx && this.layout.ny === layout.ny;
    Object.assign(this, { width, height, layout });
    this.base = Math.max(0.05, Math.min((width - 2 * MARGIN) / layout.nx, (height - 2 * MARGIN) / layout.ny));
    this.zoom = Math.min(this.zoom, this.limit);
    if (centre && (same || this.zoom > 1)) this.centreOn(centre); // other cells, the same part of the map
    this.clamp();
  }

  // What is in the middle of the canvas, as shares of the map.
  centre() {
    const share = (room, start, cells) => (room / 2 - start) / (this.cell * cells);
    return [share(this.width, this.x, this.layout.nx), share(this.height, this.y, this.layout.ny)];
  }

  centreOn([right, down]) {
    this.x = this.width / 2 - right * this.cell * this.layout.nx;
    this.y = this.height / 2 - down * this.cell * this.layout.ny;
    this.clamp();
  }

  get cell() {
    return this.base * this.zoom;
  }

  get limit() {
    return Math.max(1, LARGEST_CELL / this.base);
  }

  // A map smaller than the canvas is centred; a larger one never leaves a gap wider than the margin.
  clamp() {
    const settle = (offset, room, length) =>
      length <= room - 2 * MARGIN ? (room - length) / 2 : Math.min(MARGIN, Math.max(room - MARGIN - length, offset));
    this.x = settle(this.x, this.width, this.cell * this.layout.nx);
    this.y = settle(this.y, this.height, this.cell * this.layout.ny);
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
    const { x, y, size } = this.layout.box(cell);
    return { x: this.x + x * this.cell, y: this.y + y * this.cell, size: size * this.cell };
  }

  // From the canvas to the layout.
  place(px, py) {
    return [(px - this.x) / this.cell, (py - this.y) / this.cell];
  }

  at(px, py) {
    return this.layout.at(...this.place(px, py));
  }

  // Cells that are at least partly on the canvas.
  cells() {
    const [left, top] = this.place(0, 0);
    const [right, bottom] = this.place(this.width, this.height);
    return this.layout.within({ left, top, right, bottom });
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
