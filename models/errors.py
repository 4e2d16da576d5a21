"""The one exception that livebrush shows to a user."""


class LivebrushError(Exception):
    """Something a user can mend.

    message: what failed, and what was got against what was expected, in one line that is true for every caller:
        it names no option of the command line
    code:    what failed, for programs, in snake_case: "exists", "out_of_memory", "not_found", …; it stays as it is
        when the message is reworded
    remedy:  what to do next, for programs: a key of REMEDIES, which says it for a caller from Python; the command
        line says the same with its options, see `livebrush.realtime.commands.remedies`. Empty where the message
        says all
    values:  what the remedy's sentence names, such as {"value": "720"}
    """

    exit_code = 1

    def __init__(self, message: str, *, code: str = "failed", remedy: str = "", **values: object) -> None:
        super().__init__(message)
        self.code, self.remedy, self.values = code, remedy, values

    @property
    def advice(self) -> str:
        """What to do next, in the words of Python's keyword arguments; empty where there is no remedy."""
        return REMEDIES[self.remedy].format(**self.values) if self.remedy else ""


REMEDIES: dict[str, str] = {
    "overwrite": "replace it with overwrite=True, or name another file",
}
"""remedy -> the sentence for a caller from Python; {names} in it are filled from the error's values"""
