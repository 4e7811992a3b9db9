"""The warning that a plane separates the classes."""


class SeparationWarning(UserWarning):
    """A plane separates the classes, so the likelihood grows for ever as the coefficients grow.

    No finite coefficients are the likeliest.

    Example:
        >>> import warnings
        >>> from micrograph.learn import LogisticRegression
        >>> with warnings.catch_warnings(action="error"):
        ...     LogisticRegression().fit([[0.0], [1.0]], [0, 1])
        Traceback (most recent call last):
        micrograph.learn.SeparationWarning: the classes are perfectly separated: the \
likeliest coefficients are infinite; use penalty="l2"
    """
