"""The pages, one blueprint for each topic."""

from flask import Flask

from reader.pages import (
    articles,
    batches,
    codebook,
    correcting,
    cursor,
    finding,
    guidelines,
    history,
    library,
    linking,
    live,
    marking,
    near,
    people,
    projects,
    queue,
    registers,
    review,
    statements,
    suggestions,
    transfer,
)


def register(app: Flask) -> None:
    """Put every page into an application."""
    for topic in (
        library, projects, people, articles, codebook, cursor, marking, registers, statements,
        suggestions,
        transfer, live, finding, batches, queue, near, review, history, correcting,
        linking, guidelines,
    ):  # fmt: skip
        app.register_blueprint(topic.bp)
