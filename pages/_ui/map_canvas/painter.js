// Draws what is in view: filled cells as pictures or shades, empty ones as outlines.

const DETACHED_FROM = 10; // cells at least this wide are drawn one by one
const RULED_FROM = 4; // below that they are ruled, and smaller ones touch
const THUMB_FROM = 20; // cells at least this wide show their picture
const ROUND_FROM = 16; // and have round corners
const DASHED_FROM = 24; // and below that, dashes would only flicker
const DETAIL_FROM = 64; // cells at least this wide show their number of items
const FAINT = 0.16;
const GRAIN = 8; // pixels a cell gets in the kept image of cells that are not square

class Painter {
  constructor(cells, pictures) {
    this.pen = cells.getContext("2d");
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
    this.raster = undefined;
  }

  // ``paints``: by cell, the place in the palette.
  show(filling, paints) {
    Object.assign(this, { filling, paints, raster: undefined });
  }

  draw(view, hurried = false) {
    cleared(this.pen, view);
    if (view.cell < (hurried ? THUMB_FROM : DETACHED_FROM)) return this.drawAtOnce(view);
    this.pictures.begin();
    this.level = this.pictures.level(view.cell * (window.devicePixelRatio || 1));
    this.drawEmpties(view);
    for (const cell of this.inView) this.drawFilled(view, cell);
    return this.pictures.finish();
  }

  // Small cells all at once: an image of the whole map, kept until what is in the cells changes, and enlarged.
  drawAtOnce(view) {
    const { pen } = this;
    const { nx, ny, even } = view.layout;
    this.raster ??= even ? this.outlinedRaster(view.layout) : this.squareRaster(view.layout);
    pen.imageSmoothingEnabled = even;
    pen.drawImage(this.raster, view.x, view.y, nx * view.cell, ny * view.cell);
    pen.imageSmoothingEnabled = true;
    if (view.cell >= RULED_FROM && !even) this.rule(view);
    pen.strokeStyle = this.line;
    pen.strokeRect(view.x - 0.5, view.y - 0.5, nx * view.cell + 1, ny * view.cell + 1);
  }

  rule({ layout, x, y, cell, width, height }) {
    const { pen } = this;
    pen.strokeStyle = this.paper;
    pen.lineWidth = 1;
    pen.beginPath();
    for (let column = 1; column < layout.nx; column += 1) {
      const at = Math.round(x + column * cell) + 0.5;
      pen.moveTo(at, Math.max(0, y));
      pen.lineTo(at, Math.min(height, y + layout.ny * cell));
    }
    for (let row = 1; row < layout.ny; row += 1) {
      const at = Math.round(y + row * cell) + 0.5;
      pen.moveTo(Math.max(0, x), at);
      pen.lineTo(Math.min(width, x + layout.nx * cell), at);
    }
    pen.stroke();
  }

  // Red, green, blue and opacity of a cell in the image of the whole map; none where it is empty.
  wash(cell) {
    if (this.filling.row[cell] < 0) return this.filling.frontier[cell] ? [...this.primaryRgb, 56] : undefined;
    return [...PALETTE[this.paints[cell]], this.filling.faint(cell) ? Math.round(255 * FAINT) : 255];
  }

  get primaryRgb() {
    if (this.resolvedPrimary !== this.primary) {
      this.resolvedPrimary = this.primary;
      this.rgb = resolved(this.primary);
    }
    return this.rgb;
  }

  // A pixel per cell.
  squareRaster(layout) {
    const pen = blank(layout.nx, layout.ny);
    const image = pen.createImageData(layout.nx, layout.ny);
    for (let cell = 0; cell < layout.size; cell += 1) {
      const wash = this.wash(cell);
      if (wash) image.data.set(wash, 4 * (layout.column(cell) + layout.nx * (layout.ny - 1 - layout.height(cell))));
    }
    pen.putImageData(image, 0, 0);
    return pen.canvas;
  }

  outlinedRaster(layout) {
    const side = Math.ceil(layout.nx * GRAIN);
    const pen = blank(side, side);
    pen.scale(side / layout.nx, side / layout.ny);
    pen.lineWidth = 1 / GRAIN;
    pen.strokeStyle = this.paper;
    for (let cell = 0; cell < layout.size; cell += 1) {
      const wash = this.wash(cell);
      if (!wash) continue;
      pen.fillStyle = `rgb(${wash[0]} ${wash[1]} ${wash[2]} / ${wash[3] / 255})`;
      trace(pen, layout.outline(cell));
      pen.fill();
      pen.stroke();
    }
    return pen.canvas;
  }

  // All outlines of empty cells in two strokes; notes the filled ones in view.
  drawEmpties(view) {
    const { pen, filling } = this;
    this.inView = [];
    const [bare, frontier] = [[], []];
    for (const cell of view.cells()) {
      (filling.row[cell] >= 0 ? this.inView : filling.frontier[cell] ? frontier : bare).push(cell);
    }
    const dashed = view.cell >= DASHED_FROM;
    for (const [cells, color, alpha, dash] of [[bare, this.line, 1, []], [frontier, this.primary, dashed ? 0.9 : 0.45, dashed ? [3, 3] : []]]) {
      pen.lineWidth = 1;
      pen.strokeStyle = color;
      pen.globalAlpha = alpha;
      pen.setLineDash(dash);
      pen.beginPath();
      for (const cell of cells) this.trace(view, cell);
      pen.stroke();
    }
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  }

