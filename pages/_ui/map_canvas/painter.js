// Draws what is in view: filled cells as thumbnails or shades, empty ones as outlines, marks on top.

const DETACHED_FROM = 10; // cells at least this wide are drawn one by one
const RULED_FROM = 4; // below that they are ruled, and smaller ones touch
const THUMB_FROM = 20; // cells at least this wide show their picture
const DASHED_FROM = 24; // and below that, dashes would only flicker
const DETAIL_FROM = 64; // cells at least this wide show their number of items

class Painter {
  constructor(cells, marks, pictures) {
    this.cells = cells.getContext("2d");
    this.marks = marks.getContext("2d");
    this.pen = this.cells;
    this.pictures = pictures;
  }

  readTheme(root) {
    const style = getComputedStyle(root);
    const read = (name) => style.getPropertyValue(`--st-${name}`).trim();
    this.ink = read("text-color") || "#222";
    this.paper = read("background-color") || "#fff";
    this.line = read("border-color") || "#ccc";
    this.primary = read("primary-color") || "#f44";
    this.font = read("font") || "sans-serif";
  }

  // A clean canvas with one unit per CSS pixel, however dense the screen is.
  begin(pen, view) {
    const density = window.devicePixelRatio || 1;
    const width = Math.round(view.width * density);
    const height = Math.round(view.height * density);
    if (pen.canvas.width !== width || pen.canvas.height !== height) Object.assign(pen.canvas, { width, height });
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.clearRect(0, 0, view.width, view.height);
    this.pen = pen;
  }

  draw(view) {
    this.begin(this.cells, view);
    if (view.cell < DETACHED_FROM) this.drawRaster(view);
    else this.drawEach(view);
  }

  drawEach(view) {
    this.pictures.begin();
    let inView = 0;
    const { left, right, low, high } = view.range();
    for (let column = left; column <= right; column += 1) {
      for (let up = low; up <= high; up += 1) inView += this.drawCell(view, view.grid.cell(column, up));
    }
    this.pictures.finish(inView);
  }

  drawMarks(view, marks) {
    this.begin(this.marks, view);
    for (const cell of view.grid.targets) this.drawTarget(view.box(cell));
    if (marks.hovered >= 0) this.frame(view.box(marks.hovered), 1.5, this.ink);
    if (marks.selected >= 0) this.drawSelected(view.box(marks.selected));
    if (marks.focused >= 0) this.drawFocus(view.box(marks.focused));
  }

  // Small cells all at once: one pixel each, enlarged, then ruled.
  drawRaster(view) {
    const { pen } = this;
    const { nx, ny } = view.grid;
    if (this.rastered !== view.grid || this.rasterInk !== this.primary) this.raster = this.makeRaster(view.grid);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(this.raster, view.x, view.y, nx * view.cell, ny * view.cell);
    pen.imageSmoothingEnabled = true;
    pen.strokeStyle = this.paper;
    pen.lineWidth = 1;
    pen.beginPath();
    if (view.cell >= RULED_FROM) this.rule(view);
    pen.stroke();
    pen.strokeStyle = this.line;
    pen.strokeRect(view.x - 0.5, view.y - 0.5, nx * view.cell + 1, ny * view.cell + 1);
  }

  rule({ grid, x, y, cell, width, height }) {
    for (let column = 1; column < grid.nx; column += 1) {
      const at = Math.round(x + column * cell) + 0.5;
      this.pen.moveTo(at, Math.max(0, y));
      this.pen.lineTo(at, Math.min(height, y + grid.ny * cell));
    }
    for (let row = 1; row < grid.ny; row += 1) {
      const at = Math.round(y + row * cell) + 0.5;
      this.pen.moveTo(Math.max(0, x), at);
      this.pen.lineTo(Math.min(width, x + grid.nx * cell), at);
    }
  }

  makeRaster(grid) {
    const raster = document.createElement("canvas");
    Object.assign(raster, { width: grid.nx, height: grid.ny });
    const pen = raster.getContext("2d");
    for (let cell = 0; cell < grid.size; cell += 1) {
      const row = grid.row[cell];
      if (row < 0 && !grid.frontier[cell]) continue;
      pen.globalAlpha = row < 0 ? 0.22 : 1;
      pen.fillStyle = row < 0 ? this.primary : shade(grid.tones[row]);
      pen.fillRect(grid.column(cell), grid.ny - 1 - grid.height(cell), 1, 1);
    }
    this.rastered = grid;
    this.rasterInk = this.primary;
    return raster;
  }

