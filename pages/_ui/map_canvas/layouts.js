// Where cells lie. One unit is the width of a cell, or of a usual one; the origin is the top left corner.

class GridLayout {
  constructor([nx, ny]) {
    Object.assign(this, { nx, ny, size: nx * ny, even: false });
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

  box(cell) {
    return { x: this.column(cell), y: this.ny - 1 - this.height(cell), size: 1 };
  }

  at(x, y) {
    return this.cell(Math.floor(x), this.ny - 1 - Math.floor(y));
  }

  middle(cell) {
    return [this.column(cell) + 0.5, this.ny - 0.5 - this.height(cell)];
  }

  within({ left, top, right, bottom }) {
    const found = [];
    const [first, last] = [Math.max(0, Math.floor(left)), Math.min(this.nx - 1, Math.floor(right))];
    const [low, high] = [Math.max(0, this.ny - 1 - Math.floor(bottom)), Math.min(this.ny - 1, this.ny - 1 - Math.floor(top))];
    for (let column = first; column <= last; column += 1) {
      for (let height = low; height <= high; height += 1) found.push(column * this.ny + height);
    }
    return found;
  }

  beside(cell) {
    const [column, height] = [this.column(cell), this.height(cell)];
    return [[1, 0], [-1, 0], [0, 1], [0, -1]].map(([x, y]) => this.cell(column + x, height + y)).filter((c) => c >= 0);
  }

  step(cell, [right, up]) {
    return this.cell(this.column(cell) + right, this.height(cell) + up);
  }

  place(cell) {
    return `column ${this.column(cell) + 1}, row ${this.height(cell) + 1}`;
  }

  words() {
    return `${this.nx} columns and ${this.ny} rows`;
  }
}

// Cells of any shape, each around its centre: a place belongs to the nearest.
class EvenLayout {
  constructor(tiling) {
    this.size = tiling.cells;
    this.even = true;
    this.nx = this.ny = Math.sqrt(this.size);
    const placed = (flat) => flat.map((share, at) => (at % 2 ? 1 - share : share) * this.nx);
    this.centres = placed(decoded(tiling.centres, Float32Array));
    this.vertices = placed(decoded(tiling.vertices, Float32Array));
    this.corners = decoded(tiling.corners, Int32Array);
    this.starts = decoded(tiling.starts, Int32Array);
    this.side = Math.ceil(this.nx);
    this.buckets = grouped(this.size, this.side * this.side, (cell) => [this.bucket(...this.middle(cell))]);
  }

  bucket(x, y) {
    const inside = (value) => Math.max(0, Math.min(this.side - 1, Math.floor(value)));
    return inside(y) * this.side + inside(x);
  }

  middle(cell) {
    return [this.centres[2 * cell], this.centres[2 * cell + 1]];
  }

  box(cell) {
    const [x, y] = this.middle(cell);
    return { x: x - 0.5, y: y - 0.5, size: 1 };
  }

  outline(cell) {
    const found = [];
    for (let at = this.starts[cell]; at < this.starts[cell + 1]; at += 1) {
      found.push([this.vertices[2 * this.corners[at]], this.vertices[2 * this.corners[at] + 1]]);
    }
    return found;
  }

  at(x, y) {
    if (!(x >= 0 && y >= 0 && x < this.nx && y < this.ny)) return -1;
    let [best, nearest] = [-1, Infinity];
    for (let reach = 2; best < 0; reach *= 2) {
      for (const cell of this.within({ left: x - reach, top: y - reach, right: x + reach, bottom: y + reach }, 0)) {
        const away = (this.centres[2 * cell] - x) ** 2 + (this.centres[2 * cell + 1] - y) ** 2;
        if (away < nearest) [best, nearest] = [cell, away];
      }
    }
    return best;
  }

  // Those with their centre in the frame or, with a margin, near it: all that show in it.
  within({ left, top, right, bottom }, margin = 1.5) {
    const found = [];
    const edge = (value) => Math.max(0, Math.min(this.side - 1, Math.floor(value)));
    for (let row = edge(top - margin); row <= edge(bottom + margin); row += 1) {
      for (let column = edge(left - margin); column <= edge(right + margin); column += 1) {
        found.push(...this.buckets(row * this.side + column));
      }
    }
    return found;
  }

  beside(cell) {
    this.around ??= grouped(this.size, this.vertices.length / 2, (c) => this.corners.subarray(this.starts[c], this.starts[c + 1]));
    const found = new Set();
    for (let at = this.starts[cell]; at < this.starts[cell + 1]; at += 1) {
      for (const other of this.around(this.corners[at])) if (other !== cell) found.add(other);
    }
    return [...found];
  }

  step(cell, [right, up]) {
    const [x, y] = this.middle(cell);
    let [best, straightest] = [-1, 0.5];
    for (const other of this.beside(cell)) {
      const [dx, dy] = [this.centres[2 * other] - x, y - this.centres[2 * other + 1]];
      const along = (dx * right + dy * up) / Math.hypot(dx, dy);
      if (along > straightest) [best, straightest] = [other, along];
    }
    return best;
  }

  place(cell) {
    const share = (value) => Math.round((100 * value) / this.nx);
    const [x, y] = this.middle(cell);
    return `cell ${cell + 1}, ${share(x)} % across, ${share(this.ny - y)} % up`;
  }

  words() {
    return `${this.size} cells of about equal size`;
  }
}

// Numbers that travelled as base64, little endian.
function decoded(text, Kind) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Kind(bytes.buffer);
}

// Members by group, where each member names its groups: a function from group to members.
function grouped(members, groups, of) {
  const starts = new Int32Array(groups + 1);
  for (let member = 0; member < members; member += 1) for (const group of of(member)) starts[group + 1] += 1;
  for (let group = 0; group < groups; group += 1) starts[group + 1] += starts[group];
  const [flat, next] = [new Int32Array(starts[groups]), starts.slice()];
  for (let member = 0; member < members; member += 1) for (const group of of(member)) flat[next[group]++] = member;
  return (group) => flat.subarray(starts[group], starts[group + 1]);
}
