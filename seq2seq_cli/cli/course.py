"""What a display keeps of a training while it goes on: a curve of bounded length, and the speed of late."""

from collections import deque

from seq2seq_cli.training.events import Step

_MOST_POINTS = 512
_SECONDS = 5.0


class Course:
    """A curve of ever more numbers that never takes more room: each point is the mean of so many of them."""

    def __init__(self) -> None:
        self.points: list[float] = []
        self.recent: deque[float] = deque(maxlen=100)
        self._block = 1  # how many numbers make a point
        self._sum, self._count = 0.0, 0  # of the point to come

    def add(self, number: float) -> None:
        """Take in the next number."""
        self.recent.append(number)
        self._sum += number
        self._count += 1
        if self._count < self._block:
            return
        self.points.append(self._sum / self._count)
        self._sum, self._count = 0.0, 0
        if len(self.points) == _MOST_POINTS:
            pairs = zip(self.points[::2], self.points[1::2], strict=True)
            self.points = [(first + second) / 2 for first, second in pairs]
            self._block *= 2

    @property
    def mean_of_late(self) -> float | None:
        """The mean of the last numbers; None without any."""
        return sum(self.recent) / len(self.recent) if self.recent else None


class Speed:
    """Target tokens a second, over the last seconds of training."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, float]] = deque()  # (tokens, seconds) so far, after each update

    def add(self, step: Step) -> None:
        """Take in the next update."""
        seen = self._seen
        seen.append((step.target_tokens, step.seconds))
        while len(seen) > 1 and seen[1][1] < step.seconds - _SECONDS:
            seen.popleft()

    @property
    def tokens_per_second(self) -> float | None:
        """The speed; None before there are two updates."""
        if len(self._seen) < 2:
            return None
        (tokens, seconds), (tokens_now, seconds_now) = self._seen[0], self._seen[-1]
        return (tokens_now - tokens) / (seconds_now - seconds) if seconds_now > seconds else None
