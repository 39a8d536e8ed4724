// From a key press to what it means, and whether it is ours to take.

const MEANING = {
  ArrowLeft: "left", ArrowRight: "right", " ": "tie", s: "skip", Enter: "done",
  z: "undo", Backspace: "undo", h: "help", f: "zoom", Escape: "close",
};
const TEXT_ENTRY = "textarea, select, [contenteditable], [role=textbox], [role=combobox], [role=listbox], "
  + "[role=menu], [role=spinbutton], [role=grid], [role=slider], [role=dialog], [aria-modal=true], iframe, "
  + "input:not([type=checkbox], [type=radio], [type=button], [type=submit])";
// A link acts on Enter alone, and the one that led here often still has the focus.
const OWN_KEYS = "button, input, summary, video, audio, [role=button], [role=tab], [role=checkbox], [role=radio]";

// The printed letter decides; the key's place stands in where the layout prints something else there.
function meaningOf(event) {
  const printed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const place = event.code.replace(/^(Key|Digit|Numpad)/, "").toLowerCase();
  return meaning(printed) ?? (/^[a-z]$/.test(printed) ? undefined : meaning(place));
}

function meaning(name) {
  return /^[1-9]$/.test(name) ? name : MEANING[name];
}

// Another widget that has the focus keeps its keys: all where one types; Space, Enter and arrows on buttons and tabs.
function belongsElsewhere(event, root) {
  const path = event.composedPath();
  const inside = path.includes(root);
  const target = path[0];
  const presses = event.key === " " || event.key === "Enter";
  for (const element of path) {
    if (element === root) break;
    if (!element.matches) continue;
    if (!inside && element.matches(TEXT_ENTRY)) return true;
    if (element.matches(OWN_KEYS) && (presses || (!inside && event.key.startsWith("Arrow")))) return true;
    if (element.matches("a") && event.key === "Enter") return true;
  }
  return target?.isContentEditable === true;
}

function hasModifier(event) {
  return event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing;
}
