"""The error that a check raises."""

import pytest

from micrograph.testing import GradientError, check_gradients


def failure(f, *args, **options):
    """The GradientError of ``check_gradients``; the test fails if there is none."""
    with pytest.raises(GradientError) as caught:
        check_gradients(f, *args, **options)
    return caught.value
