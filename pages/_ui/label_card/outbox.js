// Events which the server has not confirmed yet, oldest first. They outlive a reload of the tab.

const BATCH = 50;
const FIRST_PATIENCE = 8000; // milliseconds before asking again

function newEventId() {
  if (crypto.randomUUID) return crypto.randomUUID(); // exists over https and on localhost only
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

class Outbox {
  constructor(name) {
    this.slot = `qdhf.label.${name}`;
    this.events = this.restored();
    this.posted = new Set();
    this.patience = FIRST_PATIENCE;
    this.late = false; // whether the server has not answered in time
  }

  restored() {
    try {
      const events = JSON.parse(sessionStorage.getItem(this.slot) ?? "[]");
      return Array.isArray(events) ? events.filter((event) => event?.event_id && event.question_id) : [];
    } catch {
      return []; // storage is refused, or holds something else: start empty
    }
  }

  save() {
    try {
      if (this.events.length) sessionStorage.setItem(this.slot, JSON.stringify(this.events));
      else sessionStorage.removeItem(this.slot);
    } catch {
      // storage is refused or full: the events still live in this page
    }
  }

  get size() {
    return this.events.length;
  }

  // How many standing answers the server has yet to hear of; an undo of a recorded one counts −1.
  get ahead() {
    return this.events.reduce((sum, event) => sum + event.weight, 0);
  }

  // Unconfirmed answers which no unconfirmed undo takes back, in order.
  standing() {
    const undone = new Set(this.events.map((event) => event.undoes));
    return this.events.filter((event) => event.choice && !undone.has(event.event_id));
  }

  add(event) {
    this.events.push(event);
    this.save();
  }

  confirm(ids) {
    const known = new Set(ids);
    const before = this.events.length;
    this.events = this.events.filter((event) => !known.has(event.event_id));
    if (this.events.length === before) return;
    this.patience = FIRST_PATIENCE;
    this.late = false;
    this.save();
  }

  // The oldest first, so that an undo never overtakes its answer.
  batch() {
    return this.events.slice(0, BATCH);
  }

  get hasUnposted() {
    return this.batch().some((event) => !this.posted.has(event.event_id));
  }

  post(send) {
    clearTimeout(this.timer);
    if (!this.events.length) return;
    const batch = this.batch();
    batch.forEach((event) => this.posted.add(event.event_id));
    send("answers", batch.map(({ weight, ...event }) => event));
    this.timer = setTimeout(() => {
      this.late = true;
      this.onLate?.();
      this.patience = Math.min(this.patience * 2, 60000);
      this.post(send);
    }, this.patience);
  }

  close() {
    clearTimeout(this.timer);
  }
}
