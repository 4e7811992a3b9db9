"""What a test needs that looks at the kernels."""

import pytest
from kernel_calls import EXTENSION, WHY

needs_kernels = pytest.mark.skipif(EXTENSION is None, reason=WHY)
