"""How fast Postil is: ratios against a floor that is measured in the same run.

``saving``    saves over HTTP, one at a time and by eight writers
``moving``    import and export
``pages``     large articles in Chromium, and what an ordinary one weighs
``starting``  the way to the first answer, memory, installed size
``growth``    an article in a long log, and many names
``reading``   lists, counts and searches in a project of a million annotations
``keystrokes``  how many keys a mark takes

``material``  texts and databases to measure on  ``floor``    the bare Flask that saves are held to
``servers``   servers in their own processes     ``figures``  medians, budgets and the table

``python -m bench`` runs everything; see README.md.
"""
