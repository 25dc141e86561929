"""What a saved notebook shows of the App without its kernel: `saved`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app._model import Checked, Checking, Done, Importing
from importer.app.views._controls import report_html
from importer.app.views._job import draw_job
from importer.views import say, standalone, summary
from importer.views.html import Html, note

if TYPE_CHECKING:
    from importer.app._model import Model

__all__ = ["saved"]


def saved(model: Model) -> tuple[Html, str]:
    """The last result as HTML and as text, or how far a job is; nothing before there is one."""
    match model.phase:
        case Done(report=report) | Checked(report=report):
            return report_html(report), str(report)
        case Checking(job=job) | Importing(job=job) if job.progress is not None:
            hint = say("app.saved")
            text = f"{job.progress.label}: {summary(job.progress)}\n{hint}"
            return standalone(Html(f"{draw_job(job)}{note(hint)}")), text
        case _:
            return Html(""), ""