  // Adds the cell's outline, a little inside its border, to the path.
  trace(view, cell) {
    const { pen } = this;
    if (view.layout.even) return outlined(pen, view, cell);
    const { x, y, size } = inset(view.box(cell));
    if (size < ROUND_FROM) return pen.rect(Math.round(x) + 0.5, Math.round(y) + 0.5, size - 1, size - 1);
    return pen.roundRect(x + 0.5, y + 0.5, size - 1, size - 1, corner(size));
  }

  drawFilled(view, cell) {
    const { pen, filling } = this;
    const box = inset(view.box(cell));
    const color = CSS[this.paints[cell]];
    const image = view.cell >= THUMB_FROM && this.pictures.base
      ? this.pictures.get(filling.sheet.position(filling.row[cell]), this.level) : undefined;
    if (filling.faint(cell)) pen.globalAlpha = FAINT;
    if (image) this.drawPicture(view, cell, box, image, color);
    else this.fill(view, cell, box, color);
    if (filling.weak[cell]) this.drawWeak(box);
    if (view.cell >= DETAIL_FROM) this.drawCount(box, filling.count[cell]);
    pen.globalAlpha = 1;
  }

  fill(view, cell, { x, y, size }, color) {
    const { pen } = this;
    pen.fillStyle = color;
    if (!view.layout.even && size < ROUND_FROM) return pen.fillRect(x, y, size, size);
    pen.beginPath();
    this.trace(view, cell);
    return pen.fill();
  }

  // Over a strip in the colour of its tone.
  drawPicture(view, cell, { x, y, size }, image, color) {
    const { pen } = this;
    const { even } = view.layout;
    const strip = Math.max(2, Math.min(6, size * 0.08));
    const reach = even ? size * 0.25 : 0; // cells that are not square reach beyond their box
    const clipped = even || size >= 2 * ROUND_FROM;
    if (clipped) {
      pen.save();
      pen.beginPath();
      this.trace(view, cell);
      pen.clip();
    }
    pen.drawImage(image, x - reach, y - reach, size + 2 * reach, size + 2 * reach);
    pen.fillStyle = color;
    if (even) [pen.strokeStyle, pen.lineWidth] = [color, strip * 2];
    if (even) pen.stroke();
    else pen.fillRect(x, y + size - strip, size, strip);
    if (clipped) pen.restore();
  }

  // A hatched corner: told without colour.
  drawWeak({ x, y, size }) {
    const { pen } = this;
    const reach = Math.max(5, Math.min(22, size * 0.4));
    for (const [color, width] of [[this.paper, 3], [this.ink, 1.25]]) {
      pen.strokeStyle = color;
      pen.lineWidth = width;
      pen.beginPath();
      for (let part = 1; part <= 3; part += 1) {
        pen.moveTo(x + 1, y + (reach * part) / 3);
        pen.lineTo(x + (reach * part) / 3, y + 1);
      }
      pen.stroke();
    }
  }

  drawCount({ x, y, size }, count) {
    if (count < 2) return;
    const { pen } = this;
    pen.font = `600 12px ${this.font}`;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    const width = pen.measureText(String(count)).width + 10;
    pen.fillStyle = this.paper;
    pen.globalAlpha = 0.88;
    pen.beginPath();
    pen.roundRect(x + size - width - 5, y + 5, width, 18, 9);
    pen.fill();
    pen.globalAlpha = 1;
    pen.fillStyle = this.ink;
    pen.fillText(String(count), x + size - 10, y + 14.5);
  }
}

// A clean canvas with one unit per CSS pixel, however dense the screen is.
function cleared(pen, view) {
  const density = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(view.width * density), Math.round(view.height * density)];
  if (pen.canvas.width !== width || pen.canvas.height !== height) Object.assign(pen.canvas, { width, height });
  pen.setTransform(density, 0, 0, density, 0, 0);
  pen.clearRect(0, 0, view.width, view.height);
}

function blank(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
}

function trace(pen, points) {
  pen.beginPath();
  points.forEach(([x, y], n) => (n ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.closePath();
}

// The outline of a cell that is not square, drawn in towards its centre so that neighbours keep a gap.
function outlined(pen, view, cell) {
  const [cx, cy] = view.layout.middle(cell);
  const keep = 1 - Math.min(0.06, 1.5 / view.cell);
  view.layout.outline(cell).forEach(([x, y], n) => {
    const [px, py] = [view.x + (cx + (x - cx) * keep) * view.cell, view.y + (cy + (y - cy) * keep) * view.cell];
    if (n) pen.lineTo(px, py);
    else pen.moveTo(px, py);
  });
  pen.closePath();
}

function corner(size) {
  return Math.min(6, size * 0.12);
}

// Cells keep a gap between them that grows with their size, up to 4 pixels.
function inset({ x, y, size }) {
  const gap = Math.min(4, Math.max(1, size * 0.06));
  return { x: x + gap / 2, y: y + gap / 2, size: size - gap };
}
