"""The decoder: from a word and a state to the next word's logits."""

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from seq2seq_cli.batch import mask_of
from seq2seq_cli.models.attention import Attention, Memory
from seq2seq_cli.models.dropout import Dropout
from seq2seq_cli.models.packing import Packing
from seq2seq_cli.models.readout import HiddenReadout, Readout
from seq2seq_cli.models.recurrent import Recurrence
from seq2seq_cli.models.stack import Masks, RecurrentStack, State
from seq2seq_cli.models.stepwise import stepwise
from seq2seq_cli.symbols import PAD


class DecoderState(NamedTuple):
    """What a decoder carries from step to step, a row a hypothesis."""

    layers: State  # of the recurrent layers, parts (rows, hidden)
    fed: Tensor  # what input feeding hands to the next step, (rows, readout size), or (rows, 0) without it
    masks: Masks  # of variational dropout in training: embeddings, between layers, readout

    def select(self, rows: Tensor) -> "DecoderState":
        """Return the given rows, (n,) indices, in that order; a row may come more than once."""
        layers = tuple(tuple(part.index_select(0, rows) for part in layer) for layer in self.layers)
        masks = tuple(None if mask is None else mask.index_select(0, rows) for mask in self.masks)
        return DecoderState(layers, self.fed.index_select(0, rows), masks)


class DecoderStep(NamedTuple):
    """What one step gives."""

    logits: Tensor  # (rows, vocabulary)
    state: DecoderState  # after the step
    weights: Tensor | None  # attention over the source, (rows, source time)


class HalfStep(NamedTuple):
    """A step before its logits."""

    readout: Tensor  # (rows, readout size)
    state: DecoderState
    weights: Tensor | None


