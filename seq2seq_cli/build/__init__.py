"""From the config to what it describes. The one room that knows all the others, and they don't know it.

`choices` looks names up in the registries, `data` needs no torch, `experiment` builds models and what trains
them, `remarks` tells what in a config has no effect.
"""
