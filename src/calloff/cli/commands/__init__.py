"""The commands, one file each: ``configure`` its options, ``run`` it, both short."""
