// What the card shows besides the question: state, progress, flash, enlargement, help, announcements.

const display = {
  setState(state) {
    this.state = state;
    this.refresh();
  },

  get done() {
    return Math.max(0, this.data.done + this.outbox.ahead);
  },

  get reachedTarget() {
    return this.data.target > 0 && this.done >= this.data.target;
  },

  refresh() {
    const { state, data } = this;
    this.group.dataset.state = state;
    this.group.setAttribute("aria-busy", String(state === "loading" || state === "slow"));
    const locked = state === "loading"; // the few frames between two questions must not make the buttons flicker
    for (const button of this.group.querySelectorAll("button[data-act]")) {
      const act = button.dataset.act;
      const usable = this.allows(act) || (locked && !data.readonly && (act !== "undo" || this.questions.answered.length));
      button.disabled = !usable;
    }
    this.showProgress();
    this.showSaved();
    if (state === "waiting") this.showRest();
  },

  showProgress() {
    const { done } = this;
    const target = this.data.target;
    this.part("count").textContent = target ? `${done} / ${target}` : `${done}`;
    this.part("fill").style.transform = `scaleX(${target ? Math.min(1, done / target) : 0})`;
    this.part("bar").setAttribute("aria-valuemax", String(target || done));
    this.part("bar").setAttribute("aria-valuenow", String(target ? Math.min(done, target) : done));
  },

  showSaved() {
    const unsaved = this.outbox.size;
    const text = this.data.readonly ? "Read only" : unsaved ? `${unsaved} unsaved` : "All saved";
    this.part("saved-text").textContent = text;
    this.part("saved").dataset.unsaved = String(unsaved);
    if (text === this.savedText) return;
    const first = this.savedText === undefined;
    this.savedText = text;
    clearTimeout(this.savedTimer); // told once it has settled, not at each answer
    if (!first || unsaved) this.savedTimer = setTimeout(() => this.announce(`${text}.`), 1500);
  },

  showRest() {
    const reached = this.reachedTarget;
    this.part("rest-title").textContent = reached ? "That was the last one. Thank you!" : "No question right now";
    this.part("rest-text").textContent = reached
      ? "Every answer you gave shapes the map. You can still undo."
      : "New ones are being prepared and appear here by themselves.";
    this.announce(this.part("rest-title").textContent);
  },

  announce(text) {
    this.part("live").textContent = text;
  },

  say(text) {
    this.part("note").textContent = text;
  },

  flash(choice) {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const sides = choice === "tie" ? ["left", "right"] : [choice];
    for (const side of sides) {
      const veil = this.figure(side)?.querySelector(".flash");
      veil?.animate([{ opacity: 1 }, { opacity: 0 }], { duration: 120, easing: "ease-in" });
    }
  },

  openZoom(side) {
    const view = this.questions.current?.views[side];
    if (!view || view.failed || !this.ready) return false;
    const zoom = this.part("zoom");
    const copy = view.cloneNode(true);
    const full = this.questions.current[side].full;
    if (full) copy.src = full;
    const name = document.createElement("p");
    name.className = "tag";
    name.textContent = { reference: "Reference", left: "1", right: "2" }[side];
    zoom.dataset.side = side;
    zoom.replaceChildren(name, copy);
    if (!zoom.matches(":popover-open")) zoom.showPopover();
    return true;
  },

  closeZoom() {
    const zoom = this.part("zoom");
    if (!zoom.matches(":popover-open")) return;
    zoom.hidePopover();
    zoom.replaceChildren();
  },

  toggleHelp() {
    const help = this.part("help");
    this.closeZoom();
    if (help.open) help.close();
    else help.showModal();
  },
};

Object.defineProperties(Card.prototype, Object.getOwnPropertyDescriptors(display));
