"""Publishing systems on Django, with our apps for them: ``tox run -e publishing``."""
