"""One thread for all tests of modules: their products are small."""

import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread():
    """Keep small products on one core, and a test's own setting to itself."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
