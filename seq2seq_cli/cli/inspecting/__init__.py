"""The commands of s2s inspect, one a file."""
