"""The classroom: what an instructor does with a course folder. Only the command line calls it."""
