"""The page's part on training: every key, its default and, in the line below it, what it means."""

from seq2seq_cli.config.section import Section
from seq2seq_cli.config.values import (
    BelowOne,
    Count,
    Factor,
    MaybeCount,
    MaybePositive,
    NotNegative,
    Positive,
    Probability,
    Seed,
    Share,
    Steps,
    Switch,
    Text,
)


class ScheduleConfig(Section):
    """How the learning rate changes while training goes on."""

    policy: Text = "constant"
    """The learning rate's course: constant, step, plateau, inverse_sqrt, cosine or one_cycle."""
    warmup_steps: Steps = 0
    """Over how many updates, at the start, the learning rate rises to where the policy wants it."""
    step_size: Count = 1
    """How many epochs lie between two decays; for the policy step."""
    factor: Factor = 0.5
    """What a decay multiplies the learning rate with; for step and plateau."""
    patience: Count = 1
    """After how many validations without a better score the rate decays; for plateau."""
    floor: Probability = 0.0
    """What share of the learning rate is left at the end; for cosine."""
    rise: Share = 0.3
    """The share of all updates that lies before the highest rate; for one_cycle."""


class ForcingConfig(Section):
    """What the decoder is fed while it learns: the reference, or its own last word."""

    policy: Text = "always"
    """When the reference's word is fed: always, never, ratio, linear, exponential or inverse_sigmoid."""
    unit: Text = "sentence"
    """What one throw of the coin decides for: a batch (of each process), a sentence or a token."""
    ratio: Probability = 0.5
    """How often the reference's word is fed, from 0 (never) to 1 (always); for the policy ratio."""
    decay_steps: Count = 1000
    """How many updates a decay takes: to its end (linear), or as its constant."""
    floor: Probability = 0.0
    """Below which share no decay goes."""


class ValidationConfig(Section):
    """How often the valid part is translated and scored, and what follows from it."""

    every: Count = 1
    """After how many epochs, or updates, the valid part is translated and scored."""
    unit: Text = "epochs"
    """What `every` counts: epochs or steps."""
    score: Text = "bleu_any"
    """Which score says that a checkpoint is the best: bleu_any, bleu, exact_match, loss or perplexity."""
    patience: MaybeCount = None
    """Stop after so many validations in a row without a better score; null never stops early."""
    samples: Steps = 2
    """How many translations of the valid part are shown each time."""


class CheckpointsConfig(Section):
    """Which checkpoints stay; the best and the last always do."""

    every: MaybeCount = 1000
    """Save also after so many updates; null saves after validations and at the end alone."""
    keep_last: Count = 1
    """How many of the latest checkpoints stay."""
    keep_every: MaybeCount = None
    """Keep for good each checkpoint whose step is a multiple of this; null keeps none."""


class TrainingConfig(Section):
    """How the parameters become better."""

    epochs: Count = 12
    """How often training goes through all pairs."""
    max_steps: MaybeCount = None
    """Stop after this many updates even if epochs are left; null sets no limit."""
    batch_size: Count = 64
    """How many sentence pairs, or tokens, make a batch, over all processes."""
    batch_by: Text = "sentences"
    """What batch_size counts: sentences, or tokens (padding counted)."""
    accumulation: Count = 1
    """How many batches make one update of the parameters."""
    optimizer: Text = "adam"
    """The rule by which gradients change the parameters: sgd, adam or adamw."""
    learning_rate: Positive = 0.002
    """How large a step the optimizer takes."""
    momentum: BelowOne = 0.0
    """How much of the last step the next one keeps; for the optimizer sgd."""
    nesterov: Switch = False
    """Look ahead along the momentum; for the optimizer sgd."""
    weight_decay: NotNegative = 0.0
    """How strongly large parameters are pulled towards zero."""
    schedule: ScheduleConfig = ScheduleConfig()
    """How the learning rate changes while training goes on."""
    clip_norm: MaybePositive = 1.0
    """Gradients with a norm above this are scaled down to it; null never scales."""
    label_smoothing: BelowOne = 0.0
    """The share of each right word's probability that the loss spreads over all words."""
    teacher_forcing: ForcingConfig = ForcingConfig()
    """What the decoder is fed while it learns."""
    precision: Text = "auto"
    """Of the factors of products: float32, bfloat16, or auto, bfloat16 where the device has units for it."""
    validation: ValidationConfig = ValidationConfig()
    """How often the valid part is translated and scored, and what follows from it."""
    checkpoints: CheckpointsConfig = CheckpointsConfig()
    """Which checkpoints stay."""
    tensorboard: Switch = False
    """Write what happens also for TensorBoard, into the run's folder."""
    seed: Seed = 1
    """The seed of the first parameters, of the order of the batches and of dropout."""
