"""The manifest: what a release holds, and content hashes that depend on values alone.

A content hash covers a table's column names, kinds, values and row order, never its bytes on disk, which
differ between versions of the Parquet writer. That of a table in parts is the hash of its parts' hashes, in
order. Depends on nothing of the course but its version.
"""

import hashlib
import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import catalyst

_STEPS_PER_UNIT = 1_000_000  # fractions are hashed to six decimals: raw floats differ between processors


def content_hash(table: pa.Table) -> str:
    """SHA-256 over names, kinds, values and row order of a table.

    Parameters
    ----------
    table : columns of dates, integers, fractions, text or dictionary-encoded text

    Returns
    -------
    str of 64 hexadecimal digits

    Raises
    ------
    TypeError
        If a column has another type.
    """
    digest = hashlib.sha256()
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind, parts = _canonical(column.combine_chunks(), name)
        digest.update(f"{name}\0{kind}\0{len(table)}\0".encode())
        for part in parts:
            digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _canonical(array: pa.Array, name: str) -> tuple[str, list[bytes | np.ndarray]]:
    """A column as a kind and bytes that do not depend on how it is stored."""
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks == 1 else pa.concat_arrays(array.chunks)
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        array, kind = array.dictionary_encode(), pa.dictionary(pa.int32(), pa.string())
    if pa.types.is_dictionary(kind):
        return "text", _text(array)
    missing = np.asarray(array.is_null()) if array.null_count else np.zeros(len(array), dtype=bool)
    if pa.types.is_date32(kind):
        values, label = array.cast(pa.int32()), "date"
    elif pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        values, label = array if pa.types.is_integer(kind) else array.cast(pa.int8()), "integer"
    elif pa.types.is_floating(kind):
        filled = np.asarray(array.fill_null(0.0), dtype=np.float64)
        steps = np.round(filled * _STEPS_PER_UNIT).astype("<i8")
        return "fraction", [np.where(missing, 0, steps), missing]
    else:
        raise TypeError(f"column {name} has a type that no content hash is defined for: {kind}")
    return label, [np.asarray(_filled(values, 0)).astype("<i8", copy=False), missing]


def _filled(array: pa.Array, value: int) -> pa.Array:
    """The same numbers with another in the place of what is missing; told as they are if nothing is."""
    return array.fill_null(value) if array.null_count else array


def _text(array: pa.DictionaryArray) -> list[bytes | np.ndarray]:
    """The texts that occur, in order, and for each row which of them it has; −1 where nothing is recorded."""
    texts, index = array.dictionary, np.asarray(_filled(array.indices, -1)).astype("<i8")
    used = np.flatnonzero(np.bincount(index[index >= 0] if array.null_count else index))
    if len(used) == len(texts) and len(texts):
        # Most dictionaries hold what occurs and are sorted already, and those of keys are long.
        words = texts.cast(pa.string())
        if pc.all(pc.greater(words[1:], words[:-1])).as_py() is not False:
            joined = pc.binary_join(pa.ListArray.from_arrays([0, len(words)], words), "\0")
            return [joined[0].as_buffer(), index]
    plain = np.array(texts.to_pylist(), dtype=object)
    order = used[np.argsort(plain[used].astype(str), kind="stable")]
    place = np.full(len(plain) + 1, -1, dtype="<i8")  # the last is for what is missing
    place[order] = np.arange(len(order))
    return ["\0".join(plain[order]).encode(), place[index]]


def build(tables: dict[str, pa.Table], arguments: dict) -> dict:
    """The manifest of a release whose tables are at hand; see :func:`summary`."""
    return summary({name: entry(table) for name, table in tables.items()}, arguments)


def entry(table: pa.Table) -> dict:
    """What a manifest says of one table: rows, columns and sha256."""
    return {"rows": table.num_rows, "columns": table.num_columns, "sha256": content_hash(table)}


def entry_of_parts(parts: list[tuple[int, str]], columns: int) -> dict:
    """What a manifest says of a table in parts.

    Parameters
    ----------
    parts : rows and content hash of each, in the order of their numbers, which the world alone decides

    Returns
    -------
    dict with ``rows``, ``columns``, ``sha256`` (over the parts' rows and hashes) and ``parts``
    """
    digest = hashlib.sha256()
    for rows, sha256 in parts:
        digest.update(f"{rows}\0{sha256}\0".encode())
    rows = sum(rows for rows, _ in parts)
    return {"rows": rows, "columns": columns, "sha256": digest.hexdigest(), "parts": len(parts)}


def summary(entries: dict[str, dict], arguments: dict) -> dict:
    """The manifest of a release.

    Parameters
    ----------
    entries : of all tables by name, from :func:`entry` or :func:`entry_of_parts`
    arguments : what the release was asked for, as plain JSON values

    Returns
    -------
    dict with ``version``, ``arguments``, ``tables`` (rows, columns, sha256 of each) and ``content_hash``
    """
    digest = hashlib.sha256()
    for name in sorted(entries):
        digest.update(f"{name}\0{entries[name]['sha256']}\0".encode())
    return {
        "version": catalyst.__version__,
        "arguments": arguments,
        "tables": entries,
        "content_hash": digest.hexdigest(),
    }


def text(manifest: dict) -> str:
    """The manifest as it stands in its file."""
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
