"""Programs for working on Postil. None of them is installed with it."""
