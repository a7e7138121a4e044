// Walking: by keys, by clicks; what is told at each moment; what is told of a unit.

const byId = (id) => document.getElementById(id);
const WINGS = { encoder: encoderPanels, bridge: bridgePanels, decoder: decoderPanels };

/** Go to a moment. */
function go(moment) {
  now = Math.max(0, Math.min(moments.length - 1, moment));
  const at = moments[now];
  const { where, story } = STORIES[at.wing](at);
  byId("where").textContent = where;
  byId("story").textContent = story;
  byId("panels").replaceChildren(...WINGS[at.wing](at));
  byId("back").disabled = now === 0;
  byId("next").disabled = now === moments.length - 1;
  document.querySelectorAll("#line button").forEach((button, moment) => {
    button.classList.toggle("done", moment < now);
    button.classList.toggle("now", moment === now);
  });
  hideTip();
  markMap();
  markUnits();
  history.replaceState(null, "", `#${now + 1}`);
}

const STORIES = {
  encoder({ depth, t }) {
    if (depth < 0) {
      return {
        where: "Encoder",
        story: "This encoder has no gates and no steps: it looks at all words at once. Its memory is what it makes of each; its final state is the memory’s mean.",
      };
    }
    const where = `Encoder, ${layerOf(layers, depth)}step ${t + 1} of ${source.length}`;
    const [first, second] = layers[depth].directions.map((way) => way.order[t]);
    const turned = model.reverse_source ? " The source is turned round before it is read; its <eos> stays at the end." : "";
    if (second === undefined) return { where, story: `One direction reads ${quoted(source[first].text)}.${turned}` };
    const words = `forward is at ${quoted(source[first].text)}, backward at ${quoted(source[second].text)}.${turned}`;
    if (first === second) return { where, story: `The two directions meet at ${quoted(source[first].text)}: one knows what comes before it, the other what follows.` };
    const met = t > (source.length - 1) / 2 ? "They have passed each other" : "Two directions walk towards each other";
    return { where, story: `${met}: ${words}` };
  },
  bridge() {
    const { before, after } = bridge[0];
    const does = BRIDGES[model.bridge]?.(before.hidden.length === after.hidden.length) ?? "";
    return { where: "Bridge", story: `What the encoder ended with is handed to the decoder as its first state. ${does}` };
  },
  decoder({ t }) {
    const { read, choice } = decoding[t];
    const how = data.forced ? `is given, and had probability ${choice.probability}` : `is the likeliest, with probability ${choice.probability}`;
    return {
      where: `Decoder, step ${t + 1} of ${decoding.length}`,
      story: `From the state and the word before, ${quoted(read.text)}, comes how likely each next word is: ${quoted(choice.word)} ${how}.`,
    };
  },
};

/** Show the unit of each key that was pointed at last, in all strips of that key, and its sum. */
function markUnits() {
  for (const cursor of document.querySelectorAll(".cursor")) {
    const unit = units[cursor.dataset.key];
    cursor.hidden = unit === undefined || unit >= cursor.dataset.units;
    cursor.style.left = `${(100 * (unit + 0.5)) / cursor.dataset.units}%`;
  }
  for (const sum of document.querySelectorAll(".sum")) sum.tell();
}

/** Tell the number of the unit under the pointer. */
function point(event) {
  const canvas = event.target.closest?.("#map .done canvas, .strip canvas");
  if (!canvas) return hideTip();
  const { values, columns, letter, called, where, key } = canvas.vector;
  const box = canvas.getBoundingClientRect();
  const cell = (at, start, size, count) => Math.max(0, Math.min(count - 1, Math.floor((count * (at - start)) / size)));
  const unit = columns * cell(event.clientY, box.top, box.height, canvas.height) + cell(event.clientX, box.left, box.width, columns);
  if (unit >= values.length) return hideTip();
  if (units[key] !== unit) {
    units[key] = unit;
    markUnits();
  }
  return showTip(event, `${letter || called}[${unit}] = ${values[unit]}`, `${called}, ${where}`);
}

function buildLine() {
  const parts = [["Encoder", 0, atBridge], ["Bridge", atBridge, atBridge + 1], ["Decoder", atBridge + 1, moments.length]];
  for (const [name, start, end] of parts) {
    const buttons = Array.from({ length: end - start }, (_, i) =>
      make("button", { type: "button", "aria-label": `${name}, step ${i + 1}`, onclick: () => go(start + i) }));
    const part = make("div", { class: "part", "data-name": name }, ...buttons);
    part.style.flexGrow = end - start;
    byId("line").append(part);
  }
}

function buildTexts() {
  const words = source.slice(0, -1).map(({ text }) => text).join(" ");
  byId("title").append(words, make("span", { class: "to", text: "→" }), make("span", { class: "out", text: data.output }));
  const parts = [`encoder ${model.encoder}`, `cell ${model.cell}`, `bridge ${model.bridge}`, `attention ${model.attention}`];
  const ending = `${data.forced ? " · this target was given" : ""}${data.finished ? "" : " · cut off before <eos>"}`;
  byId("made-of").textContent = `run ${data.run}, step ${data.step} · ${parts.join(" · ")} · log p ${String(data.log_probability).replace("-", "−")}${ending}`;
  for (const [, called, does, equation] of Object.values(PARTS)) {
    byId("equations").append(make("code", { text: equation }), make("span", { text: `${called}: ${does}` }));
  }
  byId("exact").textContent = "x is what is read; a dash marks the state after the step; σ goes from 0 to 1, tanh from −1 to 1, ⊙ multiplies unit by unit. "
    + "The numbers come from these equations, step by step, and are rounded to 5 significant digits here. "
    + `The probabilities differ from those of the model’s own forward pass by ${data.deviation} at most. `
    + "A strip’s colours end at the number beside it; what lies beyond, 1 in 100 at most of its kind, has the colour of the end.";
}

buildTexts();
buildMap();
buildLine();
byId("back").addEventListener("click", () => go(now - 1));
byId("next").addEventListener("click", () => go(now + 1));
addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: moments.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  go(to);
});
addEventListener("pointermove", point);
addEventListener("pointerdown", point);
addEventListener("resize", fit);
go((parseInt(location.hash.slice(1), 10) || 1) - 1);
fit();
