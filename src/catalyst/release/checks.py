"""What a release must satisfy to be handed out: every table its own pandera schema. Depends on schema."""

import pandas as pd
import pandera.pandas as pa

from catalyst.errors import CourseError
from catalyst.release import schema


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
