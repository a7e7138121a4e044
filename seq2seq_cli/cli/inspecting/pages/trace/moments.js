// The moments that one steps through, and the scales that vectors of one kind share.

const { source, encoding, bridge, decoding, model } = data;
const layers = encoding.layers;

// One moment for each step of each layer of the encoder, one for the bridge, one for each word of the target. An
// encoder that is not recurrent has one in all: it looks at all words at once.

const moments = [];
if (layers.length) {
  layers.forEach((_, depth) => source.forEach((_, t) => moments.push({ wing: "encoder", depth, t })));
} else {
  moments.push({ wing: "encoder", depth: -1, t: 0 });
}
const atEncoder = (depth, t) => (depth < 0 ? 0 : depth * source.length + t);
const atBridge = moments.push({ wing: "bridge" }) - 1;
decoding.forEach((_, t) => moments.push({ wing: "decoder", t }));
const atDecoder = (t) => atBridge + 1 + t;

let now = 0;

// A scale ends where 99 of 100 numbers lie within it, so that a few outliers do not make all others pale.

const steps = {
  encoder: layers.flatMap((layer) => layer.directions).flatMap((way) => way.steps),
  decoder: decoding.flatMap((step) => step.layers),
};
const limits = {
  embedding: limitOf([...encoding.embeddings, ...decoding.map((step) => step.embedding)]),
  memory: limitOf(encoding.memory),
  outputs: limitOf(layers.flatMap((layer) => layer.outputs)),
  context: limitOf(decoding.map((step) => step.context)),
  readout: limitOf(decoding.map((step) => step.readout)),
  "encoder normalised": limitOf(steps.encoder.map((step) => step.normalised)),
  "decoder normalised": limitOf(steps.decoder.map((step) => step.normalised)),
};
for (const part of Object.keys(bridge[0].before)) {
  const final = bridge.map((crossing) => crossing.before[part]);
  limits[`encoder ${part}`] = limitOf(steps.encoder.length ? steps.encoder.map((step) => step.state[part]) : final);
  limits[`first ${part}`] = limitOf(bridge.map((crossing) => crossing.after[part]));
  limits[`decoder ${part}`] = limitOf(steps.decoder.map((step) => step.state[part]));
}

function limitOf(vectors) {
  const sizes = vectors.flat().map(Math.abs).sort((a, b) => a - b);
  return sizes[Math.floor(0.99 * (sizes.length - 1))] || 1;
}

const quoted = (word) => `“${word}”`;
const layerOf = (stack, depth) => (stack.length > 1 ? `layer ${depth + 1}, ` : "");

/** Return which way a direction goes through the source; `reverse_source` turns both round. */
const arrowOf = (way) => (way.order[0] > way.order[1] ? "←" : "→");
