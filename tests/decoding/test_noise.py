"""Noise that is a function of what it is for."""

import math

import torch

from seq2seq_cli.decoding.noise import gumbel, keys, mixed


def splitmix(state):
    """Return the first number of SplitMix64, as its authors wrote it down, in unbounded integers."""
    bits = 2**64 - 1
    z = (state + 0x9E3779B97F4A7C15) & bits
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & bits
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & bits
    return z ^ (z >> 31)


def test_bits_are_mixed_as_splitmix64_mixes_them():
    states = [0, 1, 1234567, 2**62 + 12345, -1, -(2**63)]
    golden = 0x9E3779B97F4A7C15 - 2**64
    ours = mixed(torch.tensor(states) + golden)
    assert [number % 2**64 for number in ours.tolist()] == [splitmix(state % 2**64) for state in states]
    assert splitmix(1234567) == 6457827717110365317  # as published with the generator


def test_a_key_depends_on_the_true_tokens_their_order_the_seed_and_the_draw_alone():
    source, lengths = torch.tensor([[5, 6, 2, 0], [6, 5, 2, 0], [5, 6, 2, 9]]), torch.tensor([3, 3, 3])
    found = keys(source, lengths, seed=1, draws=2).view(3, 2)
    assert torch.equal(found[0], found[2])
    assert torch.equal(found[0], keys(source[:1, :3], lengths[:1], seed=1, draws=3)[:2])
    others = [found, keys(source, lengths, seed=2, draws=2), keys(source, lengths - 1, seed=1, draws=2)]
    assert (
        len(set(torch.cat([other.flatten() for other in others]).tolist())) == 3 * 2 * 2
    )  # two sentences, two draws


def test_noise_has_the_standard_gumbel_distribution_and_no_number_tells_of_another():
    words = torch.arange(500)
    noise = torch.stack([gumbel(torch.arange(100) * 3, t, words) for t in range(4)]).double()  # (4, 100, 500)
    count = noise.numel()
    ordered = noise.flatten().sort().values
    exact = (-(-ordered).exp()).exp()  # the distribution function
    steps = torch.arange(1, count + 1).double() / count
    assert (exact - steps).abs().max() < 1.95 / math.sqrt(count)  # Kolmogorov-Smirnov, once in 1,000 times
    even = (-(-noise).exp()).exp() - 0.5
    for a, b in ((even[1:], even[:-1]), (even[:, 1:], even[:, :-1]), (even[..., 1:], even[..., :-1])):
        assert abs(float((a * b).mean()) * 12) < 4 / math.sqrt(a.numel())
    assert torch.equal(gumbel(torch.tensor([3]), 2, words[7:9]), noise[2, 1:2, 7:9].float())