class Decoder(nn.Module, ABC):
    """A language model of the target that is told of the source.

        õ_t = tanh(W [s_t ; c_t] + b_r)     the readout of state and context
        logits_t = V õ_t + b

    (Luong, Pham & Manning 2015, equations 5 and 6.) How s_t and c_t come about is the variants' affair. With
    input feeding, õ_{t-1} is part of the input at t, so that a step knows where the last one looked
    (section 3.3 there). With tied embeddings V is the matrix of the target's embeddings (Press & Wolf 2017),
    as wide as they are. With neither a context nor tied embeddings, õ_t is s_t itself.

    Args:
        vocabulary_size: number of target words.
        embedding_size: width of a word's embedding.
        hidden_size: width of the state.
        layers: number of recurrent layers.
        recurrence: how recurrent layers are made.
        attention: what is taken from the source.
        dropout: what falls on embeddings, between layers and on readouts.
        input_feeding: whether a step is given the readout of the step before.
        tied_embeddings: whether the output layer's matrix is that of the embeddings.
    """

    attends_before: ClassVar[bool]
    """Whether attention comes before the recurrent step, which then reads the context."""

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        hidden_size: int,
        layers: int,
        recurrence: Recurrence,
        attention: Attention,
        dropout: Dropout,
        *,
        input_feeding: bool = False,
        tied_embeddings: bool = False,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, embedding_size, padding_idx=PAD)
        self.dropout = dropout
        self.attention = attention
        readout_size = embedding_size if tied_embeddings else hidden_size
        self.fed_size = readout_size if input_feeding else 0
        context_size = attention.context_size if self.attends_before else 0
        sizes = [embedding_size + context_size + self.fed_size] + [hidden_size] * (layers - 1)
        self.recurrent = RecurrentStack([recurrence.layer(size, hidden_size) for size in sizes], dropout)
        self.readout = (
            Readout(hidden_size, attention.context_size, readout_size)
            if attention.context_size or tied_embeddings
            else HiddenReadout()
        )
        self.output = nn.Linear(readout_size, vocabulary_size)
        if tied_embeddings:
            self.output.weight = self.embedding.weight

    @property
    @abstractmethod
    def sweeps(self) -> bool:
        """Whether the steps of a known target can be taken in one sweep."""

    def start(self, layers: State) -> DecoderState:
        """Return the state before the first step, from that of the recurrent layers, parts (rows, hidden)."""
        hidden = layers[-1][0]
        readout_size = self.output.in_features
        masks = (
            self.dropout.draw(hidden, self.embedding.embedding_dim),
            *self.recurrent.draw(hidden),
            self.dropout.draw(hidden, readout_size),
        )
        return DecoderState(layers, hidden.new_zeros(hidden.shape[0], self.fed_size), masks)

    def step(self, token: Tensor, state: DecoderState, memory: Memory) -> DecoderStep:
        """Take one step.

        Args:
            token: (rows,) the word before.
            state: the state before the step.
            memory: the source.
        """
        embedded = self.dropout(self.embedding(token), state.masks[0])  # (rows, embedding)
        readout, after, weights = self.advance(embedded, state, memory)
        return DecoderStep(self.output(self.dropout(readout, state.masks[-1])), after, weights)

    def forward(self, tokens: Tensor, lengths: Tensor, state: DecoderState, memory: Memory) -> Tensor:
        """Take all steps of known targets; equal to the steps, only faster.

        Args:
            tokens: (batch, target time), <sos> and then the target without its last word.
            lengths: (batch,) how many of them count.
            state: what `start` returned.
            memory: the source.

        Returns:
            What the output layer reads for every token that counts, (target tokens, readout size), sentence
            after sentence.
        """
        if self.sweeps:
            readouts = self._swept(tokens, lengths, state, memory)
        elif self.recurrent.is_plain:
            readouts = self._stepped_by_hand(tokens, lengths, state, memory)
        else:
            readouts = self._stepped(tokens, lengths, state, memory)
        mask = state.masks[-1]
        per_token = None if mask is None else mask.repeat_interleave(lengths, 0)
        dropped: Tensor = self.dropout(readouts, per_token)
        return dropped

    def _swept(self, tokens: Tensor, lengths: Tensor, state: DecoderState, memory: Memory) -> Tensor:
        """Return all readouts, (target tokens, readout size), where no step waits for the one before."""
        embedded = self.dropout(self.embedding(tokens), state.masks[0])  # (batch, time, embedding)
        return self.sweep(embedded, state, memory)[mask_of(lengths, tokens.shape[1])]

    def _stepped(self, tokens: Tensor, lengths: Tensor, state: DecoderState, memory: Memory) -> Tensor:
        """Return all readouts, (target tokens, readout size), one step after the other."""
        embedded = self.dropout(self.embedding(tokens), state.masks[0])  # (batch, time, embedding)
        steps = []
        for x in embedded.unbind(1):
            readout, state, _ = self.advance(x, state, memory)
            steps.append(readout)
        return torch.stack(steps, dim=1)[mask_of(lengths, tokens.shape[1])]

    def _stepped_by_hand(
        self, tokens: Tensor, lengths: Tensor, state: DecoderState, memory: Memory
    ) -> Tensor:
        """Return the same, with gradients derived by hand, and without the padding."""
        packing = Packing.of(lengths, tokens.shape[1])
        memory = Memory(*map(packing.sorted, memory))
        layers = tuple(tuple(map(packing.sorted, layer)) for layer in state.layers)
        words, sentence = tokens.flatten()[packing.index], packing.index // packing.time
        masks = tuple(None if mask is None else mask.index_select(0, sentence) for mask in state.masks[:-1])
        embedded = self.dropout(self.embedding(words), masks[0])  # (tokens, embedding)
        readouts = stepwise(
            *(embedded, packing.sizes, self.recurrent, layers, masks[1:]),
            *(self.attention, memory, self.readout),
            attends_before=self.attends_before,
            feeds=self.fed_size > 0,
        )
        return packing.by_sentence(readouts)

    @abstractmethod
    def advance(self, embedded: Tensor, state: DecoderState, memory: Memory) -> HalfStep:
        """Take one step from the embedding of the word before, (rows, embedding), up to the readout."""

    @abstractmethod
    def sweep(self, embedded: Tensor, state: DecoderState, memory: Memory) -> Tensor:
        """Return all readouts, (batch, time, readout size), from all embeddings, where that is possible."""

    def carry(self, state: DecoderState, layers: State, readout: Tensor) -> DecoderState:
        """Return the state after a step."""
        return state._replace(layers=layers, fed=readout if self.fed_size else state.fed)
