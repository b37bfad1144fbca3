"""pandera schemas of the release, made from :mod:`.schema`: what a table must satisfy to be handed out.

Depends on schema. Importing pandera takes a second, so only those who validate import this module.
"""

import pandas as pd
import pandera.pandas as pa

from catalyst.errors import CourseError
from catalyst.release import schema


def pandera_schema(table: schema.Table) -> pa.DataFrameSchema:
    """The pandera schema of one table.

    It demands exactly the table's columns in their order, their types, no missing value where none may be, no
    code that the dictionary does not know or that the return of that year did not know, and a unique key.
    """
    checks = [
        pa.Check(
            _known_in_year(c), name=f"codes of {c.name} by year", error=f"{c.name} has a code of another year"
        )
        for c in table.columns
        if any(m.first or m.last < 9999 for m in c.codes.values()) and table.source != "ours"
    ]
    return pa.DataFrameSchema(
        {c.name: _column(c) for c in table.columns},
        checks=checks,
        strict=True,
        ordered=True,
        unique=list(table.key),
        name=table.name,
    )


def _column(column: schema.Column) -> pa.Column:
    checks = [pa.Check(_of_kind(column.kind), name=f"is a {column.kind}", error=f"not a {column.kind}")]
    if column.codes and column.kind != "flag":
        known = frozenset(column.codes)
        checks.append(
            pa.Check(
                lambda s: known.issuperset(s.dropna().unique()), name="codes", error="has an unknown code"
            )
        )
    if column.kind == "flag":
        checks.append(pa.Check.isin([0, 1]))
    if column.empty:
        checks.append(pa.Check(lambda s: s.isna().all(), name="empty", error="is not empty", ignore_na=False))
    return pa.Column(None, checks=checks, nullable=column.nullable)


def _of_kind(kind: str):
    def check(series: pd.Series) -> bool:
        if kind == "date":
            return pd.api.types.is_datetime64_any_dtype(series)
        if kind in ("number", "flag"):
            return pd.api.types.is_integer_dtype(series)
        return isinstance(series.dtype, pd.CategoricalDtype)

    return check


def _known_in_year(column: schema.Column):
    first = {code: m.first for code, m in column.codes.items()}
    last = {code: m.last for code, m in column.codes.items()}

    def check(frame: pd.DataFrame) -> bool:
        if not isinstance(frame[column.name].dtype, pd.CategoricalDtype):
            return False
        codes = frame[column.name].cat
        begins = [first.get(c, 0) for c in codes.categories] + [0]
        ends = [last.get(c, 9999) for c in codes.categories] + [9999]
        at = codes.codes.to_numpy()
        year = frame["Year"].to_numpy()
        return bool(
            ((pd.array(begins).to_numpy()[at] <= year) & (pd.array(ends).to_numpy()[at] >= year)).all()
        )

    return check


def validate(frames: dict[str, pd.DataFrame]) -> None:
    """Checks whole tables against their schemas.

    Raises
    ------
    CourseError
        Naming the first table that fails and why.
    """
    for name, frame in frames.items():
        try:
            pandera_schema(schema.table(name)).validate(frame, lazy=False)
        except (pa.errors.SchemaError, pa.errors.SchemaErrors) as error:
            # Several columns out of place come as one error that holds many.
            first = error.schema_errors[0] if isinstance(error, pa.errors.SchemaErrors) else error
            why = " ".join(str(first).split())[:200]
            raise CourseError(
                f"The table {name} does not satisfy its own schema and was not released: {why}."
            ) from None
