"""Why a picture cannot be had: `PictureError`."""

from __future__ import annotations

from importer.errors import OptionError

__all__ = ["PictureError", "needs"]


class PictureError(Exception):
    """A picture that cannot be had, which is data: a row is refused, and the others go in.

    Parameters
    ----------
    why
        The reason, for people.
    again_after_s
        How long to wait before asking again; None if that is no use now.
    """

    def __init__(self, why: str, *, again_after_s: float | None = None) -> None:
        super().__init__(why)
        self.again_after_s = again_after_s


def needs(package: str, exc: ImportError) -> OptionError:
    """Error of a package that is not installed."""
    return OptionError(
        f"pictures need the package {package}",
        code="package-missing",
        facts={"package": package},
        fixes=["pip install 'notebook-importer[images]'"],
    ).with_traceback(exc.__traceback__)
