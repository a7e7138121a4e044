"""Logits become better parameters: loss, teacher forcing, optimisers, the loop."""
