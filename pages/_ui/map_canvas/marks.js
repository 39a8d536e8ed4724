// Drawn over the cells: targets, what is selected, hovered and focused, the lasso; and the small map of the whole.

const LEAST_MARK = 12; // in a crowded map a mark is larger than its cell

class Marks {
  constructor(canvas, small, painter) {
    this.pen = canvas.getContext("2d");
    this.small = small.getContext("2d");
    this.painter = painter;
  }

  draw(view, marks) {
    const { ink, paper, primary } = this.painter;
    cleared(this.pen, view);
    const shown = (cell) => {
      const { x, y, size } = view.box(cell);
      return x + size > 0 && y + size > 0 && x < view.width && y < view.height;
    };
    this.drawGathered(view, [...marks.gathered].filter(shown));
    for (const cell of marks.targets) if (shown(cell)) this.drawTarget(view.box(cell));
    if (marks.echo >= 0) this.frame(view.box(marks.echo), 3, primary, { dash: [2, 2], least: LEAST_MARK });
    if (marks.hovered >= 0) this.frame(view.box(marks.hovered), 1.5, ink);
    if (marks.selected >= 0) {
      this.frame(view.box(marks.selected), 7, paper, { least: LEAST_MARK });
      this.frame(view.box(marks.selected), 4, primary, { least: LEAST_MARK });
    }
    if (marks.focused >= 0) {
      this.frame(view.box(marks.focused), 5, paper);
      this.frame(view.box(marks.focused), 2.5, ink, { dash: [5, 3] });
    }
    if (marks.rope?.length > 1) this.drawRope(marks.rope);
  }

  // A wash and a ring: the ring alone would be lost among pictures, the wash alone among shades.
  drawGathered(view, cells) {
    const { pen } = this;
    pen.beginPath();
    for (const cell of cells) {
      const { x, y, size } = view.box(cell);
      if (view.layout.even) outlined(pen, view, cell);
      else pen.rect(x + 0.5, y + 0.5, size - 1, size - 1);
    }
    pen.fillStyle = this.painter.primary;
    pen.globalAlpha = 0.28;
    pen.fill();
    pen.globalAlpha = 1;
    pen.strokeStyle = this.painter.paper;
    pen.lineWidth = view.cell < DETACHED_FROM ? 1 : 3;
    pen.stroke();
    pen.strokeStyle = this.painter.primary;
    pen.lineWidth = view.cell < DETACHED_FROM ? 0.75 : 1.75;
    pen.stroke();
  }

  drawRope(points) {
    const { pen } = this;
    trace(pen, points);
    pen.fillStyle = this.painter.primary;
    pen.globalAlpha = 0.12;
    pen.fill();
    pen.globalAlpha = 1;
    for (const [color, width, dash] of [[this.painter.paper, 3, []], [this.painter.ink, 1.5, [5, 4]]]) {
      pen.strokeStyle = color;
      pen.lineWidth = width;
      pen.setLineDash(dash);
      pen.stroke();
    }
    pen.setLineDash([]);
  }

  drawTarget({ x, y, size }) {
    const { pen } = this;
    const [cx, cy] = [x + size / 2, y + size / 2];
    const radius = Math.max(2.5, Math.min(18, size * 0.26));
    for (const [color, width] of [[this.painter.paper, 5], [this.painter.ink, 2]]) {
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

  frame({ x, y, size }, width, color, { dash = [], least = 6 } = {}) {
    const { pen } = this;
    const side = Math.max(size, least);
    pen.lineWidth = width;
    pen.strokeStyle = color;
    pen.setLineDash(dash);
    pen.beginPath();
    pen.roundRect(x + (size - side) / 2, y + (size - side) / 2, side, side, corner(side) + 1);
    pen.stroke();
    pen.setLineDash([]);
  }

  // Where the view is on the whole map; shown only while it is a part.
  drawSmall(view, filling, paints) {
    const { small } = this;
    small.canvas.hidden = view.zoom <= 1;
    if (small.canvas.hidden) return;
    const { nx, ny } = view.layout;
    const room = { width: 112, height: Math.round((112 * ny) / nx) };
    small.canvas.style.height = `${room.height}px`;
    cleared(small, room);
    if (this.of !== paints) [this.of, this.dots] = [paints, dotted(view.layout, filling, paints)];
    small.drawImage(this.dots, 0, 0, room.width, room.height);
    const unit = room.width / nx;
    const [left, top] = view.place(0, 0).map((value) => Math.max(0, value * unit));
    const [right, bottom] = view.place(view.width, view.height).map((value) => value * unit);
    for (const [color, width] of [[this.painter.paper, 4], [this.painter.primary, 2]]) {
      small.strokeStyle = color;
      small.lineWidth = width;
      small.strokeRect(left + 1, top + 1, Math.max(4, Math.min(room.width, right) - left - 2), Math.max(4, Math.min(room.height, bottom) - top - 2));
    }
  }
}

// The filled cells as pixels.
function dotted(layout, filling, paints) {
  const [wide, high] = [Math.ceil(layout.nx), Math.ceil(layout.ny)];
  const pen = blank(wide, high);
  const image = pen.createImageData(wide, high);
  for (let cell = 0; cell < layout.size; cell += 1) {
    if (filling.row[cell] < 0) continue;
    const [x, y] = layout.middle(cell);
    image.data.set([...PALETTE[paints[cell]], filling.faint(cell) ? 60 : 255], 4 * (Math.floor(x) + wide * Math.floor(y)));
  }
  pen.putImageData(image, 0, 0);
  return pen.canvas;
}
