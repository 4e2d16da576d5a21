"""What the API answers where it does not do what was asked."""


class Refused(Exception):
    """status: of HTTP; str() is one sentence for the person"""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def not_there(what: str) -> Refused:
    """The same for what does not exist and for what belongs to somebody else."""
    return Refused(404, f"There is no such {what}, or it is not yours.")
