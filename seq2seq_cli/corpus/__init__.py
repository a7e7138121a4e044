"""Text becomes batches: sources, normalising, vocabulary, prepared data sets."""
