"""What services write down about the families of the world: one module a return. Depends on world only.

A record table is a plain ``dict[str, Column]`` in the official column order, with two columns of our own
that never leave the building: ``child`` (the world's id) and ``stint`` (which local case file, see
:mod:`.case_files`).
"""
