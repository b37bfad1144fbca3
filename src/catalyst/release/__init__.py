"""What a researcher receives: keys, tables, files, a manifest. Depends on records and the world."""
