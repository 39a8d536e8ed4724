// What the card shows besides the question: state, progress, picks, flash, announcements.

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

  // Lay the stage out for the question's kind, where it is not yet, and say what is asked.
  prepare(question) {
    const layout = layoutOf(question, this.data.graded);
    if (layout !== this.layout) layOut(this, question, this.data.graded);
    this.layout = layout;
    Object.assign(this.group.dataset, { kind: question.kind, question: question.id });
    this.part("ask").textContent = this.data.ask || KINDS[question.kind].ask("", question.pick);
    const aspect = this.part("aspect");
    if (aspect.textContent !== question.aspect) aspect.textContent = question.aspect;
    aspect.hidden = !question.aspect;
    this.showPicks();
  },

  put(place, view, content) {
    const slot = this.figure(place).querySelector(".slot");
    if (!this.failed.includes(place)) return slot.replaceChildren(view);
    const message = part("broken");
    const what = document.createElement("p");
    what.textContent = content.alt || "Picture";
    const why = document.createElement("p");
    why.textContent = "This picture did not load.";
    const again = document.createElement("button");
    again.type = "button";
    again.className = "plain";
    again.dataset.act = "retry";
    again.textContent = "Try again";
    message.append(what, why, again);
    return slot.replaceChildren(message);
  },

  // The card takes the height that is left below it on the first screen.
  measure() {
    const scroller = this.root.getRootNode().host?.closest('[data-testid="stMain"]');
    const top = this.root.getBoundingClientRect().top + (scroller?.scrollTop ?? window.scrollY);
    this.root.style.setProperty("--room", `${Math.round(window.innerHeight - top - 16)}px`);
  },

  // Frames are as tall as the tallest picture so far needs, so that the card does not jump between questions.
  makeRoomFor(views) {
    const shapes = views.map((view) => (view.naturalWidth ? view.naturalHeight / view.naturalWidth : 0));
    const shape = this.data.kind === "text" ? 1.2 : Math.min(1.5, Math.max(0.6, this.shape, ...shapes));
    if (shape === this.shape) return;
    this.shape = shape;
    this.root.style.setProperty("--shape", String(shape));
  },

  refresh() {
    const { state, data } = this;
    this.group.dataset.state = state;
    this.group.setAttribute("aria-busy", String(state === "loading" || state === "slow"));
    const locked = state === "loading"; // the few frames between two questions must not make the buttons flicker
    for (const button of this.group.querySelectorAll("button[data-act]")) {
      const act = button.dataset.act;
      const still = act === "undo" ? this.questions.answered.length : act !== "done";
      button.disabled = !(this.allows(act) || (locked && !data.readonly && still));
    }
    this.showProgress();
    this.showSaved();
    if (state === "waiting") this.showRest();
  },

  showPicks() {
    for (const tag of this.part("stage").querySelectorAll("button.tag")) {
      const picked = this.picks.includes(Number(tag.dataset.act) - 1);
      tag.setAttribute("aria-pressed", String(picked));
      tag.closest("figure").classList.toggle("picked", picked);
    }
    const done = this.part("answers").querySelector('[data-act="done"]');
    if (done) done.disabled = !this.allows("done");
  },

  showProgress() {
    const { done } = this;
    const target = this.data.target;
    this.part("count").textContent = target ? `${done} / ${target}` : `${done}`;
    this.part("fill").style.transform = `scaleX(${target ? Math.min(1, done / target) : 0})`;
    this.part("bar").setAttribute("aria-valuemax", String(target || done || 1));
    this.part("bar").setAttribute("aria-valuenow", String(target ? Math.min(done, target) : done));
  },

  showSaved() {
    const unsaved = this.outbox.size;
    const waits = this.outbox.late ? ", waiting for the connection" : "";
    const text = this.data.readonly ? "Read only" : unsaved ? `${unsaved} unsaved${waits}` : "All saved";
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
    delete this.group.dataset.question;
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

  flash(choice, picked) {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const places = choice === "tie" ? placesOf(this.questions.current) : picked.map((place) => String(place + 1));
    for (const place of places.filter((one) => one !== "reference")) {
      const veil = this.figure(place)?.querySelector(".flash");
      veil?.animate([{ opacity: 1 }, { opacity: 0 }], { duration: 120, easing: "ease-in" });
    }
  },

  firstPlace() {
    return this.questions.current && placesOf(this.questions.current)[0];
  },

  openZoom(place) {
    const view = this.questions.current?.views[place];
    if (!view || view.failed || !this.ready) return false;
    const zoom = this.part("zoom");
    const copy = view.cloneNode(true);
    const full = contentOf(this.questions.current, place).full;
    if (full) copy.src = full;
    const name = document.createElement("p");
    name.className = "tag";
    name.textContent = place === "reference" ? "Reference" : place;
    zoom.dataset.place = place;
    zoom.replaceChildren(name, copy);
    if (!zoom.matches(":popover-open")) zoom.showPopover();
    return true;
  },

  walkZoom(step) {
    const places = placesOf(this.questions.current);
    const now = places.indexOf(this.part("zoom").dataset.place);
    this.openZoom(places[(now + step + places.length) % places.length]);
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
