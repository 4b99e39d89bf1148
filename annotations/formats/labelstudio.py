"""Label Studio's JSON: tasks, each with the annotations of people and the predictions of models.

A list of tasks, or a task a line. A task is a document; each of its annotations, and each of its
predictions, is a layer. A region of type ``labels`` is a span, results that share its ``id`` are
its attributes, ``meta.text`` is its note. Choices about the whole text are labels of the document.
``was_cancelled`` is a document that was skipped.

Offsets are code points today and UTF-16 units in old exports; the regions' quotes prove which. A
quote may be absent, have its white space collapsed, or a backslash before a line end.

What Label Studio has no key for goes along under ``postil``: in the ``meta`` of task and region,
which it keeps, and on the annotation, where it does not.

``labelstudio_in`` reads, ``labelstudio_out`` writes, ``labelstudio_keys`` is what both know.
"""

from annotations.formats.labelstudio_in import read
from annotations.formats.labelstudio_out import write

__all__ = ["read", "write"]
