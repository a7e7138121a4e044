"""What the tests of the schedules share: the rates of torch's schedulers."""

import pytest
import torch


@pytest.fixture(scope="session")
def torchs_rates():
    """Return what lists the rates of a scheduler of torch's: (its maker, learning rate, steps) -> rates."""

    def rates(make_scheduler, learning_rate, steps):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], learning_rate)
        scheduler = make_scheduler(optimizer)
        found = []
        for _ in range(steps):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        return found

    return rates
