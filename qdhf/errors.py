"""Errors that people can act on. A page or the command line shows the message of a :class:`QdhfError` as it is;
anything else is a bug and stays loud.

QdhfError
├── InvalidInput        a value that cannot be used: what was given, what is needed
├── NotFound            an id, name, file or folder that is not there
├── MissingModel        weights or a package that must be installed or downloaded first
├── NotEnoughJudgments  a fit was asked for before there was anything to learn from
├── NotEnoughItems      a question, map or choice needs more items
├── NotAllowed          the caller's role does not permit this
└── StorageFailure      the disk or the database refused; nothing was half-written
"""


class QdhfError(Exception):
    """Base of all errors meant for people."""


class InvalidInput(QdhfError):
    pass


class NotFound(QdhfError):
    pass


class MissingModel(QdhfError):
    pass


class NotEnoughJudgments(QdhfError):
    pass


class NotEnoughItems(QdhfError):
    pass


class NotAllowed(QdhfError):
    pass


class StorageFailure(QdhfError):
    pass
