// What the parts of a cell are called, what they do, and how one unit of them comes about.

/** Each part: its letter, its name, what it does, its equation. */
const CELLS = {
  lstm: {
    input: ["i", "input gate", "how much of the candidate comes in", "i = σ(Wᵢ x + Uᵢ h + bᵢ)"],
    forget: ["f", "forget gate", "how much of the old cell stays", "f = σ(W_f x + U_f h + b_f)"],
    candidate: ["g", "candidate", "what could be written into the cell", "g = tanh(W_g x + U_g h + b_g)"],
    output: ["o", "output gate", "how much of the cell shows", "o = σ(Wₒ x + Uₒ h + bₒ)"],
    cell: ["c", "cell", "what is kept: f ⊙ c + i ⊙ g", "c′ = f ⊙ c + i ⊙ g"],
    hidden: ["h", "hidden state", "what shows of the cell: o ⊙ tanh(c)", "h′ = o ⊙ tanh(c′)"],
  },
  gru: {
    reset: ["r", "reset gate", "how much of the old state the candidate sees", "r = σ(Wᵣ x + Uᵣ h + bᵣ)"],
    update: ["z", "update gate", "how much of the old state stays", "z = σ(W_z x + U_z h + b_z)"],
    candidate: ["n", "candidate", "what could take the old state’s place", "n = tanh(Wₙ x + bₙ + r ⊙ (Uₙ h + b′ₙ))"],
    hidden: ["h", "hidden state", "z ⊙ h + (1 − z) ⊙ n", "h′ = z ⊙ h + (1 − z) ⊙ n"],
  },
  tanh: {
    hidden: ["h", "hidden state", "the word and the old state, squeezed", "h′ = tanh(W x + U h + b)"],
  },
};

const PARTS = CELLS[data.model.cell] ?? {};

/** Return what a part is called; one that is not in the table goes by its own name. */
function named(part) {
  const [letter, called, does] = PARTS[part] ?? ["", part, ""];
  return { letter, called, does };
}

const short = (value) => String(Number(value.toPrecision(4))).replace("-", "−");
const factor = (value) => (value < 0 ? `(${short(value)})` : short(value));

/** Return the sums of one unit: from the gates and the state before to the state after. */
const SUMS = {
  lstm: ({ input, forget, candidate, output }, before, { cell, hidden }, k) => [
    `c′ = f·c + i·g = ${short(forget[k])} · ${factor(before.cell[k])} + ${short(input[k])} · ${factor(candidate[k])} = ${short(cell[k])}`,
    `h′ = o·tanh(c′) = ${short(output[k])} · tanh(${short(cell[k])}) = ${short(hidden[k])}`,
  ],
  gru: ({ update, candidate }, before, { hidden }, k) => [
    `h′ = z·h + (1 − z)·n = ${short(update[k])} · ${factor(before.hidden[k])} + ${short(1 - update[k])} · ${factor(candidate[k])} = ${short(hidden[k])}`,
  ],
};

function sumsOf(step, before, unit) {
  return SUMS[data.model.cell]?.(step.gates, before, step.state, unit) ?? [`h′ = ${short(step.state.hidden[unit])}`];
}

/** What the bridge does, by its name; `same` tells whether the widths match. */
const BRIDGES = {
  linear: (same) => (same ? "The widths match, so the state goes over as it is." : "A linear map, W z + b, learnt for each part of the state."),
  tanh: () => "tanh(W z + b), learnt for each part of the state, so that a cell could have put it out.",
  copy: () => "The state goes over as it is.",
  zero: () => "Nothing goes over: the decoder begins with zeros.",
};
