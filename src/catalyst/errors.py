"""The one kind of error that a person who uses the course should ever read. Depends on nothing."""


class CourseError(Exception):
    """Something that the person at the keyboard can mend.

    Its message is one clear sentence that says what is wrong and what to do.
    The command line prints the message alone, without a traceback.
    """
