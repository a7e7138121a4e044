"""Batches become logits: cells, encoders, bridges, attentions, decoder."""
