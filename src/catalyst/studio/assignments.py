"""Exercises out of masters, by nbgrader's own preprocessors. Depends on nbgrader_config.py.

The list of preprocessors and their settings are read from the project's ``nbgrader_config.py``, so that
``nbgrader generate_assignment`` on the command line makes the very same file.
"""

from pathlib import Path

from catalyst import paths
from catalyst.errors import CourseError


def generate(master: Path, gradebook: Path | None = None) -> str:
    """The exercise notebook that a master gives, as the text of its file.

    Parameters
    ----------
    master : Path
        ``solutions/<id>/<id>.ipynb``.
    gradebook : Path, optional
        The gradebook in which its cells and points are to be kept, as those of the assignment of its name.

    Returns
    -------
    str
        The same bytes on every run: cell ids are the master's, keys are sorted, a newline ends it.

    Raises
    ------
    CourseError
        If nbgrader refuses the master; the message is nbgrader's.
    """
    import nbformat
    from nbconvert.exporters import NotebookExporter
    from nbgrader.preprocessors import SaveCells

    config = _config()
    steps = config.GenerateAssignment.preprocessors
    config.Exporter.default_preprocessors = []
    exporter = NotebookExporter(config=config)
    for step in steps:
        # SaveCells writes to an instructor's gradebook, which the course does not keep; it changes no cell.
        if step is not SaveCells or gradebook is not None:
            exporter.register_preprocessor(step)
    kept = {"notebook": master.stem, "assignment": master.stem, "db_url": f"sqlite:///{gradebook}"}
    try:
        text, _ = exporter.from_notebook_node(
            nbformat.read(master, as_version=4), resources={"nbgrader": kept}
        )
    except Exception as error:
        raise CourseError(f"{master.name}: nbgrader cannot make the exercise: {error}") from error
    return text if text.endswith("\n") else text + "\n"


def _config():
    from traitlets.config.loader import PyFileConfigLoader

    return PyFileConfigLoader("nbgrader_config.py", path=str(paths.root())).load_config()
