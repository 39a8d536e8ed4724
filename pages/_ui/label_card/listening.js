// Where key presses, clicks and fingers reach the card.

const HOLD = 400; // milliseconds until a resting finger counts as held

const listening = {
  listen() {
    const { signal } = this.listening;
    document.addEventListener("keydown", (event) => this.pressed(event), { signal });
    document.addEventListener("keyup", (event) => meaningOf(event) === "zoom" && this.closeZoom(), { signal });
    window.addEventListener("blur", () => this.closeZoom(), { signal });
    window.addEventListener("resize", () => this.measure(), { signal });
    window.addEventListener("online", () => this.online(), { signal });
    window.addEventListener("beforeunload", (event) => this.outbox.size && event.preventDefault(), { signal });
    this.root.addEventListener("click", (event) => this.clicked(event), { signal });
    const stage = this.part("stage");
    stage.addEventListener("pointerover", (event) => (this.hovered = placeAt(event)), { signal });
    stage.addEventListener("pointerleave", () => (this.hovered = undefined), { signal });
    this.listenForFinger(stage, signal);
  },

  // A finger held on a picture enlarges it until it is lifted; that is no click.
  listenForFinger(stage, signal) {
    let timer;
    const lifted = () => {
      clearTimeout(timer);
      if (this.held) this.closeZoom();
    };
    stage.addEventListener("pointerdown", (event) => {
      this.held = false;
      const place = event.target.closest(".frame") && placeAt(event);
      if (place && event.pointerType === "touch") timer = setTimeout(() => (this.held = this.openZoom(place)), HOLD);
    }, { signal });
    stage.addEventListener("contextmenu", (event) => this.held && event.preventDefault(), { signal });
    for (const type of ["pointerup", "pointercancel"]) stage.addEventListener(type, lifted, { signal });
  },

  pressed(event) {
    const act = meaningOf(event);
    if (!act || event.defaultPrevented || hasModifier(event) || belongsElsewhere(event, this.root)) return;
    if (!(this.root.checkVisibility?.() ?? true)) return;
    if (act === "close") return this.closeZoom();
    event.preventDefault(); // Space and arrows must not scroll, also when the press is dropped
    if (!event.repeat || act === "left" || act === "right") this.repeated(event, act);
  },

  // A key that is held answers once; only walking through enlarged pictures goes on.
  repeated(event, act) {
    if (!event.repeat || this.part("zoom").matches(":popover-open")) this.act(act);
  },

  focusedPlace() {
    return this.root.getRootNode().activeElement?.closest("[data-place]")?.dataset.place;
  },

  // A click on a candidate's picture chooses it, one on the reference's enlarges it. Texts are scrolled and selected.
  clicked(event) {
    if (event.target.closest(".zoom")) return this.closeZoom();
    const button = event.target.closest("button[data-act]");
    const place = placeAt(event);
    if (button) this.act(button.dataset.act);
    else if (!event.target.matches(".slot img") || this.held) return undefined;
    else if (place === "reference") this.act("zoom", place);
    else this.act(this.data.graded && place === "2" && this.questions.current?.kind === "triplet" ? "4" : place);
    // Leave the focus off a clicked button, so that Space keeps meaning "can't tell".
    if (event.detail > 0 && !this.part("help").open) this.group.focus({ preventScroll: true });
    return undefined;
  },
};

function placeAt(event) {
  return event.target.closest("figure")?.dataset.place;
}

Object.defineProperties(Card.prototype, Object.getOwnPropertyDescriptors(listening));
