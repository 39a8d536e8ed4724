// Small pictures by address: the ones in view are fetched first, the ones not seen for longest are forgotten.

const AT_ONCE = 16;
const ROOM = 600;

class Pictures {
  constructor(arrived) {
    this.arrived = arrived;
    this.images = new Map(); // in order of last use
    this.wanted = [];
    this.busy = 0;
  }

  // The picture if it is here, otherwise nothing now and a redraw once it is.
  get(address) {
    const image = this.images.get(address);
    if (image) {
      this.images.delete(address);
      this.images.set(address, image);
      return image.usable ? image : undefined;
    }
    this.wanted.push(address);
    return undefined;
  }

  // Called before each drawing: what scrolled out of view before it was fetched is not fetched.
  begin() {
    this.wanted.length = 0;
  }

  // Called after each drawing, with the number of pictures that were in view.
  finish(inView) {
    const room = Math.max(ROOM, inView * 2);
    for (const address of this.images.keys()) {
      if (this.images.size <= room) break;
      this.images.delete(address);
    }
    while (this.busy < AT_ONCE && this.wanted.length) this.fetch(this.wanted.shift());
  }

  fetch(address) {
    if (this.images.has(address)) return;
    const image = new Image();
    this.images.set(address, image);
    this.busy += 1;
    image.src = address;
    image.decode().then(() => (image.usable = true), () => {}).finally(() => {
      this.busy -= 1;
      this.arrived();
    });
  }
}
