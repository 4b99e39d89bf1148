"""Exports handed to the tools that they are made for, with those tools themselves.

``make consumers`` installs the extra ``consumers`` and runs this folder. A module here marks itself
with ``pytestmark = pytest.mark.consumers`` and takes its tool with ``pytest.importorskip`` inside a
fixture or test, so that each can be run with what is installed. Add what it needs to the extra and
to constraints.txt.
"""
