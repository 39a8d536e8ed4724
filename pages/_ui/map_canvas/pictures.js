// Small pictures by position: those in view are fetched first, as large as they are drawn; those not seen for longest go.

const AT_ONCE = 12;
const LEVELS = [32, 64, 128, 256]; // pixels; up to 128 come from the smaller of the two files
const ROOM = 24 * 2 ** 20; // pixels' worth of memory: 96 MB

class Pictures {
  constructor(arrived) {
    this.arrived = arrived;
    this.kept = new Map(); // position → {bitmap, level}, in order of last use
    this.pending = new Set();
    this.failed = new Set();
    this.wanted = new Map();
    this.pixels = 0;
  }

  // Base of the addresses: another study has other pictures.
  from(base) {
    if (base === this.base) return;
    this.base = base;
    this.forget(Infinity);
  }

  level(pixels) {
    return LEVELS.find((level) => level >= pixels * 0.8) ?? LEVELS.at(-1);
  }

  // The best that is here, wanting a larger one where it is too small.
  get(position, level) {
    const found = this.kept.get(position);
    if (found) {
      this.kept.delete(position);
      this.kept.set(position, found);
    }
    if (!(found?.level >= level) && !this.failed.has(position)) this.wanted.set(position, level);
    return found?.bitmap;
  }

  // Called before each drawing: what scrolled out of view before it was fetched is not fetched.
  begin() {
    this.wanted.clear();
  }

  finish() {
    this.forget(this.pixels - ROOM);
    for (const [position, level] of this.wanted) {
      if (this.pending.size >= AT_ONCE) break;
      if (!this.pending.has(position)) this.fetch(position, level);
    }
  }

  forget(pixels) {
    for (const [position, { bitmap, level }] of this.kept) {
      if (pixels <= 0) break;
      bitmap.close();
      this.kept.delete(position);
      this.pixels -= level * level;
      pixels -= level * level;
    }
  }

  async fetch(position, level) {
    const { base } = this;
    this.pending.add(position);
    try {
      const answer = await fetch(`${base}${level > 128 ? 256 : 128}/${position}`);
      if (!answer.ok) throw new Error(String(answer.status));
      const bitmap = await square(await answer.blob(), level);
      if (base === this.base) this.keep(position, level, bitmap);
    } catch {
      this.failed.add(position); // drawn as a shade until the page is loaded anew
    }
    this.pending.delete(position);
    this.arrived();
  }

  keep(position, level, bitmap) {
    const before = this.kept.get(position);
    if (before) {
      before.bitmap.close();
      this.pixels -= before.level ** 2;
    }
    this.kept.delete(position);
    this.kept.set(position, { bitmap, level });
    this.pixels += level * level;
  }
}

// The middle of a picture, made small once instead of at every drawing.
async function square(blob, side) {
  const whole = await createImageBitmap(blob);
  const edge = Math.min(whole.width, whole.height);
  const [x, y] = [(whole.width - edge) / 2, (whole.height - edge) / 2];
  const small = await createImageBitmap(whole, x, y, edge, edge, { resizeWidth: side, resizeHeight: side, resizeQuality: "medium" });
  whole.close();
  return small;
}
