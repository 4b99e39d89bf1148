"""The domain of Postil: texts, spans, codebooks, what people marked, and where it is kept.

What lives here and what may import what, from the ground up:

``errors``      every error the core raises, each saying what to do about it
``spans``       stretches of text, and the sweep that cuts a text at every border
``codebook``    labels, attributes and relation kinds, and their TOML
``document``    the values that travel between store, formats and pages
``segment``     where sentences begin and end
``statements``  claims and demands with the actors that relations name
``ingest``      plain text, Markdown and HTML becoming text + layout
``formats``     one module for each exchange format
``store``       the SQLite file; no SQL stands anywhere else
``transfer``    files in and out of a store: the one place where formats and store meet
``selection``   what of a project goes out        ``renaming``   under which names
``splits``      train, dev, test                  ``splitting``  the same as files with a manifest
``library``     all of this for programs, in a few verbs (docs/library.md)
``demo``        the article and key that a first visitor sees

Nothing in this package imports ``flask`` or ``reader``. ``store`` and ``formats`` do not know each
other: they meet in the values of ``document``.
"""
