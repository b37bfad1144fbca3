"""What a release must satisfy to be handed out: every table its own pandera schema. Depends on schema."""

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow
import pyarrow.compute as pc

from catalyst.errors import CourseError
from catalyst.release import schema


def check(tables: dict[str, pyarrow.Table], flaws: bool = False) -> None:
    """Checks whole tables against their schemas, as Arrow holds them.

    Nearly every table plainly has all that its schema demands; only of others pandera says what is wrong.

    Parameters
    ----------
    flaws : as for :func:`validate`

    Raises
    ------
    CourseError
        Naming the first table that fails and why.
    """
    for name, table in tables.items():
        if not _plainly_sound(schema.table(name), table, flaws):
            frame = table.to_pandas(date_as_object=False, coerce_temporal_nanoseconds=True)
            validate({name: frame}, flaws)


def validate(frames: dict[str, pd.DataFrame], flaws: bool = False) -> None:
    """Checks whole tables against their schemas.

    Parameters
    ----------
    flaws : whether the release has flaws on purpose, and with them rows that were handed in twice

    Raises
    ------
    CourseError
        Naming the first table that fails and why.
    """
    for name, frame in frames.items():
        try:
            table = schema.table(name)
            (table.with_flaws() if flaws else table).validate(frame, lazy=False)
        except (pa.errors.SchemaError, pa.errors.SchemaErrors) as error:
            # Several columns out of place come as one error that holds many.
            first = error.schema_errors[0] if isinstance(error, pa.errors.SchemaErrors) else error
            why = " ".join(str(first).split())[:200]
            raise CourseError(
                f"The table {name} does not satisfy its own schema and was not released: {why}."
            ) from None


def _plainly_sound(demanded: schema.Table, table: pyarrow.Table, flaws: bool) -> bool:
    """Whether a table has all that its schema demands; False where pandera had better look."""
    if table.column_names != list(demanded.columns):
        return False
    columns = {name: _whole(table[name]) for name in table.column_names}
    return (
        all(_column_sound(demanded[name], values) for name, values in columns.items())
        and all(_known_in_year(column, columns) for column in demanded.columns.values())
        and (flaws or not demanded.key or _unique([columns[name] for name in demanded.key]))
    )


def _whole(column: pyarrow.ChunkedArray) -> pyarrow.Array:
    whole = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return pyarrow.concat_arrays(whole.chunks) if isinstance(whole, pyarrow.ChunkedArray) else whole


def _column_sound(column: schema.Column, values: pyarrow.Array) -> bool:
    kind, coded = values.type, column.codes and column.kind != "flag"
    if (values.null_count and not column.nullable) or (column.empty and values.null_count < len(values)):
        return False
    if column.kind == "date":
        return pyarrow.types.is_date32(kind)
    if column.kind in ("number", "flag"):
        if not pyarrow.types.is_integer(kind):
            return False
        least_most = pc.min_max(values).as_py() if column.kind == "flag" else {"min": None}
        return least_most["min"] is None or (least_most["min"] >= 0 and least_most["max"] <= 1)
    if not pyarrow.types.is_dictionary(kind):
        return False
    return not coded or all(code in column.codes for code in values.dictionary.to_pylist())


def _known_in_year(column: schema.Column, columns: dict[str, pyarrow.Array]) -> bool:
    """Whether the return of each row's year knew its code."""
    dated = any(code.first or code.last < 9999 for code in column.codes.values())
    if not dated or "Year" not in columns or not len(columns["Year"]):
        return True
    values, year = columns[column.name], columns["Year"]
    if not pyarrow.types.is_dictionary(values.type) or year.null_count:
        return False
    spans = [column.codes[code] for code in values.dictionary.to_pylist()]
    begins = np.array([span.first for span in spans] + [0])
    ends = np.array([span.last for span in spans] + [9999])
    at, year = np.asarray(values.indices.fill_null(-1)), np.asarray(year)
    return bool(((begins[at] <= year) & (ends[at] >= year)).all())


def _unique(key: list[pyarrow.Array]) -> bool:
    """Whether no two rows have the same key; False also where that cannot be told by one number a row."""
    if not len(key[0]):
        return True
    packed, size = np.zeros(len(key[0]), dtype=np.int64), 1
    for values in key:
        if pyarrow.types.is_dictionary(values.type):
            values = values.indices
        elif pyarrow.types.is_date32(values.type):
            values = values.cast(pyarrow.int32())
        elif not pyarrow.types.is_integer(values.type):
            return False
        least = pc.min(values).as_py()
        least = 0 if least is None else least
        plain = np.asarray(values.fill_null(least - 1)).astype(np.int64) - (least - 1)
        width = int(plain.max()) + 1
        size *= width
        if size >= 2**62:
            return False
        packed = packed * width + plain
    return bool((packed[1:] > packed[:-1]).all()) or pd.Series(packed).is_unique
