"""W3C Web Annotations as JSON-LD: what readers and annotation servers on the web exchange.

Read are a single annotation, a list, a line each, an ``AnnotationPage`` and an
``AnnotationCollection``. Several selectors on one target are alternatives; ``refinedBy`` narrows;
several targets in one source are the parts of a discontinuous span. Offsets are code points by the
standard; the quotes beside them prove it, or that a browser counted otherwise. The text is rarely
in the file: it is taken from the document that is at hand under the name of the source.

Written is a list of collections, one for each layer of a document, with the text under ``postil``
so that the file can be read by itself. Relations are annotations whose motivation is ``linking``.

``w3c_in`` reads, ``w3c_out`` writes, ``w3c_keys`` is what both know.
"""

from annotations.formats.w3c_in import read
from annotations.formats.w3c_out import write

__all__ = ["read", "write"]
