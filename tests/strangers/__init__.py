"""The test suites of other projects, with the middleware around every app that they make."""