  // Returns 1 where a picture is in view.
  drawCell(view, cell) {
    const box = inset(view.box(cell));
    const row = view.grid.row[cell];
    if (row < 0) return this.drawEmpty(box, view.grid.frontier[cell]);
    const address = view.cell >= THUMB_FROM ? view.grid.thumb(row) : "";
    const image = address && this.pictures.get(address);
    if (image) this.drawPicture(box, image, view.grid.tones[row]);
    else this.fill(box, shade(view.grid.tones[row]));
    if (view.cell >= DETAIL_FROM) this.drawCount(box, view.grid.cells.count[row]);
    return address ? 1 : 0;
  }

  drawEmpty(box, frontier) {
    const { pen } = this;
    pen.lineWidth = 1;
    pen.strokeStyle = frontier ? this.primary : this.line;
    pen.globalAlpha = frontier ? (box.size < DASHED_FROM ? 0.4 : 0.9) : 1;
    if (frontier && box.size >= DASHED_FROM) pen.setLineDash([3, 3]);
    pen.beginPath();
    pen.roundRect(box.x + 0.5, box.y + 0.5, box.size - 1, box.size - 1, corner(box));
    pen.stroke();
    pen.setLineDash([]);
    pen.globalAlpha = 1;
    return 0;
  }

  fill(box, color) {
    this.pen.fillStyle = color;
    this.pen.beginPath();
    this.pen.roundRect(box.x, box.y, box.size, box.size, corner(box));
    this.pen.fill();
  }

  // The middle of the picture, square, over a strip in the colour of its tone.
  drawPicture(box, image, tone) {
    const { pen } = this;
    const side = Math.min(image.naturalWidth, image.naturalHeight);
    const strip = Math.max(2, Math.min(6, box.size * 0.06));
    pen.save();
    pen.beginPath();
    pen.roundRect(box.x, box.y, box.size, box.size, corner(box));
    pen.clip();
    pen.imageSmoothingQuality = "high";
    const [sx, sy] = [(image.naturalWidth - side) / 2, (image.naturalHeight - side) / 2];
    pen.drawImage(image, sx, sy, side, side, box.x, box.y, box.size, box.size);
    pen.fillStyle = shade(tone);
    pen.fillRect(box.x, box.y + box.size - strip, box.size, strip);
    pen.restore();
  }

  drawCount(box, count) {
    if (count < 2) return;
    const { pen } = this;
    pen.font = `600 12px ${this.font}`;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    const width = pen.measureText(String(count)).width + 10;
    pen.fillStyle = this.paper;
    pen.globalAlpha = 0.88;
    pen.beginPath();
    pen.roundRect(box.x + box.size - width - 5, box.y + 5, width, 18, 9);
    pen.fill();
    pen.globalAlpha = 1;
    pen.fillStyle = this.ink;
    pen.fillText(String(count), box.x + box.size - 10, box.y + 14.5);
  }

  drawTarget({ x, y, size }) {
    const { pen } = this;
    const [cx, cy] = [x + size / 2, y + size / 2];
    const radius = Math.max(2.5, Math.min(18, size * 0.26));
    for (const [color, width] of [[this.paper, 5], [this.ink, 2]]) {
      pen.strokeStyle = color;
      pen.lineWidth = Math.min(width, Math.max(1, size / 6));
      pen.beginPath();
      pen.arc(cx, cy, radius, 0, 2 * Math.PI);
      for (const [right, up] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        pen.moveTo(cx + right * radius * 0.45, cy + up * radius * 0.45);
        pen.lineTo(cx + right * radius * 1.5, cy + up * radius * 1.5);
      }
      pen.stroke();
    }
  }

  drawSelected(box) {
    this.frame(box, 7, this.paper, { least: 12 });
    this.frame(box, 4, this.primary, { least: 12 });
  }

  drawFocus(box) {
    this.frame(box, 5, this.paper);
    this.frame(box, 2.5, this.ink, { dash: [5, 3] });
  }

  frame({ x, y, size }, width, color, { dash = [], least = 6 } = {}) {
    const { pen } = this;
    const side = Math.max(size, least); // in a crowded map a mark is larger than its cell
    pen.lineWidth = width;
    pen.strokeStyle = color;
    pen.setLineDash(dash);
    pen.beginPath();
    pen.roundRect(x + (size - side) / 2, y + (size - side) / 2, side, side, corner({ size: side }) + 1);
    pen.stroke();
    pen.setLineDash([]);
  }
}

function corner({ size }) {
  return Math.min(6, size * 0.12);
}

// Cells keep a gap between them that grows with their size, up to 4 pixels.
function inset({ x, y, size }) {
  const gap = Math.min(4, Math.max(1, size * 0.06));
  return { x: x + gap / 2, y: y + gap / 2, size: size - gap };
}
