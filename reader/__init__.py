"""The web reader: a Flask application around ``annotations``."""
