// The kinds of questions: what is asked, which places the stage has, which buttons answer, what a key means.

const KINDS = {
  triplet: {
    ask: (aspect) => `Which one is more like the reference${inAspect(aspect)}?`,
    buttons: () => [["1", "This one", "←"], ["tie", "Can’t tell", "Space"], ["2", "This one", "→"]],
    graded: () => [["1", "Much more"], ["2", "A bit"], ["tie", "Can’t tell", "Space"], ["3", "A bit"], ["4", "Much more"]],
    arrows: { left: "1", right: "2" },
  },
  odd: {
    ask: (aspect) => `Which one is the odd one out${inAspect(aspect)}?`,
    buttons: () => [["1", "Odd one"], ["2", "Odd one"], ["3", "Odd one"]],
    loose: true,
  },
  grid: {
    ask: (aspect, pick) => `Pick the ${pick === 1 ? "one" : pick} most like the reference${inAspect(aspect)}`,
    buttons: () => [["tie", "Can’t tell", "Space"], ["done", "Done", "Enter"]],
  },
  better: {
    ask: () => "Which one is better?",
    buttons: () => [["1", "This one", "←"], ["tie", "Can’t tell", "Space"], ["2", "This one", "→"]],
    arrows: { left: "1", right: "2" },
  },
};

const GRADED = { 1: [0, 1], 2: [0, 0.5], 3: [1, 0.5], 4: [1, 1] }; // key: candidate, grade

function inAspect(aspect) {
  return aspect ? ` in ${aspect}` : "";
}

// "reference" where there is one, then "1", "2" … as the candidates are numbered on screen.
function placesOf(question) {
  const numbered = question.candidates.map((_, place) => String(place + 1));
  return question.reference ? ["reference", ...numbered] : numbered;
}

function contentOf(question, place) {
  return place === "reference" ? question.reference : question.candidates[Number(place) - 1];
}

// The answer that a number key or button gives, or undefined: {picked, grade}. Grids gather picks first.
function answerOf(act, question, graded) {
  if (graded && question.kind === "triplet") {
    const [place, grade] = GRADED[act] ?? [];
    return place === undefined ? undefined : { picked: [place], grade };
  }
  const place = Number(act) - 1;
  return question.candidates[place] ? { picked: [place], grade: 1 } : undefined;
}

// What lies where depends on kind and number alone, so the stage is laid out anew only when these change.
function layoutOf(question, graded) {
  return [question.kind, placesOf(question).length, graded && question.kind === "triplet"].join(" ");
}

function layOut(card, question, graded) {
  const kind = KINDS[question.kind];
  card.part("stage").replaceChildren(...placesOf(question).map((place) => figure(place, question.kind)));
  const asked = graded && kind.graded ? kind.graded() : kind.buttons();
  card.part("answers").replaceChildren(...asked.map((each) => answerButton(...each)));
  card.part("loose-tie").hidden = !kind.loose;
  const columns = question.kind === "grid" ? Math.ceil(question.candidates.length / 2) : question.candidates.length;
  card.group.style.setProperty("--columns", String(columns));
}

function figure(place, kind) {
  const made = document.createElement("figure");
  made.dataset.place = place;
  const caption = document.createElement("figcaption");
  const tag = document.createElement(kind === "grid" && place !== "reference" ? "button" : "span");
  tag.className = "tag";
  tag.textContent = place === "reference" ? "Reference" : place;
  if (tag.tagName === "BUTTON") Object.assign(tag, { type: "button", ariaPressed: "false", ariaLabel: `Pick ${place}` });
  if (tag.tagName === "BUTTON") tag.dataset.act = place;
  caption.append(tag);
  const frame = document.createElement("div");
  frame.className = "frame";
  frame.append(part("slot"), part("flash"));
  made.append(caption, frame);
  return made;
}

function part(name) {
  const made = document.createElement("div");
  made.className = name;
  return made;
}

function answerButton(act, word, spare) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = act === "tie" || act === "done" ? "choice quiet" : "choice";
  made.dataset.act = act;
  const parts = [["span", "word", word]];
  if (/^\d+$/.test(act)) parts.unshift(["kbd", "", act]);
  if (spare) parts.push(["kbd", "spare", spare]);
  for (const [tag, name, text] of parts) {
    const element = document.createElement(tag);
    element.className = name;
    element.textContent = text;
    made.append(element);
  }
  return made;
}
