// What happens at a moment: a panel for each part at work, a strip for each vector, a line a unit's sum.

const units = {}; // the unit that was pointed at last; strips of one layer and direction share it, by their key

function canvasOf(vector) {
  const canvas = make("canvas");
  canvas.vector = vector;
  paint(canvas);
  return canvas;
}

/** Return a strip with what it is called above it; the one pointed at in any strip of its key is marked. */
function strip(values, { letter = "", called, does = "", where, key, limit, gate = false, halves = false }) {
  const ends = gate ? { scale: "gate", low: 0, high: 1 } : { scale: "number", low: -limit, high: limit };
  const canvas = canvasOf({ values, columns: values.length, letter, called, where, key, ...ends });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${called}, ${where}: ${values.length} units`);
  const says = make("div", { class: "says" });
  if (letter) says.append(make("span", { class: "letter", text: letter }));
  says.append(make("span", { class: "called", text: called }), make("span", { class: "does", text: does, title: does }));
  if (!gate) says.append(make("span", { class: "limit number", text: `±${Number(limit.toPrecision(2))}` }));
  const cursor = make("div", { class: "cursor", "data-key": key, "data-units": values.length, hidden: true });
  return make("div", { class: "vector" }, says, make("div", { class: `strip${halves ? " halves" : ""}` }, canvas, cursor));
}

function panel(title, arrow, ...children) {
  const heading = make("h3", {}, make("span", { text: title }));
  if (arrow) heading.prepend(make("span", { class: "arrow", text: arrow }));
  return make("div", { class: "card panel" }, heading, ...children);
}

/** Return the strips of what a cell did at a step, and the line where one unit's sum stands. */
function cellStrips(wing, step, before, where, key) {
  const stripOf = (part, values, more) => strip(values, { ...named(part), limit: limits[`${wing} ${part}`] ?? 1, where, key, ...more });
  const old = Object.entries(before).map(([part, values]) => {
    const { called } = named(part);
    return stripOf(part, values, { called: `${called} before`, does: "as the step before left it" });
  });
  const gates = Object.entries(step.gates).map(([part, values]) => stripOf(part, values, part === "candidate" ? { limit: 1 } : { gate: true }));
  const after = Object.entries(step.state).reverse().map(([part, values]) => stripOf(part, values, { letter: `${named(part).letter}′` }));
  const sum = make("div", { class: "sum" });
  sum.tell = () => {
    const unit = units[key];
    const hint = "Point at a unit: this line says how it came about.";
    const lines = unit === undefined ? [hint] : [`unit ${unit}`, ...sumsOf(step, before, unit)];
    sum.replaceChildren(...lines.map((text, i) => make("div", { class: i ? "number" : "soft", text })));
  };
  if (!step.normalised.length) return [...old, ...gates, ...after, sum];
  const even = { called: "normalised", does: "what goes up: the hidden state, its mean and spread made even", limit: limits[`${wing} normalised`], where, key };
  return [...old, ...gates, ...after, strip(step.normalised, even), sum];
}

function encoderPanels({ depth, t }) {
  if (depth < 0) return memoryPanels();
  const layer = layers[depth];
  return layer.directions.map((way) => {
    const place = way.order[t];
    const where = `${layerOf(layers, depth)}${way.name}, ${quoted(source[place].text)}`;
    const zeros = (values) => values.map(() => 0);
    const before = t ? way.steps[way.order[t - 1]].state : mapValues(way.steps[place].state, zeros);
    const read = depth
      ? strip(layers[depth - 1].outputs[place], { letter: "x", called: "from below", does: `what layer ${depth} made of the word`, limit: limits.outputs, where, key: `outputs ${depth}` })
      : strip(encoding.embeddings[place], { letter: "x", called: "embedding", does: `what stands for ${quoted(source[place].text)}`, limit: limits.embedding, where, key: "embedding" });
    const title = `${way.name} reads ${quoted(source[place].text)}`;
    const strips = cellStrips("encoder", way.steps[place], before, where, `encoder ${depth} ${way.name}`);
    const up = layer.outputs[place];
    const own = layer.directions.flatMap(({ steps }) => putOut(steps[place]));
    const sum = own.every((value, unit) => value === up[unit])
      ? []
      : [strip(up, { called: "goes up", does: "what is put out, and what came from below added", limit: limits.outputs, where, key: `outputs ${depth + 1}` })];
    return panel(title, arrowOf(way), read, ...strips, ...sum);
  });
}

/** Return what a layer puts out after a step. */
const putOut = (step) => (step.normalised.length ? step.normalised : step.state.hidden);

const mapValues = (object, change) => Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));

function memoryPanels() {
  const strips = (vectors, called, limit) => source.map(({ text }, place) =>
    strip(vectors[place], { called: text, limit, where: quoted(text), key: called }));
  return [
    panel("embedding of each word", "", ...strips(encoding.embeddings, "embedding", limits.embedding)),
    panel("memory of each word", "", ...strips(encoding.memory, "memory", limits.memory)),
  ];
}

function bridgePanels() {
  return bridge.map((crossing, depth) => {
    const directions = layers[crossing.encoder_layer - 1]?.directions.length ?? 1;
    const before = Object.entries(crossing.before).map(([part, values]) => strip(values, {
      ...named(part), called: `final ${named(part).called}`, limit: limits[`encoder ${part}`], halves: directions > 1,
      does: directions > 1 ? "of the encoder: forward, then backward" : "of the encoder", where: "final", key: `final ${depth}`,
    }));
    const after = Object.entries(crossing.after).map(([part, values]) => strip(values, {
      ...named(part), called: `first ${named(part).called}`, does: "of the decoder", limit: limits[`first ${part}`], where: "first", key: `decoder ${depth}`,
    }));
    const several = bridge.length > 1 || layers.length > 1;
    const title = several ? `from layer ${crossing.encoder_layer} of the encoder to layer ${depth + 1} of the decoder` : "from the encoder to the decoder";
    const sizes = make("p", { class: "small soft", text: `${crossing.before.hidden.length} numbers become ${crossing.after.hidden.length}` });
    return panel(title, "", ...before, sizes, ...after);
  });
}

function decoderPanels({ t }) {
  const step = decoding[t];
  const where = `step ${t + 1}, after ${quoted(step.read.text)}`;
  const read = [strip(step.embedding, { letter: "x", called: "embedding", does: `what stands for ${quoted(step.read.text)}, the word before`, limit: limits.embedding, where, key: "target embedding" })];
  if (step.fed.length) read.push(strip(step.fed, { letter: "õ", called: "fed", does: "the readout of the step before", limit: limits.readout, where, key: "readout" }));
  const context = step.context.length
    ? [strip(step.context, { called: "context", does: "what is taken from the source", limit: limits.context, where, key: "context" })]
    : [];
  const before = model.placement === "before";
  const panels = step.layers.map((layer, depth) => {
    const old = t ? decoding[t - 1].layers[depth].state : bridge[depth].after;
    const strips = cellStrips("decoder", layer, old, `${layerOf(bridge, depth)}${where}`, `decoder ${depth}`);
    const first = depth ? [] : [...read, ...(before ? context : [])];
    return panel(bridge.length > 1 ? `layer ${depth + 1} of the decoder` : `the decoder reads ${quoted(step.read.text)}`, "→", ...first, ...strips);
  });
  const groups = [];
  if (step.weights) groups.push(lookGroup(step.weights));
  if (!before && context.length) groups.push(...context);
  if (step.context.length || model.tied_embeddings) {
    groups.push(strip(step.readout, { letter: "õ", called: "readout", does: "what the output layer reads", limit: limits.readout, where, key: "readout" }));
  }
  const chosen = step.choice.index;
  const bars = step.best.map(({ word, index, probability }) => [word, probability, index === chosen ? "chosen" : ""]);
  if (!step.best.some(({ index }) => index === chosen)) bars.push([step.choice.word, step.choice.probability, "chosen"]);
  groups.push(barGroup("the likeliest next words", bars));
  return [...panels, panel(`and writes ${quoted(step.choice.word)}`, "", ...groups)];
}

/** Return the words that attention looks at; of a long sentence those that matter. */
function lookGroup(weights) {
  const bars = source.map(({ text }, place) => [text, weights[place], "look"]);
  const least = source.length > 10 ? 0.01 : 0;
  const shown = bars.filter(([, weight]) => weight >= least);
  const group = barGroup("where attention looks", shown);
  const others = bars.length - shown.length;
  if (others) group.lastChild.append(make("span", { class: "rest", text: `${others} others below ${least}` }));
  return group;
}

function barGroup(title, bars) {
  const cells = bars.flatMap(([label, share, kind]) => {
    const fill = make("i", { class: kind });
    fill.style.width = `${100 * share}%`;
    const tell = (event) => showTip(event, String(share), label);
    const bar = make("span", { class: "bar", onpointermove: tell, onpointerleave: hideTip }, fill);
    return [make("span", { class: `label ${kind}`, text: label, title: label }), bar, make("span", { class: "number", text: share.toFixed(3) })];
  });
  return make("div", { class: "group" }, make("div", { class: "small soft", text: title }), make("div", { class: "bars" }, ...cells));
}
